"""The demonstration's units stand at mapped posts on roads that hang together, at invented ones where there is none."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from geo112.access.passwords import is_password
from geo112.access.roles import Role
from geo112.coordinates import LonLat
from geo112.incidents.response_plan import Capability
from geo112.simulation import fleet
from geo112.simulation.fleet import Fleet, SignIn
from geo112.simulation.ground import metres_between
from routing import build
from routing.network import RoadNetwork
from routing.profiles import PROFILES
from tests import town
from tests.routing.osm_text import place_of, write_osm

Made = TypeVar("Made")


def within(url: str, work: Callable[[AsyncSession], Awaitable[Made]]) -> Made:
    """Do some work in one transaction."""

    async def done() -> Made:
        engine = create_async_engine(url)
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            made = await work(session)
        await engine.dispose()
        return made

    return asyncio.run(done())


def furnished(url: str, network: RoadNetwork, seed: int = 112) -> Fleet:
    return within(url, lambda session: fleet.furnish(session, network, seed))


def name_place(url: str, category: str, name: str, point: LonLat) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO gazetteer (kind, category, name, norm, areas, uncertainty_m, point)"
            " VALUES ('place', %s, %s, lower(%s), '{}', 50, ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
            (category, name, name, point.lon, point.lat),
        )


@pytest.fixture(scope="module")
def isle(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    """A mainland of two streets with a loop, and an island."""
    ways = {
        1: ([1, 2, 3, 4, 5, 6], {"name": "Jalan Daratan"}),
        2: ([6, 16, 15, 14, 13, 12, 11, 1], {"name": "Jalan Lingkar"}),
        3: ([3, 13], {}),
        4: ([41, 42, 43], {"name": "Jalan Pulau"}),
    }
    return build.from_osm_file(write_osm(tmp_path_factory.mktemp("isle") / "isle.osm", ways))


def test_every_capability_has_a_unit_even_in_a_village(empty_database_url: str, isle: RoadNetwork) -> None:
    made = furnished(empty_database_url, isle)
    assert {capability for unit in made.units for capability in unit.capabilities} == set(Capability)
    assert {code for _, code in made.opds} == {"DAMKAR", "PSC119", "POLRES", "BPBD", "SATPOLPP", "DISHUB"}
    assert len({unit.call_sign for unit in made.units}) == len(made.units)
    assert all(unit.profile in PROFILES for unit in made.units)


def test_units_stand_at_mapped_posts_but_never_on_an_island(empty_database_url: str, isle: RoadNetwork) -> None:
    mainland, island = LonLat(*place_of(4)), LonLat(*place_of(42))
    name_place(empty_database_url, "fire_station", "Pos Damkar Daratan", mainland)
    name_place(empty_database_url, "fire_station", "Pos Damkar Pulau", island)
    name_place(empty_database_url, "police", "Polsek Pulau", island)
    made = furnished(empty_database_url, isle)
    for unit in made.units:
        assert metres_between(unit.post.point, island) > 300
        assert unit.post.point.lat < place_of(11)[1] + 0.0005  # the mainland's northern street
    fire = [unit for unit in made.units if "fire" in unit.capabilities]
    assert [unit.post.name for unit in fire] == ["Pos Damkar Daratan"] * len(fire)
    assert metres_between(fire[0].post.point, mainland) < 5
    police = [unit for unit in made.units if "police" in unit.capabilities]
    assert all(unit.post.is_invented for unit in police)


def test_the_same_seed_makes_the_same_fleet_once(empty_database_url: str, isle: RoadNetwork) -> None:
    first, second = furnished(empty_database_url, isle), furnished(empty_database_url, isle)
    assert first == second
    with psycopg.connect(empty_database_url.replace("+psycopg", "")) as connection:
        count = connection.execute("SELECT count(*) FROM unit").fetchone()
    assert count == (len(first.units),)


def test_the_fleet_grows_with_the_city() -> None:
    sizes = [fleet.fleet_size(nodes) for nodes in (200, 5_000, 12_000, 30_000, 300_000, 1_000_000)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 10
    assert 20 <= sizes[1] <= 30 <= sizes[3] <= 45
    assert sizes[-1] == 120


def test_a_town_furnished_from_its_import_uses_its_fire_station(database_url: str, tmp_path: Path) -> None:
    network = build.from_osm_file(town.write(tmp_path / "town.osm"))
    made = furnished(database_url, network)
    fire = [unit.post.name for unit in made.units if unit.profile == "fire_engine"]
    assert set(fire) == {"Pos Damkar Sukamaju"}
    medical = [unit.post.name for unit in made.units if "medical" in unit.capabilities]
    assert set(medical) == {"RSUD Kota Uji"}


def test_each_role_gets_a_sign_in_that_works(empty_database_url: str, isle: RoadNetwork) -> None:
    furnished(empty_database_url, isle)
    made: list[SignIn] = within(empty_database_url, fleet.accounts)
    assert {one.role for one in made} == set(Role) - {Role.TELEPHONY}
    assert sorted(one.username for one in made if one.role == Role.DISPATCHER) == [
        "dispatcher-bpbd",
        "dispatcher-damkar",
        "dispatcher-dishub",
        "dispatcher-polres",
        "dispatcher-psc119",
        "dispatcher-satpolpp",
    ]
    assert sorted(one.unit or "" for one in made if one.role == Role.CREW) == ["AMB-851", "DMK-101"]
    with psycopg.connect(empty_database_url.replace("+psycopg", "")) as connection:
        stored = dict(connection.execute("SELECT username, password_hash FROM account").fetchall())
    assert set(stored) == {one.username for one in made}
    assert all(is_password(one.password, stored[one.username]) for one in made[:2])
    assert len({one.password for one in made}) == len(made)
