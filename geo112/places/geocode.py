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
from geo112.places.guess import Candidate, Why
from geo112.places.hearing import Hearing
from geo112.places.joining import Joiner
from geo112.places.matching import Matcher, listen
from geo112.places.notation import read_point
from geo112.places.ranking import rank
from geo112.settings import settings
from routing.files import NetworkFileError

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
    """Return candidates for the scene that `text` tells of, as `Geocoder.search`; coordinates are taken as such."""
    written = read_point(text)
    if written is not None:
        return [await _coordinates(session, written.point, written.uncertainty_m)]
    geocoder = await current(session)
    if geocoder is None:
        return []
    return await asyncio.to_thread(geocoder.search, text, limit=limit, focus=focus)


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
