"""What was said of a place → candidates for the scene.

text ── coordinates? ──► that point
  └──── address.read ──► words ── store.alike ──► names ── beside said streets, in said areas ──► more names
                                                      └── ranking.rank (in a thread) ──► candidates
"""

import asyncio
from collections import defaultdict

from sqlalchemy.ext.asyncio import AsyncSession

from geo112.coordinates import LonLat
from geo112.places import ranking, store
from geo112.places.address import Asked, read
from geo112.places.matching import COMMON
from geo112.places.notation import read_point
from geo112.places.ranking import Candidate, Why

MAX_TEXT = 400  # what is longer is cut: an address stands near the beginning
FUZZY_SPANS = 10
EXACT_SPANS = 160


async def search(session: AsyncSession, text: str, *, limit: int = 10, focus: LonLat | None = None) -> list[Candidate]:
    """Return candidates for the scene that `text` tells of, the likeliest first; none where nothing fits.

    Args:
        text: as it was said or typed, perhaps not to the end.
        limit: how many at most.
        focus: where the caller is thought to be.
    """
    written = read_point(text)
    if written is not None:
        return [await _coordinates(session, written.point, written.uncertainty_m)]
    asked = read(text[:MAX_TEXT])
    if not asked.words:
        return []
    near = focus or LonLat(0.0, 0.0)
    names = await store.same(session, exact=exact_spans(asked), prefix=prefix_spans(asked), focus=near)
    found = ranking.mentions(asked, names)
    if unsure := fuzzy_spans(asked, ranking.surely_said(found)):
        known = {each.id for each in names}
        names += [each for each in await store.alike(session, unsure, near) if each.id not in known]
        found = ranking.mentions(asked, names)
    areas = ranking.said_areas(found)
    streets = [each.named.id for each in ranking.said_streets(found)[:12]]
    area_names = [each.named.name for each in areas][:24]
    more: dict[int, store.Named] = {}
    if streets and (rest := ranking.left_over(asked, [each for each in ranking.said_streets(found)[:1]])):
        more |= {each.id: each for each in await store.around(session, streets, " ".join(rest))}
    if area_names and (rest := ranking.left_over(asked, areas[:1])):
        more |= {each.id: each for each in await store.in_areas(session, area_names, " ".join(rest))}
    known = {each.id for each in names}
    found += ranking.mentions(asked, [each for each in more.values() if each.id not in known])
    streets = [each.named.id for each in ranking.said_streets(found)[:24]]
    wards = await store.wards(session, asked.rw, area_names, streets) if asked.rw is not None else []
    houses = (
        await store.houses(session, streets, asked.house_number) if asked.house_number is not None and streets else []
    )
    return await asyncio.to_thread(ranking.rank, asked, found, wards, houses, focus, limit)


async def _coordinates(session: AsyncSession, point: LonLat, uncertainty_m: float) -> Candidate:
    around = await store.surroundings(session, point)
    return Candidate(
        id=f"coordinates-{point.lon:.6f}-{point.lat:.6f}",
        label=f"{point.lat:.6f}, {point.lon:.6f}",
        kind="coordinates",
        point=point,
        uncertainty_m=uncertainty_m,
        confidence=1.0,
        areas=around.area_names,
        why=(Why("koordinat", "coordinates"),),
    )


def _pieces(asked: Asked) -> list[list[str]]:
    pieces: dict[int, list[str]] = defaultdict(list)
    for word in asked.words:
        pieces[word.piece].append(word.text)
    return list(pieces.values())


def fuzzy_spans(asked: Asked, sure: frozenset[int]) -> list[str]:
    """Return the stretches of words to be compared by trigrams: each piece, and the ends of long ones.

    Args:
        sure: words that are said by a name letter for letter; a piece of nothing else needs no guessing.
    """
    pieces: dict[int, list[int]] = defaultdict(list)
    for index, word in enumerate(asked.words):
        pieces[word.piece].append(index)
    spans: list[str] = []
    for indexes in pieces.values():
        if sure.issuperset(indexes):
            continue
        piece = [asked.texts[index] for index in indexes]
        spans.append(" ".join(piece[:7]))
        if len(piece) > 2:
            spans += [" ".join(piece[:2]), " ".join(piece[-2:])]
        if len(piece) > 3:
            spans += [" ".join(piece[:3]), " ".join(piece[-3:])]
    return [span for span in dict.fromkeys(spans) if len(span) >= 3][:FUZZY_SPANS]


def exact_spans(asked: Asked) -> list[str]:
    """Return every stretch of up to six words of a piece that could be a whole name."""
    spans = [
        " ".join(piece[start : start + length])
        for piece in _pieces(asked)
        for length in range(min(6, len(piece)), 0, -1)
        for start in range(len(piece) - length + 1)
        if length > 1 or len(piece) == 1 or piece[start] not in COMMON
    ]
    return list(dict.fromkeys(spans))[:EXACT_SPANS]


def prefix_spans(asked: Asked) -> list[str]:
    """Return what names may begin with, while the last word is still being typed."""
    if not asked.is_typing:
        return []
    last = _pieces(asked)[-1]
    return [span for span in (" ".join(last),) if len(span) >= 3]
