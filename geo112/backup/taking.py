"""A backup: a copy of the whole running cluster, and from then on its log, piece by piece.

    whose folder? ─► room? ─► log goes there ─► pg_basebackup ─► pg_verifybackup ─► roads, certificates ─► base.json
                                                          ─► does the log arrive? ─► older backups go, and their log

People go on working meanwhile. Whatever fails leaves the older backups as they were.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from geo112 import archiving, clock
from geo112.archiving import Target
from geo112.backup import errors, log
from geo112.backup.folder import BackupFolder, Base, begun, copy_folder, opened, write_base
from geo112.backup.progress import OnProgress, Progress
from geo112.city.kept import make_durable
from geo112.cluster import DATABASE, PORT, SUPERUSER, Cluster, find_postgres, locked_file

KEPT = 7
SPARE = 1.1  # times the databases' size
ARRIVES_WITHIN_S = 120.0  # real seconds without a piece arriving

SIZE = """
    SELECT sum(pg_database_size(oid)) + (SELECT coalesce(sum(size), 0) FROM pg_ls_waldir()) FROM pg_database"""
COPIED = "SELECT backup_streamed, backup_total FROM pg_stat_progress_basebackup"
ARCHIVED = "SELECT archived_count, last_archived_wal FROM pg_stat_archiver"
NETWORK = "SELECT network_folder FROM centre JOIN city_import ON city_import.id = city_import_id"


def take(
    cluster: Cluster, city_folder: Path, folder: Path | None, kept: int = KEPT, on_progress: OnProgress = lambda _: None
) -> Base:
    """Copy a running cluster, and let its log be brought to the same folder from now on.

    Args:
        cluster: runs, as the user of this process.
        city_folder: the data folder of its city, named like the city.
        folder: where to; None: where the last backup went.
        kept: how many backups stay.
    Returns:
        The new backup, verified.
    Raises:
        BackupError: refused or failed. By `log_not_archived` the backup is made all the same.
    """
    with _alone(cluster):
        path, backups = _folder(cluster, city_folder.name, folder)
        with psycopg.connect(cluster.libpq_url("postgres", SUPERUSER), autocommit=True) as connection:
            if _value(connection, "SHOW archive_mode") != "on":
                raise errors.restart_needed()
            _check_room(connection, path)
            if backups is None:
                backups = _begin(cluster, city_folder.name, path)
            cluster.reconfigure()
            base = _copy(connection, cluster, city_folder, backups, on_progress)
            on_progress(Progress("Menunggu log PostgreSQL tiba", "Waiting for PostgreSQL's log to arrive", 0.95))
            _wait_for_log(connection, base, backups, cluster)
        _prune(backups, kept)
    on_progress(Progress("Cadangan siap", "The backup is ready", 1.0))
    return base


@contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    """Let one backup of a cluster run at a time."""
    lock = os.open(cluster.folder / "backup.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not locked_file(lock):
            raise errors.already_running()
        yield
    finally:
        os.close(lock)


def _folder(cluster: Cluster, city: str, folder: Path | None) -> tuple[Path, BackupFolder | None]:
    """Return the folder that this cluster's backups go to, and what it is; None where it is empty."""
    known = archiving.target_of(cluster.folder)
    path = folder or (known.folder if known else None)
    if path is None:
        raise errors.no_folder_chosen()
    try:
        if folder is not None:  # a chosen one that is gone is a disk that is not mounted
            path.mkdir(mode=0o700, exist_ok=True)
        there = opened(path)
        if there is None and any(one.name != "lost+found" for one in path.iterdir()):  # of a fresh disk
            raise errors.folder_foreign(path)
        if there is None and folder is None:
            raise errors.no_backup_here(path)
    except OSError as error:
        raise errors.folder_closed(path, error) from error
    if there is not None and there.city != city:
        raise errors.another_city(path, there.city, city)
    if there is not None and (known is None or there.series != known.series):
        raise errors.another_cluster(path)
    return path, there


def _begin(cluster: Cluster, city: str, path: Path) -> BackupFolder:
    """Make an empty folder that of this cluster's backups, from now on."""
    major = cluster.major()
    assert major is not None
    target = Target(path, secrets.token_hex(8))
    try:
        begun_here = begun(path, city, major, target.series)
    except OSError as error:
        raise errors.folder_closed(path, error) from error
    cluster.write(cluster.folder / archiving.CHOSEN, archiving.choose(target))
    return begun_here


def _check_room(connection: psycopg.Connection[Any], folder: Path) -> None:
    needed, free = int(float(_value(connection, SIZE)) * SPARE), shutil.disk_usage(folder).free
    if free < needed:
        raise errors.no_room(folder, needed, free)


def _copy(
    connection: psycopg.Connection[Any],
    cluster: Cluster,
    city_folder: Path,
    backups: BackupFolder,
    on_progress: OnProgress,
) -> Base:
    began_at = clock.real_now()
    for left in (backups.path / "base").glob("*.part"):
        shutil.rmtree(left, ignore_errors=True)
    whole = backups.path / "base" / f"{began_at:%Y%m%dT%H%M%S%fZ}"
    part = whole.with_name(whole.name + ".part")
    try:
        part.mkdir(mode=0o700)
        network = network_in_force(cluster)
        _base_backup(connection, cluster, part / "data", on_progress)
        on_progress(Progress("Memeriksa cadangan", "Verifying the backup", 0.8))
        if wrong := verified(cluster, backups.postgres, part / "data"):
            raise errors.failed(wrong)
        manifest = json.loads((part / "data" / "backup_manifest").read_text(encoding="utf-8"))
        (span,) = manifest["WAL-Ranges"]
        if (city_folder / "certificates").is_dir():
            copy_folder(city_folder / "certificates", part / "certificates")
        if network is not None and (city_folder / network).is_dir() and not (backups.path / network).exists():
            copy_folder(city_folder / network, backups.path / network)
        base = Base(
            whole,
            began_at,
            clock.real_now(),
            log.piece_at(span["Timeline"], span["Start-LSN"]),
            log.piece_at(span["Timeline"], span["End-LSN"]),
            network,
            sum(file["Size"] for file in manifest["Files"]),
        )
        write_base(base, part)
        part.rename(whole)
        make_durable([whole.parent])
        return base
    except OSError as error:
        raise errors.failed(error.strerror or str(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _base_backup(connection: psycopg.Connection[Any], cluster: Cluster, data: Path, on_progress: OnProgress) -> None:
    where = ["-h", str(cluster.socket_folder), "-p", str(PORT), "-U", SUPERUSER, "--no-password", "-D", str(data)]
    how = ["--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256", "--label=geo112"]
    program = find_postgres(cluster.major()).path("pg_basebackup")
    words = ("Menyalin basis data", "Copying the database")
    with ThreadPoolExecutor(1) as thread:
        copying = thread.submit(cluster.run, [program, *where, *how])
        while not copying.done():
            found = connection.execute(COPIED).fetchone()
            if found and found[1]:
                on_progress(Progress(*words, 0.8 * min(1.0, found[0] / found[1])))
            time.sleep(0.5)
    if copying.result().returncode:
        raise errors.failed(_last_words(copying.result().stderr))


def verified(cluster: Cluster, major: int, data: Path) -> str | None:
    """Return what is wrong with a copy by its manifest, or None."""
    checking = cluster.run([find_postgres(major).path("pg_verifybackup"), "--exit-on-error", "--quiet", str(data)])
    return _last_words(checking.stderr) if checking.returncode else None


def _wait_for_log(connection: psycopg.Connection[Any], base: Base, backups: BackupFolder, cluster: Cluster) -> None:
    """See that the piece with which the copy ends gets to the folder: then the later ones will as well."""
    connection.execute("SELECT pg_switch_wal()")
    arrived, until = None, time.monotonic() + ARRIVES_WITHIN_S
    while not (backups.log / f"{base.last_piece}.gz").exists():
        now = connection.execute(ARCHIVED).fetchone()
        if now != arrived:
            arrived, until = now, time.monotonic() + ARRIVES_WITHIN_S
        if time.monotonic() > until:
            raise errors.log_not_archived(backups.path, cluster.folder / "log")
        time.sleep(0.1)


def _prune(backups: BackupFolder, kept: int) -> None:
    """Remove backups but the newest, then the log and the roads that no backup needs any more."""
    bases = backups.bases()
    for old in bases[kept:]:
        (old.folder / "base.json").unlink()  # from now on it is not whole
        shutil.rmtree(old.folder)
    log.prune(backups.log, min(base.first_piece for base in bases[:kept]))
    needed = {backups.path / base.network for base in bases[:kept] if base.network is not None}
    for network in (backups.path / "networks").iterdir():
        if network not in needed:
            shutil.rmtree(network)


def network_in_force(cluster: Cluster) -> str | None:
    """Return the folder of the roads in force, below the city's; None before the first import."""
    with psycopg.connect(cluster.libpq_url(DATABASE)) as connection:
        try:
            found = connection.execute(NETWORK).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return found[0] if found else None


def _value(connection: psycopg.Connection[Any], question: str) -> Any:
    found = connection.execute(question).fetchone()
    return found[0] if found else None


def _last_words(said: str) -> str:
    return (said.strip().splitlines() or ["?"])[-1].rstrip(".")
