"""Who is asked: each takes words, perhaps where the caller is thought to be, and gives candidates, the best first."""

import http.client
import json
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol
from urllib.parse import quote

from tests.bench.places.questions import Candidate, LatLon

FOCUS_DEGREES = 0.02  # Nominatim takes no point but a box that it prefers


class NotHere(Exception):
    """What a peer needs is not installed; the message says what."""


class Geocoder(Protocol):
    name: ClassVar[str]

    def ask(self, query: str, focus: LatLon | None, limit: int) -> Sequence[Candidate]: ...

    def end(self) -> None: ...


class Http:
    """One connection that is kept, as a page keeps it."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self._port, self._headers = port, headers or {}
        self._connection = self._connect()

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            return self._get(path)
        except (http.client.HTTPException, ConnectionError):  # hung up meanwhile
            self._connection.close()
            self._connection = self._connect()
            return self._get(path)

    def json(self, path: str) -> Any:
        status, body = self.get(path)
        if status != 200:
            raise RuntimeError(f"{status} to {path[:200]}: {body[:200]!r}")
        return json.loads(body)

    def close(self) -> None:
        self._connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)

    def _get(self, path: str) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


class Ours:
    """The product, over HTTP."""

    name: ClassVar[str] = "ours"

    def __init__(self, port: int, token: str) -> None:
        self.http = Http(port, {"Authorization": f"Bearer {token}"})

    def ask(self, query: str, focus: LatLon | None, limit: int) -> Sequence[Candidate]:
        path = f"/api/places/search?q={quote(query)}&limit={limit}"
        if focus:
            path += f"&lat={focus[0]}&lon={focus[1]}"
        return [
            Candidate(
                (each["geometry"]["coordinates"][1], each["geometry"]["coordinates"][0]),
                each["properties"]["uncertainty_m"],
                each["properties"]["confidence"],
            )
            for each in self.http.json(path)["features"]
        ]

    def end(self) -> None:
        self.http.close()


class OverHttp:
    """Nominatim's API: a list of places."""

    name: ClassVar[str] = "nominatim"

    def __init__(self, port: int) -> None:
        self.http = Http(port)

    def ask(self, query: str, focus: LatLon | None, limit: int) -> Sequence[Candidate]:
        path = f"/search?q={quote(query)}&format=jsonv2&limit={limit}"
        if focus:
            (lat, lon), off = focus, FOCUS_DEGREES
            path += f"&viewbox={lon - off},{lat - off},{lon + off},{lat + off}"
        return [Candidate((float(each["lat"]), float(each["lon"]))) for each in self.http.json(path)]

    def end(self) -> None:
        self.http.close()
