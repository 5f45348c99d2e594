"""Which parts of segments lie within an outline."""

import numpy as np
import shapely

from routing.compiled import compiled
from routing.network import Floats, Longs


def sides_of(area: shapely.Polygon) -> Floats:
    """Return the sides of a polygon and its holes, float64, shape (sides, 4): from x, y to x, y."""
    if shapely.get_num_interior_rings(area) == 0:
        corners = shapely.get_coordinates(area)
        return np.hstack([corners[:-1], corners[1:]])
    corners, ring = shapely.get_coordinates(shapely.get_rings(area), return_index=True)
    is_same = ring[1:] == ring[:-1]
    return np.hstack([corners[:-1][is_same], corners[1:][is_same]])


@compiled
def parts_inside(x0: Floats, y0: Floats, x1: Floats, y1: Floats, sides: Floats) -> tuple[Longs, Floats, Floats]:
    """Return the parts of segments that lie within an outline: number of the segment, from and to which share of it.

    A segment is cut wherever it meets a side, and each piece counts as a whole by its middle (even-odd rule).
    """
    found_segment = [np.int64(0) for _ in range(0)]
    found_low, found_high = [0.0 for _ in range(0)], [0.0 for _ in range(0)]
    cuts = np.empty(len(sides) + 2)
    for segment in range(len(x0)):
        dx, dy = x1[segment] - x0[segment], y1[segment] - y0[segment]
        cuts[0] = 0.0
        count = 1
        for side in range(len(sides)):
            ax, ay = sides[side, 0], sides[side, 1]
            ex, ey = sides[side, 2] - ax, sides[side, 3] - ay
            across = dx * ey - dy * ex
            if across != 0.0:
                gx, gy = ax - x0[segment], ay - y0[segment]
                share = (gx * ey - gy * ex) / across
                along = (gx * dy - gy * dx) / across
                if 0.0 < share < 1.0 and 0.0 <= along <= 1.0:
                    cuts[count] = share
                    count += 1
        cuts[count] = 1.0
        count += 1
        cuts[:count].sort()
        is_open = False
        for piece in range(count - 1):
            low, high = cuts[piece], cuts[piece + 1]
            if high <= low:
                continue
            middle = (low + high) / 2
            if not _is_inside(x0[segment] + middle * dx, y0[segment] + middle * dy, sides):
                is_open = False
            elif is_open:
                found_high[-1] = high
            else:
                found_segment.append(np.int64(segment))
                found_low.append(low)
                found_high.append(high)
                is_open = True
    return np.array(found_segment, dtype=np.int64), np.array(found_low), np.array(found_high)


@compiled
def _is_inside(x: float, y: float, sides: Floats) -> bool:
    is_inside = False
    for side in range(len(sides)):
        ax, ay, bx, by = sides[side, 0], sides[side, 1], sides[side, 2], sides[side, 3]
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            is_inside = not is_inside
    return is_inside
