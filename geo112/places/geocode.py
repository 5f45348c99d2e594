"""What was said of a place → candidates for the scene, the likeliest first.

text ── coordinates? ──► that point
  └──── address.read ──► words ── hearing ──► words of the city ── matching ──► names, where they are said
                                                   └── joining (what lies where) ── ranking ──► candidates
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from geo112.city import store as city_store
from geo112.city.gazetteer import Entry
from geo112.city.indexing import index_of
from geo112.city.name_index import NameIndex
from geo112.city.names import current_names
from geo112.coordinates import LonLat
from geo112.errors import DomainError
from geo112.places import local_store, store
from geo112.places.address import read
from geo112.places.guess import LOCAL, Candidate, Why, distance_m
from geo112.places.hearing import Hearing
from geo112.places.joining import Joiner
from geo112.places.listening import listen
from geo112.places.matching import Matcher
from geo112.places.notation import read_point, read_short_code
from geo112.places.ranking import rank
from geo112.places.written import Written
from geo112.settings import settings
from routing.files import NetworkFileError

log = logging.getLogger(__name__)
SURE = 0.5
CLASH_M = 500.0  # words and coordinates that are farther apart than the circle and this are of two places
MAX_TEXT = 400  # what is longer is cut: an address stands near the beginning


class Geocoder:
    """Searches the names of one city, and the local names that the centre added. Many threads may ask at once."""

    def __init__(self, index: NameIndex, local: "Geocoder | None" = None) -> None:
        self.index = index
        self.local = local
        self._hearing = Hearing(index)
        self._matcher = Matcher(index)
        self._joiner = Joiner(index)

    def search(self, text: str, *, limit: int = 10, focus: LonLat | None = None) -> list[Candidate]:
        """Return candidates for the scene that `text` tells of; none where nothing fits.

        Args:
            text: as it was said or typed, perhaps not to the end.
            limit: how many at most.
            focus: where the caller is thought to be, EPSG:4326.
        """
        asked = read(text[:MAX_TEXT])
        if not asked.words:
            return []
        said = listen(asked, self._hearing)
        mentions = self._matcher.mentions(said)
        joined = self._joiner.join(mentions)
        found = rank(self.index, said, mentions, joined, focus, limit)
        if self.local is None:
            return found
        added = self.local.search(text, limit=limit, focus=focus)
        return _among(found, [each for each in added if each.kind == LOCAL])[:limit]


def _among(found: list[Candidate], added: list[Candidate]) -> list[Candidate]:
    """Put local names where they belong by their confidence; before what is as sure."""
    merged = list(found)
    for each in reversed(added):
        place = next((at for at, other in enumerate(merged) if other.confidence <= each.confidence), len(merged))
        merged.insert(place, replace(each, id=f"{LOCAL}-{each.id}"))
    return merged


@dataclass(frozen=True, slots=True)
class _InForce:
    """What a geocoder was made of."""

    data_dir: Path
    import_id: int
    revision: datetime | None


_current: tuple[_InForce, Geocoder] | None = None


async def current(session: AsyncSession) -> Geocoder | None:
    """Return the geocoder of the city and the local names in force, None before the first import.

    Raises:
        DomainError: the names of the city cannot be read.
    """
    global _current
    import_id, revision = await local_store.in_force(session)
    if import_id is None:
        return None
    wanted = _InForce(settings().data_dir, import_id, revision)
    held = _current
    if held is not None and held[0] == wanted:
        return held[1]
    try:
        index = await asyncio.to_thread(current_names, import_id, wanted.data_dir)
    except NetworkFileError as error:
        raise DomainError(
            "names_unreadable",
            "Daftar nama tempat tidak terbaca; tandai TKP di peta, dan minta administrator mengimpor kota lagi.",
            "The index of names cannot be read; mark the scene on the map, and have the city imported again.",
            503,
        ) from error
    entries = await local_store.entries(session)
    made = await asyncio.to_thread(_made, index, entries)
    _current = wanted, made
    return made


async def warm_up(session: AsyncSession) -> None:
    """Map the names and search once, so that the first caller does not wait; without a city there is nothing to do."""
    try:
        geocoder = await current(session)
    except DomainError as error:
        log.warning("The index of names cannot be read: %s", error.words_en)
        return
    if geocoder is not None:
        await asyncio.to_thread(geocoder.search, "simpang melati mawar")


def _made(index: NameIndex, local: list[Entry]) -> Geocoder:
    """Make a geocoder; without local names there is no second one."""
    has_local = any(entry.category == LOCAL for entry in local)
    return Geocoder(index, Geocoder(index_of(local)) if has_local else None)


async def search(session: AsyncSession, text: str, *, limit: int = 10, focus: LonLat | None = None) -> list[Candidate]:
    """Return candidates for the scene that `text` tells of, as `Geocoder.search`; coordinates come before words."""
    geocoder = await current(session)
    written = read_point(text)
    if written is None and geocoder is not None and (short := read_short_code(text)):
        near = await _reference(session, geocoder, short.rest, focus)
        written = None if near is None else short.near(near)
    words = text if written is None else written.rest
    by_words: list[Candidate] = []
    if geocoder is not None and words:
        by_words = await asyncio.to_thread(geocoder.search, words, limit=limit, focus=focus)
    if written is None:
        return by_words
    return [await _coordinates(session, written, by_words), *by_words][:limit]


async def _reference(session: AsyncSession, geocoder: Geocoder, place: str, focus: LonLat | None) -> LonLat | None:
    """Return candidates for the scene that `text` tells of, as `Geocoder.search`; coordinates go before words."""
    found = await asyncio.to_thread(geocoder.search, place, limit=1)
    if found:
        return found[0].point
    if focus is not None:
        return focus
    city = await city_store.city(session)
    return None if city is None else city.centre


async def _coordinates(session: AsyncSession, written: Written, by_words: list[Candidate]) -> Candidate:
    around = await store.surroundings(session, written.point)
    why = [Why("koordinat", "coordinates")]
    if written.is_lon_first:
        why.append(Why("bujur tertulis lebih dahulu", "longitude stands first"))
    if by_words and by_words[0].confidence >= SURE:
        away_m = distance_m(by_words[0].point, written.point)
        if away_m > CLASH_M + by_words[0].uncertainty_m:
            name, away = by_words[0].label, f"{away_m / 1000:.1f} km"
            why.append(Why(f"{away} dari {name} yang disebut", f"{away} from {name}, which was said too"))
    return Candidate(
        id=f"coordinates-{written.point.lon:.6f}-{written.point.lat:.6f}",
        label=f"{written.point.lat:.6f}, {written.point.lon:.6f}",
        kind="coordinates",
        point=written.point,
        uncertainty_m=written.uncertainty_m,
        confidence=1.0,
        areas=around.area_names,
        why=tuple(why),
    )
