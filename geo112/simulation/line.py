"""How a simulated person or device talks to the server: over HTTP, by its own token, as the real ones do."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

log = logging.getLogger("geo112.simulation")

Json = dict[str, Any]
PATIENCE_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # real seconds between tries; the last one for ever after
AWAY = frozenset({502, 503, 504})


class TokenRefusedError(Exception):
    """The server does not know the token any more; whoever used it goes home."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `status` 0: nothing, it could not be reached."""

    status: int
    body: Any

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A connection with one bearer token."""

    client: httpx.AsyncClient
    token: str
    name: str  # in log lines

    async def get(self, path: str, **query: str | float) -> Any | None:
        """Return the answer's JSON, or None where it was refused."""
        answer = await self.send("GET", path, query=query)
        return answer.body if answer.is_ok else None

    async def post(self, path: str, body: Json | None = None) -> Answer:
        return await self.send("POST", path, body)

    async def send(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: Mapping[str, str | float] | None = None,
        is_patient: bool = True,
    ) -> Answer:
        """Send a request; while the server is away a patient one tries again, for ever.

        A refusal is an answer: somebody was faster (409), or the rules are against it.

        Raises:
            TokenRefusedError: 401.
        """
        tries = 0
        while True:
            answer = await self._once(method, path, body, query)
            if answer.status == 401:
                raise TokenRefusedError(self.name)
            if answer.status not in AWAY and answer.status != 0:
                break
            if not is_patient:
                return answer
            await asyncio.sleep(PATIENCE_S[min(tries, len(PATIENCE_S) - 1)])
            tries += 1
        if answer.status >= 500 or answer.status in (400, 403, 422):
            log.warning("%s: %s %s was refused: %d %s", self.name, method, path, answer.status, answer.code)
        return answer

    async def _once(self, method: str, path: str, body: Json | None, query: Mapping[str, str | float] | None) -> Answer:
        try:
            response = await self.client.request(
                method, path, json=body, params=query or None, headers={"Authorization": f"Bearer {self.token}"}
            )
        except httpx.TransportError as error:
            log.debug("%s: the server does not answer: %s", self.name, error)
            return Answer(0, None)
        is_json = "json" in response.headers.get("content-type", "")
        return Answer(response.status_code, response.json() if is_json and response.content else None)


async def alone(name: str, life: Coroutine[Any, Any, None]) -> None:
    """Run one actor so that its end does not take the others with it; a bug is logged with its name."""
    try:
        await life
    except Exception as error:
        if _is_refusal(error):
            log.warning("%s: the token is not accepted any more; it takes no further part.", name)
        else:
            log.exception("%s stopped by a bug.", name)


def _is_refusal(error: BaseException) -> bool:
    """Say whether nothing but a refused token lies behind an error, alone or in a group of tasks."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_refusal(one) for one in error.exceptions)
    return isinstance(error, TokenRefusedError)
