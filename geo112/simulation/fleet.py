"""The demonstration's agencies, units and accounts, made in a database whose city is imported.

    mapped fire stations, police, hospitals, offices ─┐
    invented posts where none are mapped ─────────────┴─► posts ─► units (how many: by the size of the network)

Every post lies on a road of the largest connected part for the vehicle that stands there. Same city, network and
seed: same fleet.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.access.passwords import new_password
from geo112.access.roles import Role
from geo112.access.store import save_account
from geo112.coordinates import LonLat
from geo112.database import rows
from geo112.incidents.response_plan import Capability
from geo112.simulation.ground import Ground, metres_between
from geo112.units.store import opds, save_opd, save_unit, units
from routing.network import RoadNetwork

FEWEST_UNITS, MOST_UNITS = 10, 120
UNITS_PER_POST = 1.6
POST_REACH_M = 300.0  # a mapped station farther than this from a drivable road is no post


@dataclass(frozen=True, slots=True)
class Agency:
    """An OPD of the demonstration."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Company:
    """Units of one sort: who owns them, what they are and where they stand."""

    agency: str
    prefix: str
    first: int  # number of the first call sign
    profile: str
    capabilities: tuple[Capability, ...]
    stations: tuple[tuple[str, ...], ...]  # categories of the gazetteer; the next only where those before are too few
    post_name: str  # of an invented post
    share: float  # of the fleet
    fewest: int


AGENCIES = (
    Agency("DAMKAR", "Dinas Pemadam Kebakaran dan Penyelamatan", "fire"),
    Agency("PSC119", "Public Safety Center 119", "ambulance"),
    Agency("POLRES", "Kepolisian Resor", "police"),
    Agency("BPBD", "Badan Penanggulangan Bencana Daerah", "disaster"),
    Agency("SATPOLPP", "Satuan Polisi Pamong Praja", "order"),
    Agency("DISHUB", "Dinas Perhubungan", "traffic"),
)
_C = Capability
_FIRE, _POLICE, _OFFICES = (("fire_station",),), (("police",),), (("government",),)
COMPANIES = (
    Company("DAMKAR", "DMK", 101, "fire_engine", (_C.FIRE,), _FIRE, "Pos Damkar", 0.24, 2),
    Company("DAMKAR", "RES", 401, "rescue_truck", (_C.RESCUE,), _FIRE, "Pos Penyelamatan", 0.08, 1),
    Company(
        "PSC119", "AMB", 851, "ambulance", (_C.MEDICAL,), (("ambulance_station", "hospital"), ("clinic",)),
        "Pos Ambulans", 0.24, 2,
    ),
    Company("POLRES", "PTR", 201, "police_car", (_C.POLICE,), _POLICE, "Pos Polisi", 0.16, 1),
    Company("POLRES", "MTR", 301, "motorcycle", (_C.POLICE,), _POLICE, "Pos Polisi", 0.10, 1),
    Company("BPBD", "BPBD", 501, "rescue_truck", (_C.DISASTER,), _OFFICES, "Pos BPBD", 0.06, 1),
    Company("SATPOLPP", "SPP", 601, "police_car", (_C.ORDER,), _OFFICES, "Pos Satpol PP", 0.06, 1),
    Company("DISHUB", "DSH", 701, "police_car", (_C.TRAFFIC,), _OFFICES, "Pos Dishub", 0.06, 1),
)  # fmt: skip

MAPPED = text("""
    SELECT DISTINCT ON (point) name, category, ST_X(point) AS lon, ST_Y(point) AS lat
      FROM gazetteer
     WHERE kind = 'place' AND category = ANY (CAST(:categories AS text[]))
     ORDER BY point, id""")


@dataclass(frozen=True, slots=True)
class Post:
    """Where a unit stands when it has nothing to do: on a road."""

    name: str
    point: LonLat
    is_invented: bool


@dataclass(frozen=True, slots=True)
class MadeUnit:
    id: int
    call_sign: str
    opd_code: str
    profile: str
    capabilities: tuple[str, ...]
    post: Post


@dataclass(frozen=True, slots=True)
class Fleet:
    """What `furnish` made."""

    opds: tuple[tuple[int, str], ...]  # (id, code)
    units: tuple[MadeUnit, ...]

    @property
    def invented_posts(self) -> int:
        return len({unit.post.point for unit in self.units if unit.post.is_invented})


@dataclass(frozen=True, slots=True)
class SignIn:
    """An account of the demonstration, with the password that is shown once and stored nowhere."""

    username: str
    role: str
    opd_code: str | None
    unit: str | None  # call sign
    password: str


async def furnish(session: AsyncSession, network: RoadNetwork, seed: int) -> Fleet:
    """Make the agencies and their units; those of the same call sign are brought up to date."""
    ground = Ground(network)
    ids = {one.code: await save_opd(session, one.code, one.name, one.kind) for one in AGENCIES}
    wanted = fleet_size(network.node_count)
    made: list[MadeUnit] = []
    for company in COMPANIES:
        rng = random.Random(f"{seed}:{company.prefix}")
        count = max(company.fewest, round(wanted * company.share))
        posts = await _posts(session, ground, company, count, rng)
        for index in range(count):
            call_sign, post = f"{company.prefix}-{company.first + index}", posts[index % len(posts)]
            unit_id = await save_unit(
                session, call_sign, ids[company.agency], company.profile, company.capabilities, post.name, post.point
            )
            made.append(
                MadeUnit(unit_id, call_sign, company.agency, company.profile, tuple(company.capabilities), post)
            )
    return Fleet(tuple((opd_id, code) for code, opd_id in ids.items()), tuple(made))


def fleet_size(road_nodes: int) -> int:
    """Return how many units a city of so many road nodes gets: 10 in a village, 36 for 20,000 nodes, at most 120."""
    scaled: float = 30 * (road_nodes / 12_000) ** 0.35
    return min(max(round(scaled), FEWEST_UNITS), MOST_UNITS)


async def _posts(session: AsyncSession, ground: Ground, company: Company, count: int, rng: random.Random) -> list[Post]:
    """Return where the units of a company stand: mapped posts, well spread; standby points where those are few."""
    wanted = max(1, round(count / UNITS_PER_POST))
    mapped: list[Post] = []
    for categories in company.stations:
        if len(mapped) < wanted:
            mapped += await _mapped(session, ground, company.profile, categories)
    spread = ground.spread(company.profile, wanted, rng)
    posts: list[Post] = []
    for middle in spread:
        free = [post for post in mapped if post not in posts]
        if not free:
            break
        posts.append(min(free, key=lambda post: metres_between(post.point, LonLat(*middle.point))))
    missing = wanted - len(posts)
    if missing > 0 and len(posts) < 2:  # one station cannot hold the whole company of a city
        apart = sorted(spread, key=lambda one: -_nearest_m(LonLat(*one.point), posts))[:missing]
        for number, place in enumerate(apart, start=len(posts) + 1):
            street = ground.network.edge_name(place.edge)
            name = f"{company.post_name} {street}" if street else f"{company.post_name} {number}"
            posts.append(Post(name, LonLat(*place.point), is_invented=True))
    return posts


async def _mapped(session: AsyncSession, ground: Ground, profile: str, categories: Sequence[str]) -> list[Post]:
    """Return the mapped places of these categories that a vehicle can drive to and away from."""
    found = []
    for one in await rows(session, MAPPED, categories=list(categories)):
        place = ground.settle(LonLat(one.lon, one.lat), profile, POST_REACH_M)
        if place is not None:
            found.append(Post(one.name, LonLat(*place.point), is_invented=False))
    return found


def _nearest_m(point: LonLat, posts: Sequence[Post]) -> float:
    return min((metres_between(point, post.point) for post in posts), default=0.0)


async def accounts(session: AsyncSession) -> list[SignIn]:
    """Make an account for each role, one dispatcher for each OPD and two crews; each gets a new password."""
    fleet = await units(session)
    crews = [
        next((unit for unit in fleet if capability in unit.capabilities), None)
        for capability in (Capability.FIRE, Capability.MEDICAL)
    ]
    wanted: list[tuple[str, str, Role, int | None, str | None, int | None, str | None]] = [
        ("penerima", "Sari Wulandari", Role.CALL_TAKER, None, None, None, None),
        *(
            (f"dispatcher-{opd.code.lower()}", f"Dispatcher {opd.code}", Role.DISPATCHER, opd.id, opd.code, None, None)
            for opd in await opds(session)
        ),
        *(
            (
                f"petugas-{unit.call_sign.lower()}", f"Petugas {unit.call_sign}", Role.CREW,
                unit.opd_id, unit.opd_code, unit.id, unit.call_sign,
            )
            for unit in crews
            if unit is not None
        ),
        ("supervisor", "Bambang Prasetyo", Role.SUPERVISOR, None, None, None, None),
        ("perencana", "Dewi Lestari", Role.PLANNER, None, None, None, None),
        ("admin", "Administrator", Role.ADMINISTRATOR, None, None, None, None),
    ]  # fmt: skip
    made = []
    for username, name, role, opd_id, opd_code, unit_id, call_sign in wanted:
        password = new_password()
        await save_account(session, username, name, role, password, opd_id, unit_id)
        made.append(SignIn(username, role, opd_code, call_sign, password))
    return made
