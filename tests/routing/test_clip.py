"""Parts of segments within an outline, against shapely's intersection."""

import random

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.clip import parts_inside, sides_of


def outline(rng: random.Random) -> shapely.Polygon:
    """Return a star with deep bays, at times with a hole."""
    turns = sorted(rng.uniform(0, 2 * np.pi) for _ in range(rng.randint(3, 12)))
    corners = [((r := rng.uniform(0.1, 1.0)) * np.cos(a), r * np.sin(a)) for a in turns]
    area = shapely.Polygon(corners).buffer(0)  # made valid where the origin lies outside
    hole = shapely.Point(rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 0.3)).buffer(rng.uniform(0.05, 0.3), quad_segs=2)
    return area.difference(hole) if rng.random() < 0.5 else area


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
def test_parts_are_as_long_and_lie_where_shapely_says(seed: int) -> None:
    rng = random.Random(seed)
    area = outline(rng)
    ends = np.array([[rng.uniform(-1.2, 1.2) for _ in range(4)] for _ in range(30)])
    for part in shapely.get_parts(area):
        if part.is_empty or not part.is_valid:
            continue
        found = parts_inside(*np.ascontiguousarray(ends.T), sides_of(part))
        for number, (x0, y0, x1, y1) in enumerate(ends.tolist()):
            parts = [(low, high) for n, low, high in zip(*found, strict=True) if n == number]
            ours = shapely.MultiLineString(
                [[(x0 + t * (x1 - x0), y0 + t * (y1 - y0)) for t in (low, high)] for low, high in parts]
            )
            theirs = shapely.intersection(part, shapely.LineString([(x0, y0), (x1, y1)]))
            assert abs(ours.length - theirs.length) < 1e-9
            assert ours.difference(part.buffer(1e-7)).length < 1e-9


def test_a_segment_inside_is_one_part_and_one_outside_is_none() -> None:
    sides = sides_of(shapely.box(0, 0, 1, 1))
    number, low, high = parts_inside(*np.array([[0.2, 2.0], [0.2, 2.0], [0.8, 3.0], [0.4, 2.0]]), sides)
    assert (number.tolist(), low.tolist(), high.tolist()) == ([0], [0.0], [1.0])
