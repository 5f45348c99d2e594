"""What was said of a place → candidates for the scene, the likeliest first.

text ── coordinates? ──► that point
  └──── address.read ──► words ── hearing ──► words of the city ── matching ──► names, where they are said
                                                   └── joining (what lies where) ── ranking ──► candidates
"""

import asyncio
import threading

from sqlalchemy.ext.asyncio import AsyncSession

from geo112.city import store as city_store
from geo112.city.name_index import NameIndex
from geo112.city.names import current_names
from geo112.coordinates import LonLat
from geo112.errors import DomainError
from geo112.places import store
from geo112.places.address import read
from geo112.places.guess import Candidate, Why, distance_m
from geo112.places.hearing import Hearing
from geo112.places.joining import Joiner
from geo112.places.matching import Matcher, listen
from geo112.places.notation import read_point, read_short_code
from geo112.places.ranking import rank
from geo112.places.written import Written
from geo112.settings import settings
from routing.files import NetworkFileError

SURE = 0.5
CLASH_M = 500.0  # words and coordinates that are farther apart than the circle and this are of two places
MAX_TEXT = 400  # what is longer is cut: an address stands near the beginning


class Geocoder:
    """Searches the names of one city. Many threads may ask at once."""

    def __init__(self, index: NameIndex) -> None:
        self.index = index
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
        return rank(self.index, said, mentions, joined, focus, limit)


_lock = threading.Lock()
_current: Geocoder | None = None


def geocoder_of(index: NameIndex) -> Geocoder:
    """Return the geocoder of these names; it is kept until other names come into force."""
    global _current
    held = _current
    if held is not None and held.index is index:
        return held
    with _lock:
        if _current is None or _current.index is not index:
            _current = Geocoder(index)
        return _current


async def current(session: AsyncSession) -> Geocoder | None:
    """Return the geocoder of the city in force, None before the first import.

    Raises:
        DomainError: the names of the city cannot be read.
    """
    import_id = await city_store.import_id(session)
    if import_id is None:
        return None
    try:
        return geocoder_of(await asyncio.to_thread(current_names, import_id, settings().data_dir))
    except NetworkFileError as error:
        raise DomainError(
            "names_unreadable",
            "Daftar nama tempat tidak terbaca; tandai TKP di peta, dan minta administrator mengimpor kota lagi.",
            "The index of names cannot be read; mark the scene on the map, and have the city imported again.",
            503,
        ) from error


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
