"""Two hosts and the switch between them, as network namespaces of this test alone; the cable can be cut.

    namespace …-a (10.112.0.1) ══ bridge in …-m ══ namespace …-b (10.112.0.2)

A cut takes the switch's port down: both hosts keep their links, and what they send goes nowhere, without an answer.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

CLONE_NEWNET = 0x40000000
A, B = "10.112.0.1", "10.112.0.2"


def why_not() -> str | None:
    """Return why there can be no namespaces here, or None."""
    if os.geteuid() != 0:
        return "network namespaces want root"
    if shutil.which("ip") is None:
        return "network namespaces want iproute2"
    try:
        with Hosts():
            return None
    except subprocess.CalledProcessError as error:
        return f"this kernel gives no network namespaces: {error.cmd}"


class Hosts:
    """Gone at the end, with everything that was sent inside."""

    def __init__(self) -> None:
        self.a, self.b, self.switch = (f"geo112-{os.getpid()}-{name}" for name in "abm")

    def __enter__(self) -> "Hosts":
        try:
            for name in (self.a, self.b, self.switch):
                _ip("netns", "add", name)
                _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", self.switch, "link", "add", "switch", "type", "bridge")
            _ip("-n", self.switch, "link", "set", "switch", "up")
            for name, port, address in ((self.a, "port-a", A), (self.b, "port-b", B)):
                _ip("-n", self.switch, "link", "add", port, "type", "veth", "peer", "name", "cable", "netns", name)
                _ip("-n", self.switch, "link", "set", port, "master", "switch", "up")
                _ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
                _ip("-n", name, "link", "set", "cable", "up")
        except subprocess.CalledProcessError:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in (self.a, self.b, self.switch):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)

    def cut(self) -> None:
        _ip("-n", self.switch, "link", "set", "port-a", "nomaster")

    def heal(self) -> None:
        _ip("-n", self.switch, "link", "set", "port-a", "master", "switch")


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Let this thread open its sockets in a namespace; those that it opened stay there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as before, Path(f"/run/netns/{namespace}").open() as there:
        _enter(libc, there.fileno())
        try:
            yield
        finally:
            _enter(libc, before.fileno())


def _enter(libc: ctypes.CDLL, namespace: int) -> None:
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
