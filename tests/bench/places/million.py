"""An invented province of any number of names, as an OSM extract, and questions whose answers it knows.

    kelurahan, 1.3 km square: 16 × 16 lines ─► 128 named streets ┐
       8 RW; 16 of them a kecamatan, 16 of these a kota          ├─► .osm.pbf, and questions.jsonl beside it
       places along the streets, as many as are wanted ──────────┘

Names are those of Kota Contoh: a theme for each kelurahan, so that “Jalan Anggrek 3” exists hundreds of times, as it
does in a real province. The ground plan is as plain as can be: only names and areas count here. Degrees; the same
number and seed give the same province.
"""

import hashlib
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import osmium

from geo112.simulation.city.names import GIVEN, THEMES, hero, kelurahan_names
from geo112.simulation.city.places import CHURCHES, CLINICS, EATING, HOSPITALS, MOSQUES, PHARMACIES, SAINTS, SHOPS
from geo112.simulation.city.write import GENERATOR, NOTE
from tests.bench.places.questions import Question, read_questions

WEST, SOUTH = 107.0, -7.5
LINES: Final = 16  # streets of each direction in a kelurahan
PIECE: Final = 4  # crossings from one name to the next
STREETS: Final = 2 * LINES * LINES // PIECE
STEP: Final = 0.012 / LINES  # between crossings
RW_ACROSS, RW_UP = 2, 4
IN_KECAMATAN, IN_KOTA = 4, 16  # kelurahan along one side
PLACES_IN_KELURAHAN = 350  # about; the rest is exact
LEAST = 600
BESIDE: Final = 0.00012  # of a place from its street
QUESTIONS: Final = 3_000

Tags = dict[str, str]


class Kind(NamedTuple):
    """A kind of place: how many of a hundred, its tags, its name in a kelurahan."""

    share: int
    tags: Tags
    name: Callable[[random.Random, str], str]


KINDS: Final = (
    Kind(9, {"amenity": "place_of_worship", "religion": "muslim"}, lambda rng, here: f"Masjid {rng.choice(MOSQUES)}"),
    Kind(8, {"amenity": "place_of_worship", "religion": "muslim"}, lambda rng, here: f"Musholla {rng.choice(MOSQUES)}"),
    Kind(3, {"amenity": "place_of_worship", "religion": "christian"},
         lambda rng, here: f"{rng.choice(CHURCHES)} {rng.choice(SAINTS)} {here}"),
    Kind(12, {"shop": "convenience"}, lambda rng, here: f"{rng.choice(SHOPS)} {here} {rng.randrange(1, 9)}"),
    Kind(14, {"shop": "kiosk"}, lambda rng, here: f"Warung {rng.choice(GIVEN)} {rng.choice(GIVEN)}"),
    Kind(14, {"amenity": "restaurant"}, lambda rng, here: rng.choice(EATING).format(hero(rng).split(" ", 1)[1])),
    Kind(9, {"shop": "motorcycle_repair"},
         lambda rng, here: f"Bengkel {rng.choice(GIVEN)} {rng.randrange(1, 60)} Motor"),
    Kind(7, {"amenity": "school"}, lambda rng, here: f"SD Negeri {rng.randrange(1, 40)} {here}"),
    Kind(3, {"amenity": "school"}, lambda rng, here: f"SMP {hero(rng)} {here}"),
    Kind(5, {"office": "company"}, lambda rng, here: f"PT {hero(rng).split(' ', 1)[1]} {rng.choice(THEMES[5])}"),
    Kind(4, {"amenity": "pharmacy"}, lambda rng, here: f"{rng.choice(PHARMACIES)} {here}"),
    Kind(3, {"amenity": "clinic"}, lambda rng, here: f"{rng.choice(CLINICS)} {here}"),
    Kind(1, {"amenity": "hospital"}, lambda rng, here: f"{rng.choice(HOSPITALS)} {here}"),
    Kind(2, {"amenity": "fuel"}, lambda rng, here: f"SPBU 34.{rng.randrange(100, 999)}.{rng.randrange(10, 99)}"),
    Kind(2, {"amenity": "community_centre"}, lambda rng, here: f"Pos RW {rng.randrange(1, 9):02d} {here}"),
    Kind(1, {"amenity": "marketplace"}, lambda rng, here: f"Pasar {here}"),
    Kind(1, {"amenity": "police"}, lambda rng, here: f"Pos Polisi {here}"),
    Kind(2, {"leisure": "pitch"}, lambda rng, here: f"Lapangan {rng.choice(rng.choice(THEMES))} {here}"),
)  # fmt: skip


class Point(NamedTuple):
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Street:
    name: str
    nodes: list[int]  # of the grid of crossings
    highway: str


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    tags: Tags
    at: Point
    street: str


@dataclass(slots=True)
class Province:
    """A square of kelurahan, `side` along each edge, numbered from the south-west."""

    named: int
    seed: int
    side: int = 0
    kelurahan: list[str] = field(default_factory=list)
    places_in_all: int = 0

    def __post_init__(self) -> None:
        if self.named < LEAST:
            raise ValueError(f"a province has at least {LEAST} names")
        self.side = math.ceil(math.sqrt(self.named / (STREETS + RW_ACROSS * RW_UP + 1 + PLACES_IN_KELURAHAN)))
        self.kelurahan = kelurahan_names(self.side * self.side, self.seed)
        self.places_in_all = self.named - sum(1 for _ in self.areas()) - STREETS * len(self.kelurahan)

    @property
    def crossings(self) -> int:
        return self.side * LINES + 1

    def crossing(self, node: int) -> Point:
        row, column = divmod(node, self.crossings)
        return Point(round(WEST + column * STEP, 7), round(SOUTH + row * STEP, 7))

    def corner(self, row: int, column: int) -> Point:
        """Return a corner of RW: half a step off the lines, so that no street runs along a border."""
        lon = WEST + (column * LINES / RW_ACROSS - 0.5) * STEP
        return Point(round(lon, 7), round(SOUTH + (row * LINES / RW_UP - 0.5) * STEP, 7))

    def areas(self) -> Iterator[tuple[str, str, tuple[int, int, int, int]]]:
        """Give level, name, and first and last row and column of corners."""
        for number, name in enumerate(self.kelurahan):
            row, column = divmod(number, self.side)
            up, right = row * RW_UP, column * RW_ACROSS
            for rw in range(RW_ACROSS * RW_UP):
                y, x = divmod(rw, RW_ACROSS)
                yield "9", f"RW {rw + 1:02d}", (up + y, right + x, up + y + 1, right + x + 1)
            yield "7", name, (up, right, up + RW_UP, right + RW_ACROSS)
        for level, size, rank in (("6", IN_KECAMATAN, "{}"), ("5", IN_KOTA, "Kota {} Contoh")):
            for row in range(0, self.side, size):
                for column in range(0, self.side, size):
                    end = min(row + size, self.side), min(column + size, self.side)
                    name = rank.format(self.kelurahan[row * self.side + column])
                    yield level, name, (row * RW_UP, column * RW_ACROSS, end[0] * RW_UP, end[1] * RW_ACROSS)

    def streets(self, number: int) -> list[Street]:
        """Return the streets of a kelurahan: those along its south and west edge are main ones, others of its theme."""
        rng = random.Random(f"{self.seed} streets {number}")
        row, column = divmod(number, self.side)
        theme = THEMES[(row + 3 * column) % len(THEMES)]  # so that neighbours differ
        made = []
        for turn in range(STREETS):
            line, piece = divmod(turn // 2, LINES // PIECE)
            first = row * LINES * self.crossings + column * LINES
            along, across = (1, self.crossings) if turn % 2 else (self.crossings, 1)
            start = first + line * across + piece * PIECE * along
            nodes = [start + step * along for step in range(PIECE + 1)]
            if line == 0:
                name, highway = f"Jalan {hero(rng)}", "tertiary"
            elif line % 4 == 3:
                given = GIVEN[(turn + number) % len(GIVEN)]
                name, highway = f"Gang {'Haji ' if turn % 3 else ''}{given} {turn // len(GIVEN) or ''}", "living_street"
            else:
                name, highway = f"Jalan {theme[turn % len(theme)]} {turn // len(theme) or ''}", "residential"
            made.append(Street(name.strip(), nodes, highway))
        return made

    def places(self, number: int, streets: Sequence[Street]) -> list[Place]:
        """Return the places of a kelurahan; in all there are as many as wanted."""
        rng = random.Random(f"{self.seed} places {number}")
        each, more = divmod(self.places_in_all, len(self.kelurahan))
        made = []
        for kind in rng.choices(KINDS, [kind.share for kind in KINDS], k=each + (number < more)):
            street = rng.choice(streets)
            step = rng.randrange(PIECE)
            one, other = (self.crossing(node) for node in street.nodes[step : step + 2])
            share, beside = rng.uniform(0.2, 0.8), rng.choice((-BESIDE, BESIDE))
            is_along = one.lat == other.lat
            lon = one.lon + share * (other.lon - one.lon) + (0 if is_along else beside)
            lat = one.lat + share * (other.lat - one.lat) + (beside if is_along else 0)
            name = kind.name(rng, self.kelurahan[number])
            made.append(Place(name, kind.tags, Point(round(lon, 7), round(lat, 7)), street.name))
        return made


@dataclass(frozen=True, slots=True)
class Made:
    extract: Path
    questions: list[Question]


def kept(folder: Path, named: int, seed: int) -> Made:
    """Return the province of that size, made once and kept; a million names take a minute. Other code makes another."""
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    extract = folder / f"provinsi-contoh-{named}-{seed}-{code}.osm.pbf"
    questions = extract.with_suffix(".questions.jsonl")
    if not questions.is_file() or not extract.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        province = Province(named, seed)
        extract.unlink(missing_ok=True)
        asked = write(province, extract)
        questions.write_text("".join(f"{json.dumps(each)}\n" for each in asked), encoding="utf-8")
    return Made(extract, read_questions(questions))


def write(province: Province, file: Path) -> list[dict]:  # type: ignore[type-arg]
    """Write the extract; return questions with their answers, as lines of practice.jsonl have them."""
    rng = random.Random(f"{province.seed} questions")
    header = osmium.io.Header()
    header.set("generator", GENERATOR)
    crossings = province.crossings**2
    corners = (province.side * RW_UP + 1, province.side * RW_ACROSS + 1)
    first_place = 1 + crossings + corners[0] * corners[1]
    numbers = range(len(province.kelurahan))
    share = QUESTIONS / len(numbers)
    asked: list[dict] = []  # type: ignore[type-arg]
    with osmium.SimpleWriter(str(file), header=header) as writer:
        for node in range(crossings):
            writer.add_node(_node(1 + node, province.crossing(node), {}))
        for row in range(corners[0]):
            for column in range(corners[1]):
                at = province.corner(row, column)
                writer.add_node(_node(1 + crossings + row * corners[1] + column, at, {}))
        node = first_place
        for number in numbers:
            streets = province.streets(number)
            places = province.places(number, streets)
            for place in places:
                writer.add_node(_node(node, place.at, {"name": place.name, **place.tags}))
                node += 1
            wanted = int(share * (number + 1)) - int(share * number)
            asked += [_question(province, number, streets, places, rng) for _ in range(wanted)]
        way = 1
        for number in numbers:
            for street in province.streets(number):
                tags = {"highway": street.highway, "name": street.name}
                writer.add_way(_way(way, [1 + each for each in street.nodes], tags))
                way += 1
        for level, name, (south, west, north, east) in province.areas():
            ring = [(south, west), (south, east), (north, east), (north, west), (south, west)]
            nodes = [1 + crossings + row * corners[1] + column for row, column in ring]
            tags = {"boundary": "administrative", "admin_level": level, "name": name}
            writer.add_way(_way(way, nodes, tags | ({"note": NOTE} if level == "5" else {})))
            way += 1
    return asked


def _node(number: int, at: Point, tags: Tags) -> osmium.osm.mutable.Node:
    return osmium.osm.mutable.Node(id=number, version=1, location=at, tags=tags)


def _way(number: int, nodes: list[int], tags: Tags) -> osmium.osm.mutable.Way:
    return osmium.osm.mutable.Way(id=number, version=1, nodes=nodes, tags=tags)


def _question(
    province: Province, number: int, streets: Sequence[Street], places: Sequence[Place], rng: random.Random
) -> dict:  # type: ignore[type-arg]
    """Return a question that only one kelurahan answers."""
    here = province.kelurahan[number]
    place = rng.choice(places)
    street = rng.choice([each for each in streets if each.nodes])
    same = [each.at for each in places if each.name == place.name]
    beside = [each.at for each in places if (each.name, each.street) == (place.name, place.street)]
    along = [province.crossing(street.nodes[step]) for step in (2, 1, 3, 0, 4)]  # its middle is the truth, all as good
    crossed = rng.choice([each for each in streets if set(each.nodes[:-1]) & set(street.nodes[:-1]) and each != street])
    crossing = [province.crossing(node) for node in set(crossed.nodes) & set(street.nodes)]
    jl = rng.choice(("Jl. ", "jln ", "Jalan ", "jl "))
    said, other = (each.name.replace("Jalan ", jl) for each in (street, crossed))
    kind, query, truths, tolerance_m = rng.choice(
        (
            ("street_admin", f"{said} {rng.choice(('Kel. ', 'kelurahan ', ''))}{here}", along, 150),
            ("poi_name", f"{place.name} {here}" if here not in place.name else place.name, same, 100),
            ("poi_street", f"{place.name} {place.street.replace('Jalan ', jl)} {here}", beside, 100),
            ("intersection", f"simpang {said} - {other}, kel {here}", crossing, 120),
            ("verbose", f"tolong pak ada kebakaran di dekat {place.name}, {place.street}, kel {here}", beside, 150),
            ("typo_edit", f"{_misspelt(said, rng)} kel {here}", along, 150),
        )
    )
    points = [(point.lat, point.lon) for point in truths]
    return {
        "query": query,
        "kind": kind,
        "lat": points[0][0],
        "lon": points[0][1],
        "alts": points[1:],
        "tolerance_m": tolerance_m,
    }


def _misspelt(text: str, rng: random.Random) -> str:
    """Leave out a letter in the middle of the longest word."""
    longest = max(text.split(), key=len)
    at = rng.randrange(1, len(longest) - 1)
    return text.replace(longest, longest[:at] + longest[at + 1 :])
