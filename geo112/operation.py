"""What the operator's commands are made of: the data folder of a city, its database up and migrated, the server.

GEO112_DATA_DIR ─► cities/<city>/ ─► private PostGIS cluster (or GEO112_DATABASE_URL) ─► migrated ─► served (supervisor)
"""

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from geo112 import certificate, clock, home, migrations
from geo112.backup import errors as backup_errors
from geo112.cluster import Cluster
from geo112.errors import DomainError
from geo112.settings import default_home, settings
from geo112.supervisor import supervise

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

LOOPBACK = ("127.0.0.1", "localhost", "::1")
BACKLOG = 2048  # connections that wait while no worker takes them
DATABASE_WITHIN_S = 60.0  # a worker waits so long for a database that is just starting
CURRENT = "cities/current"  # names the city that was brought up last

READ_ANCHOR = """
    SELECT is_demonstration, clock_real, clock_shown, clock_speed,
           (SELECT greatest((SELECT max(at) FROM journal), (SELECT max(received_at) FROM unit_position))) AS last_shown
      FROM centre"""
WRITE_ANCHOR = "UPDATE centre SET clock_real = %s, clock_shown = %s, clock_speed = %s"
MARK_DEMONSTRATION = """
    UPDATE centre SET is_demonstration = true
     WHERE is_demonstration OR NOT EXISTS (SELECT 1 FROM incident)"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a city's things are on this machine."""

    home: Path
    city: str

    @property
    def folder(self) -> Path:
        return home.city_folder(self.home, self.city)


def choose_city(named: str | None) -> Place:
    """Return the city that a command is about: named, else PBF or PLACE, else the one brought up last."""
    data_home = default_home()
    city = named or os.environ.get("PBF") or os.environ.get("PLACE")
    if not city:
        with suppress(OSError):
            city = (data_home / CURRENT).read_text().strip()
    return Place(data_home, home.slug(city or "kota-contoh"))


def bring_up(place: Place, *, demonstration: bool = False) -> Cluster | None:
    """Start the city's database where it is ours, and bring it to the newest form.

    From here on `settings()` knows the database. Root was dropped before, by `start`.

    Returns:
        The cluster if this call started it, so that the caller may stop it.
    Raises:
        DomainError: no PostGIS, a data folder that cannot be used, a database that does not answer.
    """
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    remember(place)
    os.environ["GEO112_CITY_FOLDER"] = str(place.folder.resolve())
    started = None
    cluster = own_cluster(place)
    if cluster is not None:
        started = cluster if cluster.start() else None
        os.environ["GEO112_DATABASE_URL"] = cluster.url()
    settings.cache_clear()
    check_database(settings().libpq_url)
    migrations.upgrade(settings().database_url)
    if demonstration:
        with psycopg.connect(settings().libpq_url) as connection:
            connection.execute(MARK_DEMONSTRATION)
    return started


def remember(place: Place) -> None:
    """Let commands that name no city be about this one."""
    (place.home / CURRENT).write_text(place.city)


@contextmanager
def running_cluster(place: Place) -> Iterator[Cluster]:
    """Give the running cluster of a city as it is, not brought to the newest form; stopped again if it did not run.

    Raises:
        DomainError: the database is not ours to run, or there is none.
    """
    check_own_database()
    cluster = Cluster(place.folder / "cluster")
    if cluster.major() is None:
        raise backup_errors.no_cluster(place.city)
    has_started = cluster.start()
    try:
        yield cluster
    finally:
        if has_started:
            cluster.stop()


def check_own_database() -> None:
    """Raise DomainError where the operator has named a database that we do not run."""
    if os.environ.get("GEO112_DATABASE_URL"):
        raise backup_errors.not_our_database()


def own_cluster(place: Place) -> Cluster | None:
    """Return the private cluster that the city's database lies in, or None where GEO112_DATABASE_URL names another."""
    given, folder = os.environ.get("GEO112_DATABASE_URL"), place.folder / "cluster"
    if given and not folder.exists():
        return None
    cluster = Cluster(folder)
    return cluster if given in (None, "", cluster.url()) else None


def check_database(libpq_url: str) -> None:
    """Raise DomainError unless there is a PostGIS behind the address."""
    try:
        with psycopg.connect(libpq_url, connect_timeout=10) as connection:
            found = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").fetchone()
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise DomainError(
            "database_unreachable",
            f"Basis data tidak bisa dihubungi: {reason}",
            f"The database cannot be reached: {reason}",
        ) from error
    if found is None:
        raise DomainError(
            "no_postgis",
            "Basis data ini tidak punya PostGIS; pasang paket postgis di server itu.",
            "This database has no PostGIS; install the postgis package on its server.",
        )


def set_clock(wanted_speed: float | None) -> clock.Anchor:
    """Read the centre's clock and let this process run by it; with a speed, set it anew first.

    A demonstration's clock never goes back: it goes on from the last thing that happened.

    Raises:
        DomainError: another speed than 1 outside the demonstration, or one that makes no sense.
    """
    with psycopg.connect(settings().libpq_url) as connection:
        found = connection.execute(READ_ANCHOR).fetchone()
        assert found is not None
        is_demonstration, real, shown, speed, last_shown = found
        if wanted_speed is not None:
            if not 0.1 <= wanted_speed <= 100:
                raise DomainError("bad_speed", "SPEED harus antara 0,1 dan 100.", "SPEED must be from 0.1 to 100.")
            if wanted_speed != 1 and not is_demonstration:
                raise DomainError(
                    "speed_outside_demonstration",
                    "SPEED hanya untuk demonstrasi; pusat yang sungguhan memakai waktu nyata.",
                    "SPEED is for the demonstration only; a real centre runs on real time.",
                )
            if not is_demonstration:
                clock.run_by(clock.REAL_TIME)
                return clock.REAL_TIME
            now = clock.real_now()
            real, shown, speed = now, max(now, last_shown or now), wanted_speed
            connection.execute(WRITE_ANCHOR, (real, shown, speed))
    anchor = clock.Anchor(real, shown, speed) if real is not None else clock.REAL_TIME
    clock.run_by(anchor)
    return anchor


def check_port(host: str, port: int) -> None:
    """Raise DomainError where something listens on the port already."""
    listen(host, port).close()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        DomainError: another program has the port (`port_in_use`).
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise DomainError(
            "port_in_use",
            f"Port {port} sudah dipakai program lain; pilih yang lain dengan PORT=…",
            f"Port {port} is used by another program; choose another with PORT=…",
        ) from error


def certificates_for(host: str) -> certificate.Certificates | None:
    """Return the certificates to serve with: none on this machine alone, else given ones or our own authority's."""
    if host in LOOPBACK:
        return None
    hosts = certificate.own_hosts() + ([] if host in ("0.0.0.0", "::") else [host])
    return certificate.ensure(settings().data_dir / "certificates", hosts, clock.real_now())


def serve(
    place: Place,
    host: str,
    port: int,
    speed: float | None,
    workers: int,
    create_app: "Callable[[], ASGIApp] | None" = None,
) -> None:
    """Serve the city until told to stop, by workers that are kept going. One server a data folder.

    Args:
        workers: processes that answer requests.
        create_app: makes another application than ours; tests serve one that is wrong on purpose.
    Raises:
        DomainError: the folder has a server, the port is taken, or the clock cannot be set so.
    """
    with home.only_server_of(place.folder), listen(host, port) as listening:
        set_clock(speed)
        tls = _given_certificates() or _own_certificates(host)
        if tls:
            _check_certificate(*tls)
            os.environ["GEO112_TLS"] = "1"
            settings.cache_clear()
        from geo112 import app  # after the settings are known

        made = (create_app or app.create_app)()  # once, before the first worker is forked
        log_to_stderr()
        supervise(lambda: _work(listening, made, tls), workers, own_cluster(place))


def _work(listening: socket.socket, app: "ASGIApp", tls: tuple[str, str] | None) -> None:
    """Answer what comes in by a socket until told to stop: one worker."""
    import uvicorn

    _wait_for_database()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
    )
    server = uvicorn.Server(config)
    server.run([listening])
    if not server.started:
        raise RuntimeError("the application did not start")


def _wait_for_database() -> None:
    """Wait while the database is just starting; then run by the centre's clock, which lies in it."""
    until = time.monotonic() + DATABASE_WITHIN_S
    while True:
        try:
            set_clock(None)
            return
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


def log_to_stderr() -> None:
    """Write what this process has to say to stderr, one sentence a line."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would name every request with its ids


def _given_certificates() -> tuple[str, str] | None:
    given = os.environ.get("GEO112_TLS_CERTIFICATE"), os.environ.get("GEO112_TLS_KEY")
    if given[0] and given[1]:
        return given[0], given[1]
    return None


def _check_certificate(file: str, key: str) -> None:
    """Refuse before the first worker would end of it, and the next, and the next."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(file, key)
    except OSError as error:  # SSLError is one
        raise DomainError(
            "bad_certificate",
            f"Sertifikat {file} dengan kunci {key} tidak bisa dipakai: {error.strerror or error}.",
            f"The certificate {file} with the key {key} cannot be used: {error.strerror or error}.",
        ) from error


def _own_certificates(host: str) -> tuple[str, str] | None:
    made = certificates_for(host)
    return None if made is None else (str(made.certificate), str(made.key))


def stop_on_signal(stop: asyncio.Event) -> None:
    """Set `stop` when this process is asked to end."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)


def day_of(text: str) -> datetime:
    """Read YYYY-MM-DD as the beginning of that day in the centre's time zone."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=settings().time_zone)
    except ValueError as error:
        raise DomainError("bad_day", f"“{text}” bukan tanggal YYYY-MM-DD.", f"“{text}” is no YYYY-MM-DD.") from error


def moment_of(text: str) -> datetime:
    """Read a time of ISO 8601; without an offset it is the centre's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise backup_errors.bad_moment(text) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=settings().time_zone)
