"""Phones that send one batch after the other and remember what was acknowledged, for they have forgotten it then.

Fix `n` of a phone lies `n` centimetres east of its first and is later than `n - 1`: where a marker stands says which
fix it is, without asking the database for any order.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx

from tests.town import SOUTH_WEST

STEP = 1e-7  # degrees, about a centimetre
BATCH = 5
PAUSE_S, AGAIN_AFTER_S = 0.02, 0.1


@dataclass(frozen=True, slots=True)
class Fix:
    number: int
    at: datetime

    @property
    def lon(self) -> float:
        return round(SOUTH_WEST.lon + self.number * STEP, 7)

    def stamp(self) -> str:
        return self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number_of(lon: float) -> int:
    return round((lon - SOUTH_WEST.lon) / STEP)


def crew(client: httpx.Client, key: str, fixes: Sequence[Fix]) -> httpx.Response:
    said = [
        {"id": str(UUID(int=one.number + 1)), "fixed_at": one.stamp(), "lon": one.lon, "lat": SOUTH_WEST.lat}
        for one in fixes
    ]
    return client.post("/ingest/crew", json={"fixes": said}, headers={"Authorization": f"Bearer {key}"})


def overland_body(fixes: Sequence[Fix]) -> bytes:
    return json.dumps(
        {
            "locations": [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [one.lon, SOUTH_WEST.lat]},
                    "properties": {"timestamp": one.stamp(), "horizontal_accuracy": 9},
                }
                for one in fixes
            ]
        }
    ).encode()


def overland(client: httpx.Client, key: str, fixes: Sequence[Fix]) -> httpx.Response:
    return client.post("/ingest/overland", content=overland_body(fixes), headers={"Authorization": f"Bearer {key}"})


def osmand(client: httpx.Client, key: str, fixes: Sequence[Fix]) -> httpx.Response:
    (one,) = fixes
    said = {"lat": SOUTH_WEST.lat, "lon": one.lon, "timestamp": round(one.at.timestamp() * 1000), "hdop": 9}
    return client.get(f"/ingest/osmand/{key}", params=said)


@dataclass(frozen=True, slots=True)
class App:
    """How an app sends, and how many fixes at a time."""

    send: Callable[[httpx.Client, str, Sequence[Fix]], httpx.Response]
    batch: int


APPS = {"crew": App(crew, BATCH), "overland": App(overland, BATCH), "osmand": App(osmand, 1)}


@dataclass(slots=True)
class Phone:
    """A phone of one unit."""

    app: App
    key: str
    unit_id: int
    acknowledged: list[int] = field(default_factory=list)
    served: list[float] = field(default_factory=list)  # when each acknowledged request was begun, monotonic
    refused: int = 0
    unexpected: list[str] = field(default_factory=list)

    def run(self, address: str, stop: threading.Event) -> None:
        """Send until told to stop; what is not acknowledged is sent again, and nothing else before."""
        numbers, last = 0, datetime.fromtimestamp(0, UTC)
        with httpx.Client(base_url=address, timeout=20, trust_env=False) as client:
            while not stop.is_set():
                batch = []
                for _ in range(self.app.batch):
                    last = max(_now(), _after(last))
                    batch.append(Fix(numbers, last))
                    numbers += 1
                    time.sleep(0.001)
                while not stop.is_set() and not self._is_acknowledged(client, batch):
                    time.sleep(AGAIN_AFTER_S)
                time.sleep(PAUSE_S)

    def _is_acknowledged(self, client: httpx.Client, batch: Sequence[Fix]) -> bool:
        began = time.monotonic()
        try:
            answer = self.app.send(client, self.key, batch)
        except httpx.TransportError:
            return False
        if answer.status_code == 503 and answer.headers.get("retry-after"):
            self.refused += 1
            return False
        if answer.status_code != 200:
            self.unexpected.append(f"{answer.status_code} {answer.text[:200]}")
            return False
        self.acknowledged += [one.number for one in batch]
        self.served.append(began)
        return True


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _after(last: datetime) -> datetime:
    return datetime.fromtimestamp(round(last.timestamp() * 1000 + 1) / 1000, UTC)


@contextmanager
def sending(address: str, phones: Sequence[Phone]) -> Iterator[None]:
    """Let the phones send as long as the block lasts."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(address, stop), daemon=True) for one in phones]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
