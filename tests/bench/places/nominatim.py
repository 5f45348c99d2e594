"""Nominatim on the same extract: imported and served by its own commands, in a cluster and an environment of its own.

It is never imported here: it comes under the GPL and needs another environment (requirements/nominatim.in), which
`bin/bench` makes and names in GEO112_BENCH_NOMINATIM. It wants osm2pgsql beside it.
Source: https://nominatim.org/release-docs/latest/admin/Installation, …/Import, …/Deployment-Python
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from geo112.cluster import ClusterError, find_postgres
from tests.bench.places.geocoders import NotHere, OverHttp
from tests.postgres import Postgres
from tests.world import free_port

READERS = 'CREATE ROLE "www-data" LOGIN'
LONGEST_START_S = 60.0


class Nominatim(OverHttp):
    """Full style, no country grid, no word frequencies of Wikipedia: it has what the extract has, as we do."""

    def __init__(self, folder: Path, source: Path) -> None:
        home = os.environ.get("GEO112_BENCH_NOMINATIM", "")
        if not (home and (Path(home) / "bin" / "nominatim").is_file()):
            raise NotHere("Nominatim is not installed (requirements/nominatim.txt)")
        if shutil.which("osm2pgsql") is None:
            raise NotHere("osm2pgsql is not installed")
        self._binaries, self._project = Path(home) / "bin", folder / "project"
        self._project.mkdir(parents=True)
        self._postgres = Postgres(folder / "cluster")
        self._server: subprocess.Popen[bytes] | None = None
        try:
            self._postgres.start()
        except ClusterError as error:
            raise NotHere(str(error)) from error
        try:
            self._postgres.admin(READERS)
            began = time.perf_counter()
            self._import(source)
            self.import_s = time.perf_counter() - began
            super().__init__(self._serve())
        except BaseException:
            self._stop()
            raise

    def end(self) -> None:
        super().end()
        self._stop()

    def _import(self, source: Path) -> None:
        command = [str(self._binaries / "nominatim"), "import", "--osm-file", str(source), "--offline", "--no-updates"]
        done = subprocess.run(
            [*command, "--project-dir", str(self._project)], env=self._environment(), capture_output=True, text=True
        )
        if done.returncode:
            raise NotHere(f"its import failed: {done.stderr.strip().splitlines()[-1:]}")

    def _serve(self) -> int:
        port = free_port()
        command = [str(self._binaries / "uvicorn"), "--factory", "nominatim_api.server.falcon.server:run_wsgi"]
        with (self._project / "server.log").open("wb") as log:
            self._server = subprocess.Popen(
                [*command, "--port", str(port), "--log-level", "warning", "--no-access-log"],
                cwd=self._project,
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        first = OverHttp(port)
        until = time.monotonic() + LONGEST_START_S
        while time.monotonic() < until:
            try:
                first.ask("jalan", None, 1)
                first.end()
                return port
            except OSError:
                time.sleep(0.1)
        raise NotHere(f"it does not answer: {(self._project / 'server.log').read_text()[-500:]}")

    def _stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(20)
        self._postgres.stop()

    def _environment(self) -> dict[str, str]:
        path = f"{self._binaries}:{find_postgres().folder}:{os.environ['PATH']}"
        return {
            **{name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}},
            "PATH": path,
            "NOMINATIM_DATABASE_DSN": f"pgsql:dbname=nominatim;host={self._postgres.folder};user=postgres",
            "NOMINATIM_IMPORT_STYLE": "full",
        }
