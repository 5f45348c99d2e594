"""What every test may ask for: a real PostGIS, a database of its own, a served town.

postgres (session) ─► template: migrated, Kota Uji imported (session) ─► database_url: a fresh copy (each test)
                                                                     └─► city: the same, served over HTTP
"""

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo112 import clock, migrations
from geo112.bus import bus
from geo112.database import engine, sessions
from geo112.settings import settings
from tests import town
from tests.postgres import Postgres
from tests.world import City

_numbers = itertools.count(1)
FULL = os.environ.get("GEO112_FULL") == "1"
EXTRACTS = Path(os.environ.get("GEO112_EXTRACTS") or Path(__file__).parents[2] / "shared" / "data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("full") and not FULL:
            item.add_marker(pytest.mark.skip(reason="only with bin/test --full"))
        if item.get_closest_marker("extract") and not EXTRACTS.is_dir():
            item.add_marker(pytest.mark.skip(reason="no real extracts: set GEO112_EXTRACTS"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not below pytest's own folder: a second run closes that one to everybody but root, and the cluster is not root's.
    with tempfile.TemporaryDirectory(prefix="geo112-pg-", ignore_cleanup_errors=True) as folder:
        cluster = Postgres(Path(folder) / "cluster")
        cluster.start()
        yield cluster
        cluster.stop()


@pytest.fixture(scope="session")
def empty_template(postgres: Postgres) -> str:
    """Return the name of a database that is migrated and holds nothing."""
    postgres.admin("CREATE DATABASE empty_template")
    migrations.upgrade(postgres.url("empty_template"))
    return "empty_template"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of the imported town; tests only read it."""
    return tmp_path_factory.mktemp("town")


@pytest.fixture(scope="session")
def town_template(postgres: Postgres, empty_template: str, data_dir: Path) -> str:
    """Return the name of a database with Kota Uji imported."""
    from geo112.city.importing import import_city

    postgres.admin(f"CREATE DATABASE town_template TEMPLATE {empty_template}")
    file = town.write(data_dir / "kota-uji.osm")
    import_city(str(file), postgres.url("town_template"), data_dir)
    return "town_template"


def _copy(postgres: Postgres, template: str) -> tuple[str, str]:
    name = f"test_{next(_numbers)}"
    postgres.admin(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name, postgres.url(name)


@pytest.fixture
def empty_database_url(postgres: Postgres, empty_template: str) -> Iterator[str]:
    """Give a migrated database without a city, in SQLAlchemy's form."""
    name, url = _copy(postgres, empty_template)
    yield url
    postgres.admin(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(
    postgres: Postgres, town_template: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Give a database with Kota Uji, and let `settings()` and the engine know it."""
    name, url = _copy(postgres, town_template)
    monkeypatch.setenv("GEO112_DATABASE_URL", url)
    monkeypatch.setenv("GEO112_CITY_FOLDER", str(data_dir))
    _forget()
    yield url
    _forget()
    clock.run_by(clock.REAL_TIME)
    postgres.admin(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def city(database_url: str) -> Iterator[City]:
    """Give Kota Uji, served over HTTP by the whole application, with verbs to build a world."""
    with City(database_url) as served:
        yield served


@pytest.fixture(scope="module")
def shared_city(postgres: Postgres, town_template: str, data_dir: Path) -> Iterator[City]:
    """Give one served town to all tests of a module: quicker, but they meet each other's units and incidents.

    A module uses either this one or `city`: there is one engine a process.
    """
    name, url = _copy(postgres, town_template)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GEO112_DATABASE_URL", url)
        environment.setenv("GEO112_CITY_FOLDER", str(data_dir))
        _forget()
        with City(url) as served:
            yield served
    _forget()
    clock.run_by(clock.REAL_TIME)
    postgres.admin(f"DROP DATABASE {name} WITH (FORCE)")


def _forget() -> None:
    settings.cache_clear()
    bus.cache_clear()
    engine.cache_clear()
    sessions.cache_clear()
