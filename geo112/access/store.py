"""Accounts, sessions and tokens in the database. Their times are real time, whatever speed the clock runs at."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.access.passwords import digest, hash_password, new_secret
from geo112.database import row, rows
from geo112.errors import DomainError, NotFoundError

SESSION_LASTS = timedelta(hours=12)  # a shift and its hand-over
TOKEN_LASTS = timedelta(days=365)
TRIES = 5  # wrong passwords of a name from an address
TRIES_WITHIN = timedelta(minutes=5)

BY_TOKEN = text("""
    SELECT token.role, token.label AS name, CAST(NULL AS bigint) AS account_id, token.id AS token_id,
           token.opd_id, token.unit_id
      FROM token
     WHERE token.secret_hash = :digest
       AND token.revoked_at IS NULL
       AND token.expires_at > :now""")

BY_COOKIE = text("""
    SELECT account.role, account.name, account.id AS account_id, CAST(NULL AS bigint) AS token_id,
           account.opd_id, account.unit_id, sign_in.last_seen_at
      FROM sign_in JOIN account ON account.id = sign_in.account_id
     WHERE sign_in.secret_hash = :digest
       AND sign_in.signed_out_at IS NULL
       AND sign_in.expires_at > :now
       AND account.is_active""")

SEEN = text("UPDATE sign_in SET last_seen_at = :now WHERE secret_hash = :digest")

BY_USERNAME = text("SELECT id, password_hash FROM account WHERE username = lower(:username) AND is_active")

SIGN_IN = text("""
    INSERT INTO sign_in (secret_hash, account_id, signed_in_at, last_seen_at, expires_at)
    VALUES (:digest, :account_id, :now, :now, :expires_at)""")

SIGN_OUT = text("""
    UPDATE sign_in SET signed_out_at = :now
     WHERE secret_hash = :digest AND signed_out_at IS NULL
 RETURNING account_id""")

ACCOUNT = text("""
    SELECT account.id, account.username, account.name, account.role,
           opd.id AS opd_id, opd.code AS opd_code, opd.name AS opd_name, opd.kind AS opd_kind,
           unit.id AS unit_id, unit.call_sign
      FROM account
      LEFT JOIN opd ON opd.id = account.opd_id
      LEFT JOIN unit ON unit.id = account.unit_id
     WHERE account.id = :account_id""")

# A try is counted before its password is looked at, so that many at once, over several workers, are no way around.
WAIT_FOR_TRY = text("SELECT pg_advisory_xact_lock(hashtextextended(:username || ' ' || :address, 112))")
FORGET_TRIES = text("DELETE FROM sign_in_try WHERE at <= :since")
TRY = text("""
    INSERT INTO sign_in_try (username, address, at)
    SELECT :username, :address, :now
     WHERE (SELECT count(*) FROM sign_in_try WHERE username = :username AND address = :address) < :most
 RETURNING at""")
TRIES_OVER = text("DELETE FROM sign_in_try WHERE username = :username AND address = :address")

SAVE_ACCOUNT = text("""
    INSERT INTO account (username, name, role, opd_id, unit_id, password_hash)
    VALUES (lower(:username), :name, :role, :opd_id, :unit_id, :password_hash)
    ON CONFLICT (username) DO UPDATE
       SET name = EXCLUDED.name, role = EXCLUDED.role, opd_id = EXCLUDED.opd_id, unit_id = EXCLUDED.unit_id,
           password_hash = EXCLUDED.password_hash, is_active = true
 RETURNING id""")

OPD_BY_CODE = text("SELECT id FROM opd WHERE code = upper(:code)")
OPD_CODES = text("SELECT code FROM opd ORDER BY code")
UNIT_BY_CALL_SIGN = text("SELECT id, opd_id FROM unit WHERE call_sign = upper(:call_sign)")
CREATE_TOKEN = text("""
    INSERT INTO token (secret_hash, label, role, opd_id, unit_id, created_at, expires_at)
    VALUES (:digest, :label, :role, :opd_id, :unit_id, :now, :expires_at)
 RETURNING id""")
REVOKE = text("UPDATE token SET revoked_at = :now WHERE id = :token_id AND revoked_at IS NULL RETURNING id")
TOKENS = text("""
    SELECT token.id, token.label, token.role, token.created_at, token.expires_at, token.revoked_at
      FROM token ORDER BY token.id""")


async def by_token(session: AsyncSession, secret: str, now: datetime) -> Row[Any] | None:
    return await row(session, BY_TOKEN, digest=digest(secret), now=now)


async def by_cookie(session: AsyncSession, secret: str, now: datetime, seen_every: timedelta) -> Row[Any] | None:
    """Return who the session belongs to, and note that they were seen."""
    found = await row(session, BY_COOKIE, digest=digest(secret), now=now)
    if found is not None and now - found.last_seen_at > seen_every:
        await session.execute(SEEN, {"digest": digest(secret), "now": now})
    return found


async def sign_in(session: AsyncSession, account_id: int, now: datetime) -> str:
    """Open a session and return its secret, which is stored nowhere else."""
    secret = new_secret()
    await session.execute(
        SIGN_IN,
        {"digest": digest(secret), "account_id": account_id, "now": now, "expires_at": now + SESSION_LASTS},
    )
    return secret


async def may_try(session: AsyncSession, username: str, address: str, now: datetime) -> bool:
    """Count a try to sign in, or say that there were too many; wants a transaction of its own."""
    whose = {"username": username.lower(), "address": address}
    await session.execute(WAIT_FOR_TRY, whose)
    await session.execute(FORGET_TRIES, {"since": now - TRIES_WITHIN})
    return await row(session, TRY, **whose, now=now, most=TRIES) is not None


async def forget_tries(session: AsyncSession, username: str, address: str) -> None:
    await session.execute(TRIES_OVER, {"username": username.lower(), "address": address})


async def sign_out(session: AsyncSession, secret: str, now: datetime) -> int | None:
    found = await row(session, SIGN_OUT, digest=digest(secret), now=now)
    return None if found is None else int(found.account_id)


async def save_account(
    session: AsyncSession,
    username: str,
    name: str,
    role: str,
    password: str,
    opd_id: int | None = None,
    unit_id: int | None = None,
) -> int:
    """Make an account, or give the one of that name a new password and place."""
    found = await row(
        session,
        SAVE_ACCOUNT,
        username=username,
        name=name,
        role=role,
        opd_id=opd_id,
        unit_id=unit_id,
        password_hash=hash_password(password),
    )
    assert found is not None
    return int(found.id)


async def belongs_to(
    session: AsyncSession, role: str, opd_code: str | None, call_sign: str | None
) -> tuple[int | None, int | None]:
    """Return the OPD and the unit that an account or a token of a role belongs to.

    Raises:
        DomainError: a dispatcher without OPD, a crew without unit, or an OPD or unit that does not exist.
    """
    opd_id = unit_id = None
    if call_sign is not None:
        unit = await row(session, UNIT_BY_CALL_SIGN, call_sign=call_sign)
        if unit is None:
            raise NotFoundError(f"unit {call_sign}", f"unit {call_sign}")
        unit_id, opd_id = int(unit.id), int(unit.opd_id)
    if opd_code is not None:
        opd = await row(session, OPD_BY_CODE, code=opd_code)
        if opd is None:
            known = ", ".join(one.code for one in await rows(session, OPD_CODES)) or "—"
            raise DomainError(
                "unknown_opd",
                f"OPD “{opd_code}” tidak ada. Yang ada: {known}.",
                f"There is no OPD “{opd_code}”. There are: {known}.",
            )
        opd_id = int(opd.id)
    if role == "dispatcher" and opd_id is None:
        raise DomainError("opd_missing", "Dispatcher butuh --opd.", "A dispatcher needs --opd.")
    if role == "crew" and unit_id is None:
        raise DomainError("unit_missing", "Petugas butuh --unit.", "A crew needs --unit.")
    return opd_id, unit_id


async def create_token(
    session: AsyncSession,
    *,
    role: str,
    label: str,
    opd_code: str | None,
    call_sign: str | None,
    now: datetime,
    lasts: timedelta = TOKEN_LASTS,
) -> tuple[int, str]:
    """Make a device's token.

    Returns:
        Its id and its secret; the secret is stored nowhere.
    Raises:
        DomainError: see `belongs_to`.
    """
    opd_id, unit_id = await belongs_to(session, role, opd_code, call_sign)
    secret = new_secret()
    made = await row(
        session,
        CREATE_TOKEN,
        digest=digest(secret),
        label=label,
        role=role,
        opd_id=opd_id,
        unit_id=unit_id,
        now=now,
        expires_at=now + lasts,
    )
    assert made is not None
    return int(made.id), secret


async def revoke_token(session: AsyncSession, token_id: int, now: datetime) -> None:
    if await row(session, REVOKE, token_id=token_id, now=now) is None:
        raise NotFoundError(f"token {token_id}", f"token {token_id} in force")


async def account(session: AsyncSession, account_id: int) -> Row[Any]:
    found = await row(session, ACCOUNT, account_id=account_id)
    if found is None:
        raise NotFoundError("akun", "account")
    return found
