"""A PostgreSQL cluster of our own, with PostGIS: made, started and stopped by Geo112, reached by nobody else.

    <folder>/                0700, of the user that PostgreSQL runs as
    ├── data/                the cluster (initdb; checksums, UTF-8, C.UTF-8)
    ├── log/                 one file a weekday, written over after a week; never a statement or a value in it
    ├── socket/              the only way in; below /tmp when this path is too long for a socket
    ├── backup.json          the folder of backups that its log is brought to, once there is one (archiving.py)
    └── cluster.lock         held by the PostgreSQL server itself as long as one of its processes lives

No TCP port. The server asks the kernel who is at the other end of the socket (`peer`), so there is no password to lose:
the owner of the cluster and root come in as `geo112` (owns the database) or `postgres` (superuser), nobody else does.
"""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from geo112 import archiving
from geo112.errors import DomainError
from geo112.home import check_reachable, service_user

DATABASE = "geo112"
OWNER = "geo112"
SUPERUSER = "postgres"
EXTENSIONS = ("postgis", "pg_trgm")
PORT = 5432  # only part of the socket's name
START_LIMIT_S = 300.0  # recovery after a power cut reads up to max_wal_size of log
SOCKET_PATH_LIMIT = 107  # bytes: sun_path of unix(7) less its closing zero


class ClusterError(DomainError):
    """There is no PostgreSQL with PostGIS, or it does not start."""

    def __init__(self, code: str, words_id: str, words_en: str) -> None:
        super().__init__(code, words_id, words_en, 503)


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """An installed PostgreSQL that has PostGIS."""

    folder: Path  # holds initdb, pg_ctl and postgres
    major: int  # 15 for 15.20; a cluster is bound to it

    def path(self, program: str) -> str:
        return str(self.folder / program)


def find_postgres(major: int | None = None) -> PostgresBinaries:
    """Return the newest installed PostgreSQL with PostGIS, or the one with this major version.

    GEO112_POSTGRES names the folder of another one; else Debian's folders and PATH are looked at.

    Raises:
        ClusterError: there is none, or none of that version.
    """
    found = [one for folder in _candidates() if (one := _look_at(folder))]
    suitable = [one for one in found if major in (None, one.major) and _has_postgis(one)]
    if suitable:
        return max(suitable, key=lambda one: one.major)
    if major is not None and any(one.major != major for one in found):
        others = ", ".join(sorted({str(one.major) for one in found}))
        raise ClusterError(
            "wrong_postgres_version",
            f"Basis data dibuat dengan PostgreSQL {major}, tetapi yang terpasang {others}; "
            f"pasang postgresql-{major}-postgis-3.",
            f"The database was made with PostgreSQL {major}, but {others} is installed; "
            f"install postgresql-{major}-postgis-3.",
        )
    raise ClusterError(
        "no_postgis",
        "PostgreSQL dengan PostGIS tidak ditemukan; pasang postgresql dan postgresql-<versi>-postgis-3, "
        "atau tunjuk basis data yang ada dengan GEO112_DATABASE_URL.",
        "No PostgreSQL with PostGIS was found; install postgresql and postgresql-<version>-postgis-3, "
        "or point to an existing database with GEO112_DATABASE_URL.",
    )


class Cluster:
    """The cluster in one folder.

    Args:
        folder: where it lies; made by `start` if missing.
        user: whom PostgreSQL runs as if root calls; the service user if None. Anybody else runs it as himself.
    """

    def __init__(self, folder: Path, user: str | None = None) -> None:
        self.folder = folder.resolve()
        self._is_root = os.geteuid() == 0
        if self._is_root:
            self._user = pwd.getpwnam(user) if user else service_user()
        else:
            self._user = pwd.getpwuid(os.geteuid())

    @property
    def socket_folder(self) -> Path:
        near = self.folder / "socket"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}.lock")) <= SOCKET_PATH_LIMIT:
            return near
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(f"/tmp/geo112-{self._user.pw_uid}-{name}")

    def url(self, database: str = DATABASE, role: str = OWNER) -> str:
        """Return the address for SQLAlchemy; `libpq_url` is the same for psql and psycopg."""
        return self.libpq_url(database, role).replace("postgresql://", "postgresql+psycopg://", 1)

    def libpq_url(self, database: str = DATABASE, role: str = OWNER) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    def is_running(self) -> bool:
        """Say whether a server answers on the socket."""
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.socket_folder / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True

    def start(self, more: Mapping[str, str] | None = None) -> bool:
        """Make the cluster if there is none, start it, and make its database with the extensions.

        Args:
            more: settings of PostgreSQL for this start alone.
        Returns:
            True if this call started the server, False if it ran already.
        Raises:
            ClusterError: no PostGIS (`no_postgis`), another version (`wrong_postgres_version`), or it did not come up
                (`postgres_did_not_start`, which names the log).
            HomeError: the user that PostgreSQL runs as cannot get to the folder.
        """
        binaries = find_postgres(self.major())
        self.make_folders()
        lock = os.open(self.folder / "cluster.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            has_to_start = self._wait_for(lock) and not self._runs_without_lock()
            if has_to_start:
                self._sweep_up_after_crash()
                if self.major() is None:
                    self._initialise(binaries)
                self._configure(more or {})
                self._launch(binaries, lock)
        finally:
            os.close(lock)  # the server has inherited it and keeps it locked
        self._make_database()
        return has_to_start

    def stop(self) -> None:
        """Stop the server, if one runs: sessions are ended, everything committed is on disk."""
        if not (self.folder / "data" / "postmaster.pid").exists():
            return
        binaries = find_postgres(self.major())
        stopping = self.run(
            [binaries.path("pg_ctl"), "stop", "-D", str(self.folder / "data"), "-m", "fast", "-w", "-t", "60"]
        )
        if stopping.returncode and self.is_running():
            raise ClusterError(
                "postgres_did_not_stop",
                f"PostgreSQL tidak berhenti dalam 60 detik; lihat {self.folder / 'log'}.",
                f"PostgreSQL did not stop within 60 s; see {self.folder / 'log'}.",
            )

    def reconfigure(self) -> None:
        """Write the settings anew and let the running server read them."""
        self._configure({})
        with psycopg.connect(self.libpq_url("postgres", SUPERUSER), autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep this cluster from being started as long as the block lasts.

        Raises:
            ClusterError: it runs (`cluster_running`).
        """
        if not self.folder.exists():
            yield
            return
        lock = os.open(self.folder / "cluster.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not locked_file(lock) or self._runs_without_lock():
                raise ClusterError(
                    "cluster_running",
                    "Basis data kota ini sedang berjalan; hentikan dahulu dengan “geo112 down”.",
                    "This city's database is running; stop it first with “geo112 down”.",
                )
            yield
        finally:
            os.close(lock)

    # --- making -------------------------------------------------------------------------------------------------------

    def major(self) -> int | None:
        """Return the version that the cluster was made with, or None if there is no whole cluster yet."""
        try:
            return int((self.folder / "data" / "PG_VERSION").read_text().strip())
        except FileNotFoundError:
            return None

    def make_folders(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self.folder / "log", self.socket_folder):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                if self._is_root:
                    os.chown(folder, self._user.pw_uid, self._user.pw_gid)
            if folder.is_symlink() or folder.stat().st_uid != self._user.pw_uid:
                raise ClusterError(
                    "folder_of_another",
                    f"Folder {folder} bukan milik {self._user.pw_name}; pindahkan, lalu mulai lagi.",
                    f"The folder {folder} does not belong to {self._user.pw_name}; move it away, then start again.",
                )
            folder.chmod(0o700)
        if self._is_root:
            check_reachable(self.folder, self._user)

    def _initialise(self, binaries: PostgresBinaries) -> None:
        """Make the cluster beside its place and move it there whole, so that an interrupted one is never started."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = "--encoding UTF8 --locale C.UTF-8 --data-checksums --auth-local peer --auth-host reject"
        made = self.run(
            [binaries.path("initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER, *options.split()]
        )
        if made.returncode:
            raise self._did_not_start(made.stderr)
        unfinished.rename(self.folder / "data")

    def _configure(self, more: Mapping[str, str]) -> None:
        """Write our settings anew at every start: they follow the machine's memory and Geo112's version."""
        cluster = self.folder / "data"
        names = {self._user.pw_name, "root"}
        self.write(
            cluster / "pg_hba.conf", "local all all peer map=geo112\nlocal replication postgres peer map=geo112\n"
        )
        self.write(
            cluster / "pg_ident.conf",
            "".join(f'geo112 "{name}" {role}\n' for name in sorted(names) for role in (OWNER, SUPERUSER)),
        )
        target = archiving.target_of(self.folder)
        if target is not None:
            self.write(cluster / archiving.SCRIPT, archiving.script(target))
        settings = {
            **configuration(self.folder, self.socket_folder),
            **archiving.configuration(target),
            **more,
        }
        lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
        self.write(cluster / "geo112.conf", "# Written at every start by Geo112.\n" + "\n".join(lines) + "\n")
        main = (cluster / "postgresql.conf").read_text(encoding="utf-8")
        if "include 'geo112.conf'" not in main:
            self.write(cluster / "postgresql.conf", main + "\ninclude 'geo112.conf'\n")

    def write(self, file: Path, text: str) -> None:
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        if self._is_root:
            os.chown(file, self._user.pw_uid, self._user.pw_gid)

    def _make_database(self) -> None:
        with psycopg.connect(self.libpq_url("postgres", SUPERUSER), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
        with psycopg.connect(self.libpq_url(DATABASE, SUPERUSER), autocommit=True) as connection:
            there = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
            for extension in EXTENSIONS:
                if extension not in there:
                    connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))

    # --- starting -----------------------------------------------------------------------------------------------------

    def _launch(self, binaries: PostgresBinaries, lock: int) -> None:
        place, log = str(self.folder / "data"), str(self.folder / "log" / "start.log")
        started = self.run(
            [binaries.path("pg_ctl"), "start", "-D", place, "-l", log, "-s", "-w", "-t", str(int(START_LIMIT_S))],
            pass_fds=[lock],
        )
        if started.returncode:
            raise self._did_not_start(started.stderr)

    def _wait_for(self, lock: int) -> bool:
        """Take the cluster's lock (True), or wait until the server of whoever has it answers (False).

        Somebody may be just starting it, or the last processes of a killed one may be still ending.
        """
        until = time.monotonic() + START_LIMIT_S
        while True:
            if locked_file(lock):
                return True
            try:
                psycopg.connect(self.libpq_url("postgres", SUPERUSER), connect_timeout=5).close()
                return False
            except psycopg.OperationalError as error:
                if time.monotonic() > until:
                    raise self._did_not_start(str(error)) from error
            time.sleep(0.1)

    def _runs_without_lock(self) -> bool:
        """Say whether a server started by other means, with pg_ctl by hand, works on this cluster."""
        cluster = self.folder / "data"
        try:
            pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            return os.readlink(f"/proc/{pid}/cwd") == str(cluster)
        except (OSError, ValueError):
            return False

    def _sweep_up_after_crash(self) -> None:
        """Remove what a killed server left. We hold the lock, so no process of it lives, whoever has its number now."""
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.socket_folder / name).unlink(missing_ok=True)

    def _did_not_start(self, words: str) -> ClusterError:
        log = self.folder / "log"
        reason = next((line.strip() for line in words.splitlines() if line.strip()), "")
        reason = re.sub(r"^(pg_ctl|initdb|postgres): (error: )?", "", reason).rstrip(".")
        return ClusterError(
            "postgres_did_not_start",
            f"PostgreSQL tidak dapat dimulai ({reason}); lihat {log}.",
            f"PostgreSQL did not start ({reason}); see {log}.",
        )

    def run(self, command: Sequence[str], pass_fds: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
        """Run a PostgreSQL program as the cluster's user, without the caller's environment, away from its terminal."""
        return subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            pass_fds=pass_fds,
            start_new_session=True,
            user=self._user.pw_uid if self._is_root else None,
            group=self._user.pw_gid if self._is_root else None,
            extra_groups=[] if self._is_root else None,
        )


def configuration(folder: Path, socket_folder: Path) -> Mapping[str, str | int]:
    """Return the settings that differ from PostgreSQL's own; the machine also runs the server and the routing."""
    memory = memory_mb()
    settings: dict[str, str | int] = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": str(socket_folder),
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        # An acknowledged call, ping or assignment is on disk.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": f"{min(max(memory // 8, 64), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 128)}MB",
        "maintenance_work_mem": f"{min(max(memory // 16, 64), 512)}MB",
        "work_mem": "16MB",
        "max_wal_size": "2GB",
        # After a kill: one call for the whole disk, not one for each of the thousands of files of daily partitions.
        "recovery_init_sync_method": "syncfs",
        "random_page_cost": "1.1",  # solid-state disks
        "jit": "off",  # compiling costs more than our short queries take
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_directory": str(folder / "log"),
        "log_filename": "postgresql-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        "log_truncate_on_rotation": "on",
        # Callers' numbers and names never reach a log: no statements, no values, no “Key (number)=(…)”, and no refused
        # statement's “invalid input: …”, which the application hears of anyway. What concerns the server is logged.
        "log_min_messages": "log",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_min_duration_statement": -1,
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
    }
    if not os.access("/dev/shm", os.W_OK):
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def locked_file(lock: int) -> bool:
    """Take the lock of an open file, if nobody has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _quoted(value: str | int) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def memory_mb() -> int:
    """Return the memory of this machine, or of the container around us if that has less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    try:
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()) // 2**20)
    except (OSError, ValueError):  # no cgroup v2, or "max"
        return machine


def _candidates() -> list[Path]:
    chosen = os.environ.get("GEO112_POSTGRES")
    if chosen:
        return [Path(chosen)]
    on_path = shutil.which("initdb")
    return [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).resolve().parent] if on_path else [])]


def _look_at(folder: Path) -> PostgresBinaries | None:
    if not all(os.access(folder / program, os.X_OK) for program in ("initdb", "pg_ctl", "postgres")):
        return None
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\) (\d+)", said)
    return PostgresBinaries(folder, int(version[1])) if version else None


def _has_postgis(binaries: PostgresBinaries) -> bool:
    """Look where Debian keeps its extensions, and where PostgreSQL's own build does."""
    shares = (
        Path(f"/usr/share/postgresql/{binaries.major}"),
        binaries.folder.parent / "share" / "postgresql",
        binaries.folder.parent / "share",
    )
    return any((share / "extension" / "postgis.control").exists() for share in shares)
