"""Roles, and the dependency by which every endpoint states who may call it.

@router.post("/api/incidents")
async def open_incident(who: Annotated[Signed, require(Role.CALL_TAKER, Role.SUPERVISOR)], …)
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from fastapi import Depends, Request
from fastapi.params import Depends as DependsParam

from geo112 import clock
from geo112.access import store
from geo112.database import sessions
from geo112.errors import ForbiddenError, NotSignedInError

COOKIE = "geo112_session"
SEEN_EVERY = timedelta(seconds=30)  # last_seen_at is not written more often than this


class Role(StrEnum):
    CALL_TAKER = "call_taker"
    DISPATCHER = "dispatcher"
    CREW = "crew"
    SUPERVISOR = "supervisor"
    PLANNER = "planner"
    ADMINISTRATOR = "administrator"
    TELEPHONY = "telephony"  # the telephone exchange, by token


CONTROL_ROOM = (Role.CALL_TAKER, Role.SUPERVISOR, Role.ADMINISTRATOR)
DESKS = (*CONTROL_ROOM, Role.DISPATCHER)


@dataclass(frozen=True, slots=True)
class Signed:
    """Who makes a request: a person by session cookie, or a device by token."""

    role: Role
    name: str
    account_id: int | None
    token_id: int | None
    opd_id: int | None
    unit_id: int | None

    @property
    def actor(self) -> str:
        return f"account:{self.account_id}" if self.account_id is not None else f"token:{self.token_id}"

    def check_opd(self, opd_id: int) -> None:
        """Raise ForbiddenError where a dispatcher reaches for another OPD's units or tracks."""
        if self.role is Role.DISPATCHER and self.opd_id != opd_id:
            raise ForbiddenError(
                "other_opd",
                "Unit atau insiden ini milik OPD lain.",
                "This unit or incident belongs to another OPD.",
            )

    def check_unit(self, unit_id: int) -> None:
        """Raise ForbiddenError where a crew reaches for another unit."""
        if self.role is Role.CREW and self.unit_id != unit_id:
            raise ForbiddenError("other_unit", "Penugasan ini milik unit lain.", "This belongs to another unit.")


async def signed(request: Request) -> Signed:
    """Find out who makes this request: by bearer token first, else by session cookie.

    Raises:
        NotSignedInError: neither is there, or it is expired, revoked or of a closed account.
        ForbiddenError: a cookie request that changes something comes from another origin.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret:
        async with sessions().begin() as session:
            found = await store.by_token(session, secret.strip(), clock.real_now())
    elif cookie := request.cookies.get(COOKIE):
        check_origin(request)
        async with sessions().begin() as session:
            found = await store.by_cookie(session, cookie, clock.real_now(), SEEN_EVERY)
    else:
        found = None
    if found is None:
        raise NotSignedInError
    return Signed(Role(found.role), found.name, found.account_id, found.token_id, found.opd_id, found.unit_id)


def check_origin(request: Request) -> None:
    """Refuse a changing request that a page of another site sends along with our cookie."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.headers.get('host', '')}":
        raise ForbiddenError(
            "foreign_origin",
            "Permintaan ini datang dari situs lain dan ditolak.",
            "This request came from another site and was refused.",
        )
    if origin is None and request.headers.get("sec-fetch-site") not in (None, "same-origin", "none"):
        raise ForbiddenError("foreign_origin", "Permintaan dari situs lain ditolak.", "A request from another site.")


def require(*roles: Role) -> Any:
    """Return the dependency that lets only `roles` in and gives the endpoint its `Signed`."""

    async def check(request: Request) -> Signed:
        who = await signed(request)
        if who.role not in roles:
            raise ForbiddenError
        return who

    check.roles = frozenset(roles)  # type: ignore[attr-defined]  # read by the test that lists who may call what
    dependency: DependsParam = Depends(check)
    return dependency
