"""Signing in and out.

Wrong passwords slow down by name and address: after five within five minutes the next try is refused for a while.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from geo112 import clock, journal
from geo112.access import store
from geo112.access.passwords import is_password
from geo112.access.roles import COOKIE, Role, Signed, check_origin, require
from geo112.database import Transaction, row, sessions
from geo112.errors import DomainError
from geo112.settings import settings

router = APIRouter(tags=["access"])


class Credentials(BaseModel):
    username: str = Field(max_length=100)
    password: str = Field(max_length=200)


class OpdOf(BaseModel):
    id: int
    code: str
    name: str
    kind: str


class UnitOf(BaseModel):
    id: int
    call_sign: str


class Me(BaseModel):
    """Who is signed in."""

    id: int
    username: str
    name: str
    role: Role
    opd: OpdOf | None
    unit: UnitOf | None


@router.post("/api/session")
async def sign_in(credentials: Credentials, request: Request, response: Response, session: Transaction) -> Me:
    """Sign in with name and password; the answer sets the session cookie. Anybody may call it."""
    check_origin(request)
    now = clock.real_now()
    address = request.client.host if request.client else ""
    async with sessions().begin() as counting:  # what is counted stays when this request is refused
        may_try = await store.may_try(counting, credentials.username, address, now)
    if not may_try:
        raise DomainError(
            "too_many_tries",
            "Terlalu banyak percobaan. Tunggu beberapa menit, atau minta supervisor.",
            "Too many tries. Wait some minutes, or ask a supervisor.",
            429,
        )
    found = await row(session, store.BY_USERNAME, username=credentials.username)
    stored = found.password_hash if found else None
    if not await asyncio.to_thread(is_password, credentials.password, stored):  # slow on purpose
        raise DomainError("wrong_password", "Nama atau kata sandi salah.", "Wrong name or password.", 401)
    assert found is not None
    await store.forget_tries(session, credentials.username, address)
    secret = await store.sign_in(session, found.id, now)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(store.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=settings().is_secure,
    )
    await journal.append(
        session,
        at=clock.now(),
        kind="account.signed_in",
        object="account",
        object_id=found.id,
        actor=f"account:{found.id}",
        audience=journal.SUPERVISION,
        value=None,
    )
    return await _me(session, found.id)


@router.get("/api/session")
async def who_am_i(who: Annotated[Signed, require(*Role)], session: Transaction) -> Me:
    """Say who is signed in. Every role; a token without an account is answered by its label."""
    if who.account_id is not None:
        return await _me(session, who.account_id)
    return Me(id=who.token_id or 0, username=who.name, name=who.name, role=who.role, opd=None, unit=None)


@router.delete("/api/session", status_code=204)
async def sign_out(request: Request, response: Response, session: Transaction) -> None:
    """Sign out; the cookie is worth nothing from now on. Anybody may call it."""
    check_origin(request)
    if secret := request.cookies.get(COOKIE):
        account_id = await store.sign_out(session, secret, clock.real_now())
        if account_id is not None:
            await journal.append(
                session,
                at=clock.now(),
                kind="account.signed_out",
                object="account",
                object_id=account_id,
                actor=f"account:{account_id}",
                audience=journal.SUPERVISION,
                value=None,
            )
    response.delete_cookie(COOKIE)


async def _me(session: Transaction, account_id: int) -> Me:
    found = await store.account(session, account_id)
    return Me(
        id=found.id,
        username=found.username,
        name=found.name,
        role=Role(found.role),
        opd=OpdOf(id=found.opd_id, code=found.opd_code, name=found.opd_name, kind=found.opd_kind)
        if found.opd_id
        else None,
        unit=UnitOf(id=found.unit_id, call_sign=found.call_sign) if found.unit_id else None,
    )
