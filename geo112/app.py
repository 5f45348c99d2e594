"""The one application: every room's endpoints, errors as problem+json, the access log, and the built pages."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo112 import __version__, heap
from geo112.access import endpoints as access
from geo112.access.roles import Role, Signed, require
from geo112.calls import endpoints as calls
from geo112.calls.call import NEXT as CALL_NEXT
from geo112.calls.call import SILENT_STEP_WORDS, CallClass
from geo112.city import endpoints as city
from geo112.database import Transaction, engine, sessions
from geo112.dispatching import endpoints as dispatching
from geo112.dispatching import service as dispatch
from geo112.dispatching.assignment import DECLINE_REASONS
from geo112.dispatching.assignment import NEXT as ASSIGNMENT_NEXT
from geo112.dispatching.travel import warm_up
from geo112.errors import DomainError
from geo112.incidents import endpoints as incidents
from geo112.incidents.clocks import CLOCKS
from geo112.incidents.lifecycle import NEXT as INCIDENT_NEXT
from geo112.incidents.response_plan import CAPABILITY_WORDS, TYPES
from geo112.live import endpoints as live
from geo112.live import tile_endpoints as tiles
from geo112.live.stream import Hub
from geo112.places import endpoints as places
from geo112.places import geocode
from geo112.places import local_endpoints as local_names
from geo112.reports import endpoints as reports
from geo112.retention import endpoints as retention
from geo112.retention import service as retention_service
from geo112.settings import settings
from geo112.supervision import endpoints as supervision
from geo112.tracking import device_endpoints as tracking_devices
from geo112.tracking import endpoints as tracking
from geo112.tracking import motion_endpoints as tracking_motion
from geo112.tracking.following import Follower
from geo112.tracking.pipeline import Pipeline
from geo112.units import endpoints as units
from geo112.units.store import opds
from geo112.units.unit import Opd

access_log = logging.getLogger("geo112.access")
log = logging.getLogger("geo112")

PAGES = ("call", "board", "crew", "supervisor", "planner", "devices")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'self'"
)

HTTP_WORDS = {
    404: ("Tidak ada apa-apa di sini.", "There is nothing here."),
    405: ("Cara memanggil alamat ini salah.", "This address is not called in this way."),
}

router = APIRouter()


class Health(BaseModel):
    status: str
    version: str


class Coded(BaseModel):
    """A code with its words in Indonesian and English."""

    code: str
    label_id: str
    label_en: str


class TypeOf(Coded):
    icon: str
    default_priority: int
    needs: list[dict[str, Any]]


class ClockOf(BaseModel):
    code: str
    priority: int | None
    target_s: float


class Reference(BaseModel):
    """The tables that pages show choices from."""

    incident_types: list[TypeOf]
    opds: list[Opd]
    capabilities: list[Coded]
    call_classes: list[str]
    call_next: dict[str, list[str]]
    incident_next: dict[str, list[str]]
    assignment_next: dict[str, list[str]]
    silent_steps: list[Coded]
    decline_reasons: list[Coded]
    clocks: list[ClockOf]


@router.get("/api/health", tags=["health"])
async def health(session: Transaction) -> Health:
    """Say that the server is ready: it answers, and so does its database. Anybody may ask."""
    await session.execute(text("SELECT city_import_id FROM centre"))
    return Health(status="ready", version=__version__)


@router.get("/api/reference", tags=["reference"])
async def reference(who: Annotated[Signed, require(*Role)], session: Transaction) -> Reference:
    """Give the tables of types, capabilities, states and reasons. Every role."""

    def following(table: Any) -> dict[str, list[str]]:
        return {str(state): sorted(next_states) for state, next_states in table.items()}

    return Reference(
        incident_types=[
            TypeOf(
                code=one.code,
                label_id=one.words_id,
                label_en=one.words_en,
                icon=one.icon,
                default_priority=one.default_priority,
                needs=[{"capability": need.capability, "count": need.count} for need in one.plan[one.default_priority]],
            )
            for one in TYPES.values()
        ],
        opds=await opds(session),
        capabilities=_coded(CAPABILITY_WORDS),
        call_classes=list(CallClass),
        call_next=following(CALL_NEXT),
        incident_next=following(INCIDENT_NEXT),
        assignment_next=following(ASSIGNMENT_NEXT),
        silent_steps=_coded(SILENT_STEP_WORDS),
        decline_reasons=_coded(DECLINE_REASONS),
        clocks=[ClockOf(code=one.code, priority=one.priority, target_s=one.target_s) for one in CLOCKS],
    )


def create_app(*, follow: bool = True) -> FastAPI:
    """Build the application; settings come from the environment.

    Args:
        follow: whether motion and ETA follow the fixes; without it they are only kept, which a benchmark compares.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.hub = Hub()
        await app.state.hub.start()
        follower = Follower() if follow else None
        app.state.gate, app.state.pipeline = tracking.Gate(), Pipeline(follower.note if follower else None)
        app.state.pipeline.start()
        if follower is not None:
            follower.start()
        async with sessions().begin() as session:
            roads = await dispatch.network(session)
            await geocode.warm_up(session)
        if roads is not None:
            await asyncio.to_thread(warm_up, roads)
        retaining = asyncio.create_task(retention_service.every_day())
        with heap.settled():
            yield
        retaining.cancel()
        await app.state.pipeline.stop()
        if follower is not None:
            await follower.stop()
        await app.state.hub.stop()
        await engine().dispose()

    app = FastAPI(
        title="Geo112",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # its page loads assets from other hosts
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    for room in (
        router,
        access.router,
        city.router,
        calls.router,
        incidents.router,
        incidents.joining,
        dispatching.router,
        units.router,
        tracking.router,
        tracking_devices.router,
        tracking_motion.router,
        places.router,
        local_names.router,
        live.router,
        tiles.router,
        supervision.router,
        reports.router,
        retention.router,
    ):
        app.include_router(room)
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _invalid_input)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(ClientDisconnect, _client_gone)
    app.add_exception_handler(Exception, _bug)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(AccessLog)
    app.add_middleware(tracking.Phones)
    _serve_pages(app)
    return app


class AccessLog:
    """One line a request: method, path template, status, time. Never a query, a token or an id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                names = {name.lower() for name, _ in message["headers"]}
                extra = dict(SECURITY_HEADERS)
                if b"content-security-policy" not in names:
                    extra["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
                message["headers"].extend((key.encode(), value.encode()) for key, value in extra.items())
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            template = getattr(scope.get("route"), "path", None) or "(no such path)"
            millis = (time.perf_counter() - began) * 1000
            access_log.info("%s %s %d %.0f ms", scope["method"], template, status, millis)


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """Answer with problem+json (RFC 9457); `code` is stable, `detail` is for the person at the desk."""
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


def language(request: Request) -> str:
    """Return "en" where the browser asks for English before Indonesian, else "id"."""
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "id"


async def _domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    answer = problem(error.status, error.code, error.words(language(request)))
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if error.status == 503:
        answer.headers["Retry-After"] = "2"
    return answer


async def _invalid_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        {"field": ".".join(str(part) for part in one["loc"][1:]), "problem": one["msg"]} for one in error.errors()
    ]
    named = ", ".join(one["field"] or "—" for one in fields)
    words = f"Check the input: {named}." if language(request) == "en" else f"Periksa isian: {named}."
    return problem(422, "invalid_input", words, fields=fields)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words_id, words_en = HTTP_WORDS.get(error.status_code, ("Permintaan ini ditolak.", "This request was refused."))
    answer = problem(error.status_code, "http", words_en if language(request) == "en" else words_id)
    answer.headers.update(error.headers or {})
    return answer


async def _unstorable(request: Request, error: Exception) -> Response:
    """Answer what the database cannot hold: a NUL in a text, a number out of range."""
    words = "Ada isian yang tidak bisa disimpan."
    return problem(422, "invalid_input", "The input cannot be stored." if language(request) == "en" else words)


async def _database_away(request: Request, error: Exception) -> Response:
    log.error("The database does not answer: %s", type(error).__name__)
    words = "Basis data sedang tidak menjawab; coba lagi."
    answer = problem(
        503, "database_away", "The database does not answer; try again." if language(request) == "en" else words
    )
    answer.headers["Retry-After"] = "2"
    return answer


async def _client_gone(request: Request, error: Exception) -> Response:
    """Answer nobody: the phone hung up while it was sending, nothing was stored, and it will send again."""
    return Response(status_code=499)


async def _bug(request: Request, error: Exception) -> Response:
    words = "Kesalahan pada server; sudah dicatat."
    return problem(500, "bug", "An error of the server; it was noted." if language(request) == "en" else words)


def _coded(table: Any) -> list[Coded]:
    return [Coded(code=str(code), label_id=words[0], label_en=words[1]) for code, words in table.items()]


def _serve_pages(app: FastAPI) -> None:
    """Serve the built pages; without them the API works, and the root says what is missing."""
    pages = settings().pages_dir
    if not (pages / "index.html").is_file():

        @app.get("/", include_in_schema=False)
        async def no_pages() -> Response:
            return problem(503, "pages_missing", "Halaman belum dibangun. / The pages are not built yet.")

        return

    def page(path: str, file: str) -> None:
        @app.get(path, include_in_schema=False)
        async def show() -> FileResponse:
            return FileResponse(pages / file, headers={"Cache-Control": "no-cache"})

    page("/", "index.html")
    for name in PAGES:
        page(f"/{name}", f"{name}/index.html")
    app.mount("/", StaticFiles(directory=pages), name="pages")
