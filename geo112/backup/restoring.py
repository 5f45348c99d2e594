"""The way back: a new cluster from a backup and the log after it, made beside the old one and put in its place whole.

    newest base that is sound ─► copied to cluster.new ─► log read on, to the end or to a moment ─► stopped, on disk
                                                                  ─► cluster.new ⇄ cluster, in one step

The old cluster stays beside it as cluster.before-<time>. Until the switch nothing of it is touched.
"""

import os
import re
import shlex
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from geo112 import clock
from geo112.backup import errors, log
from geo112.backup.folder import BackupFolder, Base, copy_folder, opened
from geo112.backup.progress import OnProgress, Progress
from geo112.backup.switching import exchange
from geo112.backup.taking import network_in_force, verified
from geo112.city.kept import make_durable
from geo112.cluster import SUPERUSER, Cluster, find_postgres
from geo112.errors import DomainError
from geo112.home import only_server_of

FETCH = "geo112-fetch.sh"
FETCH_TEXT = '# Written by Geo112 for a restore.\nexec gzip -dc {log}/"$1".gz >"$2"\n'
LOG_ENDED = "recovery ended before configured recovery target was reached"
HOW_FAR = "SELECT pg_is_in_recovery(), pg_last_xact_replay_timestamp()"


@dataclass(frozen=True, slots=True)
class Restored:
    """What there is now."""

    city: str
    base: Base
    until: datetime | None  # the last change in it; None: nothing was changed after the base
    gap: str | None  # a piece of the log that is missing or damaged though there are later ones
    has_roads: bool  # else the city has to be imported again
    before: Path | None  # where the old cluster lies


def restore(
    folder: Path, city_folder: Path | None, cities: Path, at: datetime | None, on_progress: OnProgress = lambda _: None
) -> Restored:
    """Put what is in a folder of backups in the place of a city's cluster.

    Args:
        folder: of the backups; only read.
        city_folder: the data folder of the city; None: the one that the backups are of, below `cities`.
        at: bring the newest backup from before it forward to this moment; None: as far as the log goes.
    Raises:
        BackupError, ClusterError, HomeError: refused or failed; the cluster that was there is there still.
    """
    try:
        backups = opened(folder)
    except OSError as error:
        raise errors.folder_closed(folder, error) from error
    if backups is None:
        raise errors.no_backup_here(folder)
    place = city_folder or cities / backups.city
    if place.name != backups.city:
        raise errors.another_city(folder, backups.city, place.name)
    find_postgres(backups.postgres)
    old, new = Cluster(place / "cluster"), Cluster(place / "cluster.new")
    with only_server_of(place), old.held():
        try:
            new.stop()  # of a restore that was killed
            shutil.rmtree(new.folder, ignore_errors=True)
            base = _soundest(backups, at, new, place, on_progress)
            reach = log.reach(
                backups.log, base.last_piece, lambda share: _tell(on_progress, CHECKING, 0.4 + 0.1 * share)
            )
            _copy(base, new, on_progress)
            until, network = _bring_forward(new, backups, at, on_progress)
            has_roads = _restore_files(backups, base, network, place)
            before = _switch(old, new)
        except OSError as error:
            raise errors.restore_failed(error.strerror or str(error)) from error
        finally:
            if new.folder.exists():
                new.stop()
                shutil.rmtree(new.folder, ignore_errors=True)
    _tell(on_progress, ("Kota sudah dipulihkan", "The city is restored"), 1.0)
    return Restored(backups.city, base, until, reach.missing, has_roads, before)


VERIFYING = ("Memeriksa cadangan", "Verifying the backup")
CHECKING = ("Memeriksa log", "Checking the log")
COPYING = ("Menyalin cadangan", "Copying the backup")
READING_ON = ("Membaca log", "Reading the log")


def _soundest(backups: BackupFolder, at: datetime | None, new: Cluster, place: Path, on_progress: OnProgress) -> Base:
    """Return the newest base from before `at` that is as its manifest says; an older one and the log do as well."""
    bases = backups.bases()
    if not bases:
        raise errors.no_backup_here(backups.path)
    early = [base for base in bases if at is None or base.ended_at <= at]
    if early and shutil.disk_usage(place).free < early[0].size * 1.1:
        raise errors.no_room(place, int(early[0].size * 1.1), shutil.disk_usage(place).free)
    new.make_folders()
    for base in early:
        _tell(on_progress, VERIFYING, 0.0)
        if verified(new, backups.postgres, base.data) is None:
            return base
    if at is not None:
        raise errors.before_the_first(at, bases[-1].ended_at.astimezone(at.tzinfo) if not early else None)
    raise errors.no_backup_here(backups.path)


def _copy(base: Base, new: Cluster, on_progress: OnProgress) -> None:
    copied = 0

    def copy(source: str, target: str) -> None:
        nonlocal copied
        shutil.copyfile(source, target)
        os.chmod(target, 0o600)
        copied += os.path.getsize(source)
        _tell(on_progress, COPYING, 0.5 + 0.2 * min(1.0, copied / max(base.size, 1)))

    shutil.copytree(base.data, new.folder / "data", copy_function=copy)
    (new.folder / "data").chmod(0o700)


def _bring_forward(
    new: Cluster, backups: BackupFolder, at: datetime | None, on_progress: OnProgress
) -> tuple[datetime | None, str | None]:
    """Let PostgreSQL read the log on, then stop it; return the last change, and the folder of the roads in force."""
    data = new.folder / "data"
    new.write(data / FETCH, FETCH_TEXT.format(log=shlex.quote(str(backups.log))))
    new.write(data / "recovery.signal", "")
    wanted = {"restore_command": f"sh {FETCH} %f %p", "recovery_target_timeline": "current"}
    target = {} if at is None else {"recovery_target_time": at.isoformat(), "recovery_target_action": "promote"}
    try:
        try:
            until = _recovered(new, {**wanted, **target}, on_progress)
        except DomainError:
            if at is None or LOG_ENDED not in _log_of(new):
                raise
            until = _recovered(new, wanted, on_progress)  # nothing is known from after the log's end: this is all of it
    except DomainError as error:
        raise errors.restore_failed(_last_words(new)) from error
    network = network_in_force(new)
    new.stop()
    (data / FETCH).unlink()
    new.run([find_postgres(backups.postgres).path("initdb"), "--sync-only", "--pgdata", str(data)])
    return until, network


def _recovered(new: Cluster, settings: dict[str, str], on_progress: OnProgress) -> datetime | None:
    """Start the new cluster and wait until it has read what it should; return when the last change was made."""
    _tell(on_progress, READING_ON, 0.7)
    new.start(settings)
    until: datetime | None = None
    while True:
        try:
            with psycopg.connect(new.libpq_url("postgres", SUPERUSER)) as connection:
                is_reading, until = connection.execute(HOW_FAR).fetchone() or (True, None)
        except psycopg.OperationalError as error:
            if not new.is_running():
                raise errors.restore_failed(_last_words(new)) from error
            is_reading = True
        if not is_reading:
            return None if until is None else until.astimezone(UTC)
        time.sleep(0.2)
        _tell(on_progress, READING_ON, 0.75)


def _restore_files(backups: BackupFolder, base: Base, network: str | None, place: Path) -> bool:
    """Bring back the roads in force, and the certificates where there are none; say whether the roads are there."""
    if (base.folder / "certificates").is_dir() and not (place / "certificates").exists():
        copy_folder(base.folder / "certificates", place / "certificates")
    if network is None:
        return True
    if (backups.path / network).is_dir():
        copy_folder(backups.path / network, place / network)
    return (place / network).is_dir()


def _switch(old: Cluster, new: Cluster) -> Path | None:
    """Put the new cluster in the place of the old one; return where that lies from now on.

    The last step is the switch itself: whatever happens before or after it, nothing named cluster.new is the old one.
    """
    if not old.folder.exists():
        new.folder.rename(old.folder)
        make_durable([old.folder.parent])
        return None
    before = old.folder.with_name(f"cluster.before-{clock.real_now():%Y%m%dT%H%M%SZ}")
    new.folder.rename(before)
    try:
        exchange(old.folder, before)
    except OSError:
        before.rename(new.folder)
        raise
    return before


def _log_of(cluster: Cluster) -> str:
    return "\n".join(file.read_text(errors="replace") for file in sorted((cluster.folder / "log").iterdir()))


def _last_words(cluster: Cluster) -> str:
    fatal = re.findall(r"(?:FATAL|PANIC): +(.*)", _log_of(cluster))
    return fatal[-1] if fatal else "?"


def _tell(on_progress: OnProgress, words: tuple[str, str], share: float) -> None:
    on_progress(Progress(*words, share))
