"""What to read back to the caller of a point on a street: between which two cross streets it lies. Pure."""

from collections.abc import Sequence
from typing import Final

import shapely

from geo112.city.gazetteer import METRES_PER_DEGREE

MEETING_M: Final = 30.0
AT_CROSSING_M: Final = 8.0  # nearer than this, the point lies on the crossing


def cross_streets(
    street: shapely.Geometry, point: shapely.Point, others: Sequence[tuple[str, shapely.Geometry]]
) -> tuple[str, ...]:
    """Return the names of the nearest streets that meet `street` on either side of `point`; one at a crossing or end.

    Args:
        street: lines, EPSG:4326. point: near it. others: (name, lines) of streets around.
    """
    pieces = shapely.get_parts(shapely.line_merge(street)).tolist()
    line = min(pieces, key=lambda piece: float(shapely.distance(piece, point)))
    here = float(shapely.line_locate_point(line, point))
    before: list[tuple[float, str]] = []
    after: list[tuple[float, str]] = []
    for name, other in others:
        gap = shapely.shortest_line(line, other)
        if gap is None or shapely.length(gap) * METRES_PER_DEGREE > MEETING_M:
            continue
        crossing = shapely.intersection(line, other)
        meetings = shapely.get_parts(crossing).tolist() if not crossing.is_empty else [shapely.get_point(gap, 0)]
        for meeting in meetings:
            away = (float(shapely.line_locate_point(line, shapely.centroid(meeting))) - here) * METRES_PER_DEGREE
            if abs(away) <= AT_CROSSING_M:
                return (name,)
            (after if away > 0 else before).append((abs(away), name))
    ends = [min(side)[1] for side in (before, after) if side]
    return tuple(dict.fromkeys(ends))
