"""A throw-away PostgreSQL with PostGIS for the tests: fast, not durable, gone afterwards.

Not `geo112.cluster`: that one is durable on purpose, and has tests of its own in tests/setup.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psycopg

from geo112.cluster import find_postgres

FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c listen_addresses= -c max_connections=200"


class Postgres:
    """A cluster in `folder`; databases are made as copies of a template."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    def start(self) -> None:
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
            for parent in self.folder.parents:
                if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o111)
        binaries = find_postgres()
        data = str(self.folder / "data")
        self._run(
            binaries.path("initdb"), "-D", data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-U", "postgres"
        )
        options = f"{FAST} -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        self._run(binaries.path("pg_ctl"), "-D", data, "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        self._run(find_postgres().path("pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        """Return the address of a database, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def admin(self, statement: str) -> None:
        with psycopg.connect(f"postgresql://postgres@/postgres?host={self.folder}", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def _run(self, *command: str) -> None:
        user = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}
        subprocess.run(
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **(user if os.geteuid() == 0 else {}),  # type: ignore[arg-type]
        )
