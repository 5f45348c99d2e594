"""Phones that send once a second, and screens that follow: a lean process each, over raw sockets.

A fix is taken at the moment it is sent, so that its time says on a screen how long it took. Screens are read by as much
as must be known: of all, how many frames came; of some, which fixes were in them.
"""

import multiprocessing
import re
import select
import socket
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from tests.bench.pings.fleet import Fleet

FORK = multiprocessing.get_context("fork")
CONNECTIONS = 100  # phones take turns on them
WATCHED = 10  # screens whose frames are read
SETTLED_S = 3.0  # until all screens have their snapshot, and after the last ping
FRAME = b"event: positions"
POSITION = re.compile(rb'"unit_id":(\d+),[^{}]*?"fixed_at":"[0-9-]+T(\d\d):(\d\d):(\d\d\.\d+)Z"')
DAY_S = 86_400
LONGEST_S = 600.0  # what is older was there before the run


@dataclass(slots=True)
class Seen:
    """What was seen on the screens."""

    seconds: float
    wanted_per_s: int
    acknowledged: int = 0
    frames: int = 0  # of all screens
    lost: int = 0
    all_ms: list[float] = field(default_factory=list)  # every fix of the watched screens, once
    newest_ms: list[float] = field(default_factory=list)  # of each frame the newest fix, and the oldest new one
    oldest_ms: list[float] = field(default_factory=list)


def watched(port: int, key: str, fleet: Fleet, screens: int, pings_per_s: int, seconds: float) -> Seen:
    """Let phones send for a while, and return what the screens saw of it."""
    until = time.monotonic() + 2 * SETTLED_S + screens / 100 + seconds
    told = [_apart(_watch, port, key, screens, until, seconds), _apart(_send, port, fleet, pings_per_s, until)]
    seen, acknowledged = (one.recv() for one in told)
    assert isinstance(seen, Seen)
    seen.wanted_per_s, seen.acknowledged = pings_per_s, round(acknowledged * seconds)
    return seen


def _apart(act: Any, *arguments: Any) -> Connection:
    mine, its = FORK.Pipe(duplex=False)
    FORK.Process(target=act, args=(*arguments, its), daemon=True).start()
    its.close()
    return mine


def _send(port: int, fleet: Fleet, per_s: int, until: float, to: Connection) -> None:
    """Send at a steady rate, whatever the server answers, and tell how many a second were acknowledged."""
    poll, sockets = select.epoll(), []
    for _ in range(CONNECTIONS):
        sockets.append(socket.create_connection(("127.0.0.1", port)))
        sockets[-1].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(sockets[-1], select.EPOLLIN)
        time.sleep(0.005)
    by_descriptor = {one.fileno(): one for one in sockets}
    places = [fleet.tracks.take(device, 200) for device in range(len(fleet.phones))]
    began, sent, acknowledged = time.monotonic(), 0, 0
    while (now := time.monotonic()) < until - SETTLED_S:
        while sent < (now - began) * per_s:
            device, turn = sent % len(fleet.phones), sent // len(fleet.phones) % 200
            place = places[device]
            body = (
                f'{{"fixes":[{{"id":"{uuid.uuid4()}","fixed_at":"{_now()}","lon":{place.lon[turn]},'
                f'"lat":{place.lat[turn]},"accuracy_m":9,"speed_mps":{place.speed_mps[turn]},"kind":"fix"}}]}}'
            )
            sockets[device % CONNECTIONS].sendall(
                f"POST /ingest/crew HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {fleet.phones[device].key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            sent += 1
        for descriptor, _ in poll.poll(0.002):
            acknowledged += by_descriptor[descriptor].recv(65_536).count(b"HTTP/1.1 200")
    to.send(acknowledged / (time.monotonic() - began))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _watch(port: int, key: str, screens: int, until: float, seconds: float, to: Connection) -> None:
    seen = Seen(seconds, 0)
    poll, sockets = select.epoll(), {}
    every, readers = max(1, screens // WATCHED), {}
    for number in range(screens):
        one = socket.create_connection(("127.0.0.1", port))
        one.sendall(f"GET /api/live HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        poll.register(one, select.EPOLLIN)
        sockets[one.fileno()] = one
        if number % every == 0:
            readers[one.fileno()] = Reader(seen)
        time.sleep(0.005)
    tails = dict.fromkeys(sockets, b"")
    while (now := time.monotonic()) < until - SETTLED_S:
        counts = now >= until - SETTLED_S - seconds
        for descriptor, _ in poll.poll(0.1):
            heard = sockets[descriptor].recv(262_144)
            if not heard:
                poll.unregister(descriptor)
                seen.lost += 1
                continue
            text = tails[descriptor] + heard
            tails[descriptor] = text[-len(FRAME) + 1 :]
            if counts:
                seen.frames += text.count(FRAME)
            if descriptor in readers:
                readers[descriptor].read(heard, counts)
    to.send(seen)


class Reader:
    """Reads the frames of one screen."""

    def __init__(self, seen: Seen) -> None:
        self._seen, self._rest = seen, b""
        self._known: dict[bytes, Sequence[bytes]] = {}

    def read(self, heard: bytes, counts: bool) -> None:
        """Note how old the fixes of whole frames are now that are new to this screen."""
        *events, self._rest = (self._rest + heard).split(b"\n\n")
        now_s = time.time() % DAY_S
        for event in events:
            if FRAME not in event:
                continue
            ages = []
            for unit, *at in POSITION.findall(event):
                if self._known.get(unit) != at:
                    self._known[unit] = at
                    hours, minutes, seconds = map(float, at)
                    age_s = (now_s - 3600 * hours - 60 * minutes - seconds) % DAY_S
                    if age_s < LONGEST_S:
                        ages.append(1000 * age_s)
            if counts and ages:
                self._seen.all_ms += ages
                self._seen.newest_ms.append(min(ages))
                self._seen.oldest_ms.append(max(ages))
