"""The data home of this machine: where a city's files lie, who may enter, and which user works there.

    /var/lib/geo112 (started by root) · ~/.local/share/geo112 (by anybody else) · GEO112_DATA_DIR
    ├── cities/<slug>/   one city: its cluster, networks, certificates, and the lock of its server
    ├── incoming/        city files that the service user could not have read where they lay
    └── cache/           the service user's HOME; compiled routing code

Started by root, everything that serves runs as the system user `geo112`, which owns these three folders and no more.
"""

import fcntl
import os
import pwd
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from geo112.errors import DomainError

SERVICE_USER = "geo112"
FOLDERS = ("cities", "incoming", "cache")


class HomeError(DomainError):
    """The data home cannot be used as it is."""

    def __init__(self, code: str, words_id: str, words_en: str) -> None:
        super().__init__(code, words_id, words_en, 503)


def slug(name: str) -> str:
    """Return a folder name: `Kota Bandung, Indonesia` → `kota-bandung-indonesia`, `x/jakarta.osm.pbf` → `jakarta`."""
    stem = re.sub(r"\.(osm|pbf|graphml|xml|gz|bz2)(?=\.|$)", "", Path(name.strip()).name, flags=re.IGNORECASE)
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "city"


def city_folder(home: Path, city: str) -> Path:
    """Return the folder of one city; `city` is a name, a place or the path of a file."""
    return home / "cities" / slug(city)


def prepare(home: Path) -> None:
    """Make the data home with its folders, and make sure that the user who will work there can.

    Raises:
        HomeError: it cannot be written to, belongs to somebody else, or the service user cannot get there.
    """
    is_root = os.geteuid() == 0
    owner = service_user() if is_root else pwd.getpwuid(os.geteuid())
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            folder = home / name
            if not folder.exists():
                folder.mkdir(mode=0o700)
                if is_root:
                    os.chown(folder, owner.pw_uid, owner.pw_gid)
            if folder.stat().st_uid != owner.pw_uid:
                raise _belongs_to_another(folder, owner.pw_name)
            _try_writing(folder)
    except OSError as error:
        raise HomeError(
            "data_folder_unwritable",
            f"Folder data {home} tidak dapat ditulisi ({error.strerror}); pilih folder lain dengan GEO112_DATA_DIR.",
            f"The data folder {home} cannot be written to ({error.strerror}); choose another with GEO112_DATA_DIR.",
        ) from error
    if is_root:
        check_reachable(home, owner)


def check_reachable(folder: Path, user: pwd.struct_passwd) -> None:
    """Make sure that `user` may enter `folder`.

    Raises:
        HomeError: a folder on the way is closed to that user.
    """
    for step in [*reversed(folder.resolve().parents), folder.resolve()]:
        if not _may_enter(step, user):
            raise HomeError(
                "data_folder_unreachable",
                f"Folder data {folder} tidak dapat dimasuki pengguna {user.pw_name} karena {step} tertutup baginya; "
                "pilih folder lain dengan GEO112_DATA_DIR.",
                f"The user {user.pw_name} cannot get to the data folder {folder}, because {step} is closed to it; "
                "choose another with GEO112_DATA_DIR.",
            )


def service_user() -> pwd.struct_passwd:
    """Return the unprivileged system user that serves when root starts Geo112; made on first use. For root only.

    Raises:
        HomeError: the user is missing and neither useradd nor adduser could make it.
    """
    commands = (
        "/usr/sbin/useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin",
        "/usr/sbin/adduser --system --group --no-create-home --quiet",
    )
    for command in commands:
        if _is_known(SERVICE_USER):
            break
        program, *options = command.split()
        if Path(program).exists():
            subprocess.run([program, *options, SERVICE_USER], check=False, capture_output=True)
    if not _is_known(SERVICE_USER):
        raise HomeError(
            "no_service_user",
            f"Pengguna sistem {SERVICE_USER} tidak ada dan tidak dapat dibuat; buat dengan useradd, lalu mulai lagi.",
            f"The system user {SERVICE_USER} is missing and could not be made; make it with useradd, then start again.",
        )
    return pwd.getpwnam(SERVICE_USER)


def drop_privileges(home: Path) -> None:
    """Go on as the service user if this process is root's, and keep caches inside the data home in any case.

    Prepares the data home first, and may be called again. There is no way back: open or bring in whatever only root can
    read before. Relative paths change their meaning for root, since the working directory becomes the data home.

    Raises:
        HomeError: see `prepare`.
    """
    prepare(home)
    home = home.resolve()
    cache = home / "cache"
    engine = cache / "numba"
    os.environ["NUMBA_CACHE_DIR"] = str(engine)
    os.environ["GEO112_DATA_DIR"] = str(home)  # also for processes that are started from here, whoever they run as
    if os.geteuid() == 0:
        user = service_user()
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        os.umask(0o077)
        for name in [name for name in os.environ if name.startswith("XDG_")]:
            del os.environ[name]
        os.environ.update(HOME=str(cache), USER=user.pw_name, LOGNAME=user.pw_name)
        os.chdir(home)
    _take_along_compiled(Path(__file__).parents[1] / "compiled", engine)


def _take_along_compiled(source: Path, engine: Path) -> None:
    """Copy what set-up compiled into the cache, which numba wants to write to, unless it is there already.

    The server compiles for itself what it does not find: a failure costs time and nothing else.
    """
    marker = engine / f"from-{source.parent.name}"
    if marker.exists() or not (source / "complete").exists():
        return
    with suppress(OSError):
        shutil.rmtree(engine, ignore_errors=True)  # of an older application
        shutil.copytree(source, engine, copy_function=shutil.copyfile)
        marker.touch()


def bring_in(file: Path, home: Path) -> Path:
    """Return an absolute path at which the service user can read `file`; for root, of a copy if it otherwise could not.

    Call it before `drop_privileges`. The copy keeps its name, size and time, and is made anew only when they differ.

    Raises:
        HomeError: the file cannot be read, or the copy not be written.
    """
    file = file.resolve()
    if os.geteuid() != 0:
        return file
    user = service_user()
    if not file.exists() or (_may_read(file, user) and all(_may_enter(parent, user) for parent in file.parents)):
        return file
    prepare(home)
    copy = home.resolve() / "incoming" / file.name
    unfinished = copy.with_name(copy.name + ".part")
    try:
        there = file.stat()
        if not copy.exists() or (copy.stat().st_size, copy.stat().st_mtime_ns) != (there.st_size, there.st_mtime_ns):
            shutil.copyfile(file, unfinished)
            os.utime(unfinished, ns=(there.st_atime_ns, there.st_mtime_ns))
            os.chmod(unfinished, 0o600)
            os.chown(unfinished, user.pw_uid, user.pw_gid)
            unfinished.replace(copy)
    except OSError as error:
        raise HomeError(
            "file_not_brought_in",
            f"Berkas {file} tidak dapat disalin ke {copy.parent} ({error.strerror}).",
            f"The file {file} could not be copied to {copy.parent} ({error.strerror}).",
        ) from error
    return copy


@contextmanager
def only_server_of(folder: Path) -> Iterator[None]:
    """Hold `folder` for this server as long as the block lasts; if the process dies, the kernel lets go.

    Raises:
        HomeError: another server holds it (`second_server`).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "server.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "?"
            raise HomeError(
                "second_server",
                f"Folder data {folder} sudah dipakai server Geo112 lain (proses {holder}); "
                "hentikan dahulu, atau pilih folder lain dengan GEO112_DATA_DIR.",
                f"Another Geo112 server (process {holder}) already works on the data folder {folder}; "
                "stop it first, or choose another folder with GEO112_DATA_DIR.",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _is_known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _belongs_to_another(folder: Path, wanted: str) -> HomeError:
    uid = folder.stat().st_uid
    try:
        owner = pwd.getpwuid(uid).pw_name
    except KeyError:
        owner = str(uid)
    return HomeError(
        "data_folder_of_another",
        f"Folder data {folder} milik {owner}, bukan {wanted}; mulai sebagai pengguna yang sama seperti sebelumnya, "
        "atau pilih folder lain dengan GEO112_DATA_DIR.",
        f"The data folder {folder} belongs to {owner}, not to {wanted}; start as the same user as before, "
        "or choose another folder with GEO112_DATA_DIR.",
    )


def _try_writing(folder: Path) -> None:
    probe = folder / f".written-by-{os.getpid()}"
    probe.touch()
    probe.unlink()


def _may_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    return _may(folder, user, 0o1)


def _may_read(file: Path, user: pwd.struct_passwd) -> bool:
    return _may(file, user, 0o4)


def _may(path: Path, user: pwd.struct_passwd, bit: int) -> bool:
    """Say what the permission bits say; access control lists may allow more, which is then not made use of."""
    status = path.stat()
    if status.st_uid == user.pw_uid:
        return bool(status.st_mode & (bit << 6))
    if status.st_gid in os.getgrouplist(user.pw_name, user.pw_gid):
        return bool(status.st_mode & (bit << 3))
    return bool(status.st_mode & bit)
