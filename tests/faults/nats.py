"""A nats-server of Debian's package, for one test: it can be killed and comes back at the same port."""

import os
import shutil
import subprocess
import sys
from types import TracebackType
from typing import Any

import httpx

from tests.live.servers import some_port, until

# Beside the environment's Python where bin/test fetched it.
PROGRAM = shutil.which("nats-server", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", sys.prefix + "/bin"]))


class Nats:
    """One server, with its own page of figures."""

    def __init__(self) -> None:
        self.port, self._figures_port = some_port(), some_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Nats":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        where = ["-a", "127.0.0.1", "-p", str(self.port), "-m", str(self._figures_port)]
        assert PROGRAM is not None
        self._process = subprocess.Popen([PROGRAM, *where, "-l", "/dev/null"])
        until(lambda: self.figure("varz", "port") == self.port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def figure(self, page: str, name: str) -> Any:
        """Return a figure of the server's own, None while it does not answer."""
        try:
            return httpx.get(f"http://127.0.0.1:{self._figures_port}/{page}", trust_env=False, timeout=2).json()[name]
        except httpx.HTTPError:
            return None

    @property
    def listeners(self) -> int:
        return int(self.figure("subsz", "num_subscriptions") or 0)

    @property
    def words(self) -> int:
        return int(self.figure("varz", "in_msgs") or 0)
