"""The operator's commands: `geo112 --help`. Each is a few lines over the rooms that do the work.

Rooms that load much (routing, osmnx, the application) are imported by the command that needs them: `geo112 token
create` should not wait for them.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from geo112 import __version__, certificate, clock, home, operation
from geo112.access import store as access
from geo112.access.passwords import new_password
from geo112.access.roles import Role
from geo112.database import engine, rows, sessions
from geo112.errors import DomainError
from geo112.settings import settings, terminal_language
from geo112.supervisor import MOST_WORKERS, usual_workers

if TYPE_CHECKING:
    from geo112.backup.progress import Progress as BackupProgress
    from geo112.city.importing import ImportSummary, Progress

DEFAULT_PORT = 8112


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a refusal is one clear sentence on stderr and exit code 1."""
    parsed = parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
    except DomainError as error:
        print(f"Geo112: {error.words(terminal_language())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser; every command sets `run`."""
    top = argparse.ArgumentParser(prog="geo112", description="Dispatch for 112 call centres")
    top.add_argument("--version", action="version", version=__version__)
    top.add_argument("--city", help="which city's data folder (default: the one brought up last)")
    commands = top.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(run=run)
        return made

    up_ = command("up", up, "start the database and bring it to the newest form")
    up_.add_argument("--demonstration", action="store_true", help="mark the centre as a demonstration")
    command("down", down, "stop the database")
    import_ = command("import", import_source, "import a city from an OSM file or by a place's name")
    import_.add_argument("source", help=".osm.pbf, .osm, .osm.gz, .osm.bz2, .graphml, or a place name")
    serve_ = command("serve", serve, "serve the city")
    add_address(serve_)
    serve_.add_argument("--speed", type=float, default=None, help="times as fast; demonstration only")
    serve_.add_argument(
        "--workers",
        type=int,
        default=number_from_environment("WORKERS", usual_workers(), MOST_WORKERS),
        choices=range(1, MOST_WORKERS + 1),
        help="processes that answer requests (default: half the cores, 2 to 4)",
    )
    simulate_ = command("simulate", simulate, "drive a served city: callers, desks and crews, by HTTP")
    add_address(simulate_)
    simulate_.add_argument("--seed", type=int, default=112)
    demo_ = command("demo", demo, "all of it: database, city, server, simulator (see bin/demo)")
    demo_.set_defaults(port=None, host=None)
    token = commands.add_parser("token", help="keys of devices").add_subparsers(required=True, metavar="action")
    create = token.add_parser("create", help="make a token; it is printed once, alone")
    create.set_defaults(run=create_token)
    create.add_argument("--role", required=True, choices=[role.value for role in Role])
    create.add_argument("--opd", help="code of the OPD; a dispatcher's token needs it")
    create.add_argument("--unit", help="call sign; a crew's token needs it")
    create.add_argument("--label", default=None, help="what it is for")
    create.add_argument("--days", type=int, default=365)
    listing = token.add_parser("list", help="list tokens")
    listing.set_defaults(run=list_tokens)
    revoke = token.add_parser("revoke", help="make a token worthless at once")
    revoke.set_defaults(run=revoke_token)
    revoke.add_argument("id", type=int)
    account = commands.add_parser("account", help="people").add_subparsers(required=True, metavar="action")
    make = account.add_parser("create", help="make an account, or give it a new password; the password is printed")
    make.set_defaults(run=create_account)
    make.add_argument("username")
    make.add_argument("--name")
    make.add_argument("--role", required=True, choices=[role.value for role in Role if role is not Role.TELEPHONY])
    make.add_argument("--opd")
    make.add_argument("--unit")
    certificate_ = command("certificate", make_certificate, "make the private authority and the server's certificate")
    certificate_.add_argument("hosts", nargs="*", help="names or addresses of this server")
    heatmap_ = command("heatmap", heatmap, "write the heat map of incidents as one HTML file")
    heatmap_.add_argument("file", type=Path, nargs="?", help="default: standard output")
    heatmap_.add_argument("--from", dest="since", required=True, help="first day, YYYY-MM-DD")
    heatmap_.add_argument("--to", dest="until", required=True, help="last day, YYYY-MM-DD")
    heatmap_.add_argument("--type", default=None)
    backup_ = command(
        "backup", backup, "copy the running database and its city to another disk, and keep its log there"
    )
    backup_.add_argument("--folder", type=Path, help="where to; chosen once (default: where the last one went)")
    backup_.add_argument("--keep", type=int, default=7, help="how many backups stay (default: 7)")
    restore_ = command("restore", restore, "put a backup in the place of the city's database, whole or not at all")
    restore_.add_argument("--folder", type=Path, required=True, help="where the backups are")
    restore_.add_argument("--at", help="bring it forward to this time only: 2026-11-27T14:30:00")
    retain_ = command("retain", retain, "delete what is older than its class of data may be kept")
    retain_.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")
    openapi_ = command("openapi", openapi, "write docs/openapi.json, or check that it is true")
    openapi_.add_argument("--check", action="store_true")
    return top


def add_address(to: argparse.ArgumentParser) -> None:
    to.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    to.add_argument("--port", type=int, default=number_from_environment("PORT", DEFAULT_PORT, 65535))


def number_from_environment(name: str, default: int, most: int) -> int:
    text = os.environ.get(name) or str(default)
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 < number <= most:
        print(f"Geo112: {name} must be a number from 1 to {most}, not “{text}”.", file=sys.stderr)
        raise SystemExit(1)
    return number


def up(wanted: argparse.Namespace) -> int:
    operation.bring_up(operation.choose_city(wanted.city), demonstration=wanted.demonstration)
    print(settings().libpq_url)
    return 0


def down(wanted: argparse.Namespace) -> int:
    from geo112.cluster import Cluster

    folder = operation.choose_city(wanted.city).folder
    with home.only_server_of(folder):  # a server would bring its database up again
        Cluster(folder / "cluster").stop()
    return 0


def import_source(wanted: argparse.Namespace) -> int:
    from geo112.city.importing import import_city

    operation.bring_up(operation.choose_city(wanted.city or wanted.source))
    summary = import_city(wanted.source, settings().database_url, settings().data_dir, show_progress)
    print_summary(summary)
    return 0


def show_progress(progress: "Progress | BackupProgress") -> None:
    print(f"  {progress.share:4.0%}  {progress.words_en}", file=sys.stderr, flush=True)


def print_summary(summary: "ImportSummary") -> None:
    counts = ", ".join(f"{count:,} {name}" for name, count in summary.counts.items() if count)
    print(f"{summary.name}: {counts}", file=sys.stderr)


def serve(wanted: argparse.Namespace) -> int:
    place = operation.choose_city(wanted.city)
    started = operation.bring_up(place)
    try:
        operation.serve(place, wanted.host, wanted.port, wanted.speed, wanted.workers)
    finally:
        if started is not None:
            started.stop()
    return 0


def simulate(wanted: argparse.Namespace) -> int:
    from geo112 import demonstration

    operation.bring_up(operation.choose_city(wanted.city))
    return asyncio.run(demonstration.simulate_until_stopped(wanted.host, wanted.port, wanted.seed))


def demo(wanted: argparse.Namespace) -> int:
    from geo112 import demonstration

    source = os.environ.get("PBF") or os.environ.get("PLACE") or str(demonstration.OWN_CITY)
    return demonstration.run(source, operation.choose_city(wanted.city or source), show_progress)


def create_token(wanted: argparse.Namespace) -> int:
    operation.bring_up(operation.choose_city(wanted.city))

    async def create() -> str:
        async with sessions().begin() as session:
            _, secret = await access.create_token(
                session,
                role=wanted.role,
                label=wanted.label or f"{wanted.role} {wanted.unit or wanted.opd or ''}".strip(),
                opd_code=wanted.opd,
                call_sign=wanted.unit,
                now=clock.real_now(),
                lasts=timedelta(days=wanted.days),
            )
        await engine().dispose()
        return secret

    print(asyncio.run(create()))
    return 0


def list_tokens(wanted: argparse.Namespace) -> int:
    operation.bring_up(operation.choose_city(wanted.city))

    async def listing() -> None:
        async with sessions().begin() as session:
            for one in await rows(session, access.TOKENS):
                state = "revoked" if one.revoked_at else f"until {one.expires_at:%Y-%m-%d}"
                print(f"{one.id:6d}  {one.role:14s}  {state:20s}  {one.label}")
        await engine().dispose()

    asyncio.run(listing())
    return 0


def revoke_token(wanted: argparse.Namespace) -> int:
    operation.bring_up(operation.choose_city(wanted.city))

    async def revoke() -> None:
        async with sessions().begin() as session:
            await access.revoke_token(session, wanted.id, clock.real_now())
        await engine().dispose()

    asyncio.run(revoke())
    return 0


def create_account(wanted: argparse.Namespace) -> int:
    operation.bring_up(operation.choose_city(wanted.city))
    password = new_password()

    async def create() -> None:
        async with sessions().begin() as session:
            opd_id, unit_id = await access.belongs_to(session, wanted.role, wanted.opd, wanted.unit)
            await access.save_account(
                session, wanted.username, wanted.name or wanted.username, wanted.role, password, opd_id, unit_id
            )
        await engine().dispose()

    asyncio.run(create())
    print(password)
    return 0


def make_certificate(wanted: argparse.Namespace) -> int:
    folder = operation.choose_city(wanted.city).folder / "certificates"
    made = certificate.ensure(folder, [*certificate.own_hosts(), *wanted.hosts], clock.real_now())
    print(f"Authority, for desks and phones to trust: {made.authority}")
    print(f"  SHA-256 {certificate.fingerprint(made.authority)}")
    print(f"Server: {made.certificate} (until {made.ends_at:%Y-%m-%d}), for {', '.join(made.hosts)}")
    print("How to trust it: docs/operating.md")
    return 0


def heatmap(wanted: argparse.Namespace) -> int:
    from geo112.reports.heatmap import write_heatmap

    operation.bring_up(operation.choose_city(wanted.city))
    since, until = operation.day_of(wanted.since).date(), operation.day_of(wanted.until).date()
    file = wanted.file or Path("/dev/stdout")
    asyncio.run(write_heatmap(file, since, until, wanted.type))
    if wanted.file:
        print(f"{wanted.file.absolute()}", file=sys.stderr)
    return 0


def backup(wanted: argparse.Namespace) -> int:
    from geo112.backup.taking import take

    place = operation.choose_city(wanted.city)
    with operation.running_cluster(place) as cluster:
        base = take(cluster, place.folder.resolve(), wanted.folder, max(1, wanted.keep), show_progress)
    print(base.folder)
    return 0


def restore(wanted: argparse.Namespace) -> int:
    from geo112.backup.restoring import restore as restore_from

    operation.check_own_database()
    named = operation.choose_city(wanted.city)
    at = operation.moment_of(wanted.at) if wanted.at else None
    done = restore_from(wanted.folder, named.folder if wanted.city else None, named.home / "cities", at, show_progress)
    operation.remember(operation.Place(named.home, done.city))
    zone = settings().time_zone
    until = f"{done.until.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}" if done.until else "the backup itself"
    print(f"The last change in the database: {until} (backup {done.base.folder.name})", file=sys.stderr)
    if done.gap:
        print(f"The log is broken at {done.gap}: what came after it is lost.", file=sys.stderr)
    if not done.has_roads:
        print("The roads are not in the backup: import the city's file again (geo112 import …).", file=sys.stderr)
    if done.before:
        print(f"What was there before lies in {done.before}; delete it when all is well.", file=sys.stderr)
    print("The new database has no folder of backups yet: geo112 backup --folder <an empty folder>", file=sys.stderr)
    return 0


def retain(wanted: argparse.Namespace) -> int:
    from geo112.retention import service

    operation.bring_up(operation.choose_city(wanted.city))
    operation.set_clock(None)

    async def cut() -> list[service.Cut]:
        done = await service.retain(clock.now(), dry_run=wanted.dry_run)
        await engine().dispose()
        return done

    done = asyncio.run(cut())
    for one in done:
        what = f"failed ({one.error})" if one.error else "another process is at it" if one.rows is None else one.rows
        print(f"{one.code:12s} before {one.before.astimezone(settings().time_zone):%Y-%m-%d %H:%M %Z}: {what}")
    return 1 if any(one.error for one in done) else 0


def openapi(wanted: argparse.Namespace) -> int:
    from geo112.app import create_app

    file = Path(__file__).parent.parent / "docs" / "openapi.json"
    made = json.dumps(create_app().openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if not wanted.check:
        file.write_text(made)
        return 0
    if file.is_file() and file.read_text() == made:
        return 0
    print("docs/openapi.json is not what the application serves; run: python -m geo112.cli openapi", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
