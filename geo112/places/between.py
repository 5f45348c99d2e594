"""“Jl. Sudirman antara Jl. Melati dan Jl. Mawar”: the middle of the stretch, or of two landmarks. Pure."""

from itertools import product
from typing import Final

import numpy as np
import shapely

from geo112.city.name_index import Kind, NameIndex
from geo112.coordinates import LonLat
from geo112.places.address import BETWEEN
from geo112.places.guess import Guess, Why, distance_m
from geo112.places.listening import Said
from geo112.places.matching import Mentions
from geo112.places.placing import meeting_point

SURE: Final = 0.7  # how much of a name must be said
MOST: Final = 60  # things looked at on either side
APART_M: Final = 2500.0
OFF_ROAD_M: Final = 300.0
LEAST_UNCERTAINTY_M: Final = 60.0


def between(index: NameIndex, said: Said, mentions: Mentions, guesses: list[Guess]) -> Guess | None:
    """Return the place between the two things after “antara”, on the likeliest street that was said besides."""
    starts = [at for at, after in enumerate(said.after) if after == BETWEEN]
    if not starts or not guesses:
        return None
    piece = said.piece_of[starts[0]]
    one, other = (_named_in(index, said, mentions, each) for each in (piece, piece + 1))
    mine = sum(1 << at for at, of in enumerate(said.piece_of) if of in {piece, piece + 1})
    road = next((guess for guess in guesses if guess.kind == "street" and not guess.mask & mine), None)
    best: tuple[float, int, int, LonLat, LonLat] | None = None
    for left, right in product(one, other):
        ends = [_end(index, each, road) for each in (left, right)]
        if ends[0] is None or ends[1] is None or left == right:
            continue
        apart_m = distance_m(ends[0], ends[1])
        if apart_m < (best[0] if best else APART_M):
            best = apart_m, left, right, ends[0], ends[1]
    if best is None:
        return None
    apart_m, left, right, start, end = best
    middle = shapely.Point((start.lon + end.lon) / 2, (start.lat + end.lat) / 2)
    if road is not None:
        middle = shapely.get_point(shapely.shortest_line(index.shape(road.things[0]), middle), 0)
    names = f"{index.label(left)} – {index.label(right)}"
    return Guess(
        things=(left, right) if road is None else (road.things[0], left, right),
        kind="between",
        label=f"{road.label}, antara {names}" if road else f"antara {names}",
        point=LonLat(middle.x, middle.y),
        score=max(guess.score for guess in guesses) + 0.05,
        mask=0,
        told=0,
        cover=1.0,
        explained=max(guess.explained for guess in guesses),
        uncertainty_m=max(LEAST_UNCERTAINTY_M, apart_m / 2 + 40.0),
        reasons=[],
        why=[Why(f"antara {names}", f"between {names}")],
    )


def _named_in(index: NameIndex, said: Said, mentions: Mentions, piece: int) -> list[int]:
    """Return the things that one piece of what was said names best."""
    inside = np.array([of == piece for of in said.piece_of])[mentions.first] & (mentions.cover >= SURE)
    at = np.flatnonzero(inside)
    worth = mentions.evidence[at] * mentions.cover[at]
    found: list[int] = []
    for each in at[np.argsort(-worth, kind="stable")].tolist():
        if mentions.evidence[each] * mentions.cover[each] < 0.8 * worth.max():
            break
        name = mentions.name[each]
        found += index.name_thing[index.name_thing_start[name] : index.name_thing_start[name + 1]].tolist()
    return list(dict.fromkeys(found))[:MOST]


def _end(index: NameIndex, thing: int, road: Guess | None) -> LonLat | None:
    """Return where a thing meets the road, or lies beside it; None where it does neither."""
    if road is None:
        return index.point(thing)
    line = index.shape(road.things[0])
    if index.thing_kind[thing] == Kind.STREET:
        begin, end = index.beside_start[thing], index.beside_start[thing + 1]
        return meeting_point(line, index.shape(thing)) if road.things[0] in index.beside[begin:end] else None
    nearest = shapely.get_point(shapely.shortest_line(line, shapely.Point(index.point(thing))), 0)
    there = LonLat(nearest.x, nearest.y)
    return there if distance_m(there, index.point(thing)) <= OFF_ROAD_M else None
