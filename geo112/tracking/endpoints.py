"""Where phones send their positions: in front of the framework, whose share was nine tenths of a single ping.

    Phones ─► a phone's path? ─► key, body ─► senders.<app>.read ─► pipeline ─► commit ─► answer
           └► anything else: the application

The answer goes out after the commit. Apps of others hear what they want to hear (senders/table.py) whatever they sent;
only server trouble and too much haste are 503, upon which all of them keep their queue. What goes well is not logged.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from geo112 import clock
from geo112.access.roles import COOKIE, Role, check_origin, signed
from geo112.database import sessions
from geo112.errors import DomainError, ForbiddenError
from geo112.settings import settings
from geo112.tracking import devices, store
from geo112.tracking.batching import BusyError
from geo112.tracking.pipeline import Outcome, Parcel, Pipeline
from geo112.tracking.rate import PER_ADDRESS, PER_KEY, Rate
from geo112.tracking.senders import crew, values
from geo112.tracking.senders.message import MOST_BYTES, Message, Reading, Unreadable
from geo112.tracking.senders.table import SENDERS, Sender

router = APIRouter()
access_log = logging.getLogger("geo112.access")

NEVER_READ = 16 * MOST_BYTES  # a body so long is not even read to its end
LOOPBACK = ("127.0.0.1", "::1")  # a proxy in front has rates of its own


class Gate:
    """How often keys and addresses have spoken to this process."""

    def __init__(self) -> None:
        self._addresses, self._keys = Rate(*PER_ADDRESS), Rate(*PER_KEY)

    def check_address(self, address: str) -> None:
        if address not in LOOPBACK and not self._addresses.allows(address, time.monotonic()):
            raise BusyError("too_often")

    def check_key(self, key_hash: bytes) -> None:
        if not self._keys.allows(key_hash, time.monotonic()):
            raise BusyError("too_often")


class Path(NamedTuple):
    """A path of phones, with what takes their requests."""

    template: str  # may end in {key}
    methods: tuple[str, ...]
    take: Callable[[Request], Awaitable[Response]]


class Phones:
    """The outermost layer of the application: it takes requests to the paths of phones and passes on all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, key = _found(scope["path"]) if scope["type"] == "http" else (None, "")
        if path is None or scope["method"] not in path.methods:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = {"key": key}
        request = Request(scope, receive)
        try:
            answer = await path.take(request)
        except Exception as error:
            answer = await _refused(request, error)
        if answer.status_code != 200:  # a line for each ping would hide all others
            access_log.info("%s %s %d", scope["method"], path.template, answer.status_code)
        await answer(scope, receive, send)


def _found(path: str) -> tuple[Path | None, str]:
    """Return the path of phones that is meant, and the device key at its end where it has one."""
    if not path.startswith("/ingest/"):
        return None, ""
    if (found := PATHS.get(path)) is not None:
        return found, ""
    head, _, key = path.rpartition("/")
    return (PATHS.get(f"{head}/{{key}}"), key) if key else (None, "")


async def _refused(request: Request, error: Exception) -> Response:
    """Answer an error as the application does everywhere; a bug goes on to where bugs are noted."""
    handlers = request.app.exception_handlers
    known = next((handlers[kind] for kind in type(error).__mro__ if kind in handlers and kind is not Exception), None)
    if known is None:
        raise error
    answer: Response = await known(request, error)
    return answer


def _taking(name: str, sender: Sender) -> Callable[[Request], Awaitable[Response]]:
    answer = Response(sender.answer, media_type=sender.answer_type)  # the same for every message

    async def ingest(request: Request) -> Response:
        address = _address(request)
        request.app.state.gate.check_address(address)
        body, is_whole = await _body(request)
        message = Message(
            clock.now(),
            settings().time_zone,
            body,
            request.scope["query_string"].decode("latin-1"),
            request.path_params["key"],
            {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(request.scope["headers"])},
        )
        reading = sender.read(message) if is_whole else _too_large(message, sender)
        key_hash = store.digest(reading.key.strip().lower())
        request.app.state.gate.check_key(key_hash)
        excerpt = (message.query.encode() + b"\n" + body[:2_000]).strip()[:2_000]
        await _pipeline(request).take(Parcel(name, key_hash, reading, message.received_at, address, excerpt))
        return answer

    return ingest


async def ingest_crew(request: Request) -> Response:
    """Take the positions of a crew's own page or device. Crews.

    Every id of the batch is answered in exactly one of `stored`, `already`, `quarantined`: the phone forgets them all.
    """
    address = _address(request)
    request.app.state.gate.check_address(address)
    secret = values.bearer(request.headers)
    if not secret and (secret := request.cookies.get(COOKIE, "")):
        check_origin(request)
    key_hash = store.digest(secret)
    request.app.state.gate.check_key(key_hash)
    body, is_whole = await _body(request)
    try:
        if not is_whole:
            raise crew.too_large()
        reading = crew.read(body)
    except DomainError:
        await _introduce(request)  # a stranger hears first that he is one
        raise
    parcel = Parcel("crew", key_hash, reading, clock.now(), address, body[:2_000])
    outcome = await _pipeline(request).take(parcel) if secret else Outcome(is_known=False)
    if not outcome.is_known:
        await _introduce(request)
        outcome = await _pipeline(request).take(parcel)
    if not outcome.is_known:
        raise BusyError
    answer = {"stored": outcome.stored, "already": outcome.already, "quarantined": outcome.quarantined}
    return Response(msgspec.json.encode(answer), media_type="application/json")


PATHS = {
    path.template: path
    for path in (
        *(Path(sender.path, sender.methods, _taking(name, sender)) for name, sender in SENDERS.items()),
        Path("/ingest/crew", ("POST",), ingest_crew),
    )
}
for _path in PATHS.values():  # the framework knows them for its 405, and for whoever asks what there is
    router.add_route(_path.template, _path.take, list(_path.methods), include_in_schema=False)


async def _introduce(request: Request) -> None:
    """Let `access` say who this is, and make the page a device.

    Raises:
        NotSignedInError, ForbiddenError: it is nobody, no crew, or a crew without a unit.
    """
    who = await signed(request)
    if who.role is not Role.CREW:
        raise ForbiddenError
    if who.unit_id is None:
        raise ForbiddenError("unit_missing", "Akun ini belum punya unit.", "This account has no unit yet.")
    async with sessions().begin() as session:
        await devices.crew(session, who, clock.real_now())


def _pipeline(request: Request) -> Pipeline:
    found: Pipeline = request.app.state.pipeline
    return found


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _body(request: Request) -> tuple[bytes, bool]:
    """Return the body, or its beginning where it is too large, and whether it is whole."""
    body, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= MOST_BYTES:
            body += chunk
        elif length > NEVER_READ:
            break
    return bytes(body), length <= MOST_BYTES


def _too_large(message: Message, sender: Sender) -> Reading:
    """Return what a body without end says: who it is from, where that stands outside of it."""
    bare = Message(message.received_at, message.zone, b"", message.query, message.path_key, message.headers)
    reading = sender.read(bare)
    return Reading(reading.key, reading.said_id, unreadable=[Unreadable("", "too_large", message.body)])
