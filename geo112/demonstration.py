"""`bin/demo`: a whole city at work on one machine, and at the end what happened.

database ─► city (imported when its file is new) ─► fleet and sign-ins ─► past ─► server ─► simulator ─► outcome
"""

import asyncio
import hashlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import clock, operation
from geo112.access import store as access
from geo112.city import store as city
from geo112.city.importing import Progress, import_city
from geo112.city.names import current_names
from geo112.city.network import current_network, folder_of
from geo112.database import engine, sessions
from geo112.errors import DomainError
from geo112.operation import Place
from geo112.settings import settings
from geo112.simulation import fleet, outcome, past
from geo112.simulation.past_session import plain_transaction
from geo112.simulation.run import Keys
from geo112.simulation.run import simulate as run_simulation
from geo112.units import store as units
from routing.network import NetworkFileError

OWN_CITY = Path(__file__).parent.parent / "data" / "osm" / "kota-contoh.osm.pbf"
FAST = 10.0  # speed with DURATION
READY_WITHIN_S = 300.0  # the first server of a version compiles the road engine
SEED = 112
HISTORY_DAYS, MOST_HISTORY_DAYS = 30, 366
TOKENS_LAST = timedelta(days=2)

IN_FORCE = """
    SELECT city_import.id, city_import.checksum, city_import.origin
      FROM centre JOIN city_import ON city_import.id = centre.city_import_id"""


def run(source: str, place: Place, on_progress: Callable[[Progress], None]) -> int:
    """Run the demonstration until told to stop, or for DURATION seconds; return the exit code."""
    duration_s = _number("DURATION", None)
    speed = _number("SPEED", FAST if duration_s is not None else 1.0)
    history_days = _history_days()
    port = int(_number("PORT", 8112) or 8112)
    host = os.environ.get("HOST") or "127.0.0.1"
    operation.check_port(host, port)
    _say("Starting the database")
    started = operation.bring_up(place, demonstration=True)
    try:
        import_id = _import_if_new(source, on_progress)
        _say("Placing units and making sign-ins")
        sign_ins = asyncio.run(_furnish(import_id))
        if history_days > 0:
            _give_past(import_id, history_days, on_progress)
        return _serve(place, host, port, speed or 1.0, duration_s, sign_ins)
    finally:
        if started is not None:
            started.stop()


async def simulate_until_stopped(host: str, port: int, seed: int) -> int:
    """Drive the served city by HTTP until this process is asked to stop."""
    operation.log_to_stderr()
    stop = asyncio.Event()
    operation.stop_on_signal(stop)
    address, verify = _address(host, port), _trust(host)
    operation.set_clock(None)
    async with sessions().begin() as session:
        import_id = await city.import_id(session)
        keys = await _keys(session)
    if import_id is None:
        raise DomainError("no_city", "Belum ada kota; impor dahulu.", "There is no city yet; import one first.")
    folder = folder_of(import_id, settings().data_dir)
    await run_simulation(address, keys, folder, seed=seed, verify=verify, stop=stop)
    await engine().dispose()
    return 0


def _import_if_new(source: str, on_progress: Callable[[Progress], None]) -> int:
    with psycopg.connect(settings().libpq_url) as connection:
        found = connection.execute(IN_FORCE).fetchone()
    is_file = Path(source).is_file()
    if found is not None:
        import_id, checksum, origin = found
        same = checksum == _checksum(Path(source)) if is_file else origin == source
        if same and _has_files(int(import_id)):
            return int(import_id)
    _say(f"Importing {Path(source).name if is_file else source}")
    return import_city(source, settings().database_url, settings().data_dir, on_progress).import_id


def _has_files(import_id: int) -> bool:
    """Say whether the import's roads and names can be read: not of an older version, nor a folder that was deleted."""
    with suppress(NetworkFileError):
        current_network(import_id, settings().data_dir)
        current_names(import_id, settings().data_dir)
        return True
    return False


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _furnish(import_id: int) -> list[fleet.SignIn]:
    """Give the city its OPD and units where it has none, and everybody a new password."""
    network = current_network(import_id, settings().data_dir)
    async with sessions().begin() as session:
        if not await units.units(session):
            await fleet.furnish(session, network, seed=SEED)
        sign_ins = await fleet.accounts(session)
    await engine().dispose()
    return sign_ins


def _give_past(import_id: int, days: int, on_progress: Callable[[Progress], None]) -> None:
    """Make up the days before now, in a city in which nothing has happened yet."""
    network = current_network(import_id, settings().data_dir)

    def tell(day: int) -> None:
        if day == 0:
            _say(f"Making up the last {days} days (HISTORY_DAYS=0: none)")
        if day % max(1, days // 10) == 0:
            on_progress(Progress(f"Riwayat: hari {day} dari {days}", f"History: day {day} of {days}", day / days))

    with plain_transaction() as session:
        asyncio.run(past.replay(session, network, days=days, until=clock.real_now(), seed=SEED, on_day=tell))


async def _keys(session: AsyncSession) -> Keys:
    """Make the simulator's tokens: for the exchange, a call taker, a dispatcher of each OPD, and each unit's phone."""

    async def key(role: str, opd_code: str | None = None, call_sign: str | None = None) -> str:
        _, secret = await access.create_token(
            session,
            role=role,
            label=f"Simulator {call_sign or opd_code or role}",
            opd_code=opd_code,
            call_sign=call_sign,
            now=clock.real_now(),
            lasts=TOKENS_LAST,
        )
        return secret

    return Keys(
        telephony=await key("telephony"),
        call_taker=await key("call_taker"),
        dispatchers={opd.code: await key("dispatcher", opd.code) for opd in await units.opds(session)},
        crews={unit.call_sign: await key("crew", None, unit.call_sign) for unit in await units.units(session)},
    )


def _serve(
    place: Place, host: str, port: int, speed: float, duration_s: float | None, sign_ins: Sequence[fleet.SignIn]
) -> int:
    """Run server and simulator as processes of their own until one ends, a signal comes or the time is over."""
    child = [sys.executable, "-P", "-m", "geo112.cli", "--city", place.city]
    address = ["--host", host, "--port", str(port)]
    processes = []
    ended = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, frame: ended.append(number))
    log = (settings().data_dir / "server.log").open("ab")
    try:
        _say("Starting the server")
        server = subprocess.Popen([*child, "serve", *address, "--speed", str(speed)], stderr=log, stdout=log)
        processes.append(server)
        _wait_until_ready(server, host, port, log.name)
        began = operation.set_clock(None).at(clock.real_now())
        _print_sign_ins(host, port, speed, sign_ins, log.name)
        if os.environ.get("SIMULATE") != "0":
            processes.append(subprocess.Popen([*child, "simulate", *address], stderr=log, stdout=log))
        until = None if duration_s is None else time.monotonic() + duration_s
        while not ended and (until is None or time.monotonic() < until):
            time.sleep(0.2)
            gone = next((one for one in processes if one.poll() is not None), None)
            if gone is not None:
                _say(f"A process ended by itself with code {gone.returncode}; see {log.name}")
                return 1
    finally:
        for one in reversed(processes):
            one.send_signal(signal.SIGTERM)
        for one in processes:
            with suppress(subprocess.TimeoutExpired):
                one.wait(15)
            one.kill()
        log.close()
    if duration_s is None:
        return 0
    happened = asyncio.run(_outcome(began))
    print(outcome.words(happened), flush=True)
    return 0 if happened.went_whole_way else 1


async def _outcome(since: datetime) -> outcome.Outcome:
    async with sessions().begin() as session:
        found = await outcome.outcome(session, since)
    await engine().dispose()
    return found


def _wait_until_ready(server: "subprocess.Popen[bytes]", host: str, port: int, log: str) -> None:
    url = f"{_address(host, port)}/api/health"
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        with suppress(httpx.HTTPError):  # at its first start the server has yet to make the authority that is trusted
            if httpx.get(url, verify=_trust(host), trust_env=False, timeout=5).status_code == 200:
                return
        time.sleep(0.1)
    raise DomainError(
        "server_not_ready", f"Server tidak siap; lihat {log}.", f"The server did not get ready; see {log}."
    )


def _address(host: str, port: int) -> str:
    """Return the address at which this machine itself reaches the server."""
    if host in operation.LOOPBACK:
        return f"http://{'[::1]' if host == '::1' else host}:{port}"
    return f"https://{'localhost' if host in ('0.0.0.0', '::') else host}:{port}"


def _trust(host: str) -> ssl.SSLContext | bool:
    """Return what to trust when talking to our own server: its own authority where it speaks TLS."""
    if host in operation.LOOPBACK:
        return False
    given = os.environ.get("GEO112_TLS_CERTIFICATE")
    authority = Path(given) if given else settings().data_dir / "certificates" / "authority.crt"
    return ssl.create_default_context(cafile=str(authority)) if authority.exists() else True


def _print_sign_ins(host: str, port: int, speed: float, sign_ins: Sequence[fleet.SignIn], log: str) -> None:
    where = socket.gethostname() if host in ("0.0.0.0", "::") else host
    scheme = "http" if host in operation.LOOPBACK else "https"
    print(f"\nGeo112 is ready: {scheme}://{where}:{port}/", end="")
    print(f"   (clock × {speed:g})" if speed != 1 else "")
    print("Sign in as (new passwords at every start):")
    for one in sign_ins:
        print(f"  {one.username:24s} {one.password}   {one.role} {one.opd_code or ''} {one.unit or ''}".rstrip())
    print(f"Log: {log}     Stop: Ctrl+C\n", flush=True)


def _history_days() -> int:
    written = os.environ.get("HISTORY_DAYS") or str(HISTORY_DAYS)
    if not written.isascii() or not written.isdigit() or int(written) > MOST_HISTORY_DAYS:
        raise DomainError(
            "bad_setting",
            f"HISTORY_DAYS harus bilangan bulat dari 0 sampai {MOST_HISTORY_DAYS}, bukan “{written}”.",
            f"HISTORY_DAYS must be a whole number from 0 to {MOST_HISTORY_DAYS}, not “{written}”.",
        )
    return int(written)


def _number(name: str, default: float | None) -> float | None:
    text = os.environ.get(name)
    if not text:
        return default
    try:
        number = float(text)
        if number <= 0:
            raise ValueError
    except ValueError as error:
        raise DomainError(
            "bad_setting",
            f"{name} harus bilangan lebih dari nol, bukan “{text}”.",
            f"{name} must be a number above zero, not “{text}”.",
        ) from error
    return number


def _say(words: str) -> None:
    print(f"· {words} …", file=sys.stderr, flush=True)
