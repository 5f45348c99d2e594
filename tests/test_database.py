"""An answer is sent after the commit: what the database refuses at the last moment was never acknowledged."""

import asyncio
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.database import Transaction, engine, sessions, transaction
from geo112.simulation.past_session import plain_transaction
from tests.world import City

# Whoever rings is refused, and only at the commit.
REFUSE_AT_COMMIT = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
    CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON call
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"""
INSERT = text("INSERT INTO opd (code, name, kind) VALUES ('X', 'X', 'fire')")
REFUSE_OPD = REFUSE_AT_COMMIT.replace("ON call", "ON opd")


def answer_of(path: str) -> int:
    """Ask one of two endpoints that differ in their transaction alone; return the status of the answer."""
    app = FastAPI()

    @app.post("/ours")
    async def ours(session: Transaction) -> str:
        await session.execute(INSERT)
        return "stored"

    @app.post("/plain")
    async def plain(session: Annotated[AsyncSession, Depends(transaction)]) -> str:
        await session.execute(INSERT)
        return "stored"

    async def ask() -> int:
        way = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=way, base_url="http://here") as client:
            answer = await client.post(path)
        await engine().dispose()
        return answer.status_code

    return asyncio.run(ask())


def test_a_call_that_fails_at_its_commit_is_not_acknowledged(city: City) -> None:
    exchange = city.desk("telephony")
    city.sql(REFUSE_AT_COMMIT)
    exchange.meets_bug("POST", "/api/calls", json={"ani": "0812"})
    assert city.sql("SELECT count(*) FROM call") == [(0,)]
    assert city.sql("SELECT count(*) FROM journal WHERE object = 'call'") == [(0,)]
    city.sql("DROP TRIGGER at_commit ON call")
    assert exchange.post("/api/calls", json={"ani": "0812"}).status_code == 201


@pytest.mark.parametrize(("path", "status"), [("/ours", 500), ("/plain", 200)])
def test_a_plain_dependency_would_say_stored_and_lose_it(city: City, path: str, status: int) -> None:
    """The control: FastAPI's own default answers before the commit."""
    city.sql(REFUSE_OPD)
    assert answer_of(path) == status
    assert city.sql("SELECT count(*) FROM opd WHERE code = 'X'") == [(0,)]


def test_an_error_of_the_database_names_what_was_refused_and_no_value(city: City) -> None:
    """The message goes to the log; a caller's number may be among the values."""

    async def refused(statement: str, **values: Any) -> DBAPIError:
        try:
            async with sessions().begin() as session:
                await session.execute(text(statement), values)
        except DBAPIError as error:
            return error
        finally:
            await engine().dispose()
        raise AssertionError("it was not refused")

    city.sql("ALTER TABLE caller ADD CONSTRAINT no_eights CHECK (number NOT LIKE '%%8%%')")
    for statement, named in (
        ("INSERT INTO caller (number) VALUES (:number)", "caller.no_eights"),
        ("SELECT CAST('x' || :number AS integer)", "22P02"),
    ):
        error = asyncio.run(refused(statement, number="081299114471"))
        for words in (str(error), str(error.orig), repr(error.orig)):
            assert named in words
            assert "81299114471" not in words


def test_no_engine_goes_round_it(city: City) -> None:
    """The replay of a past has an engine of its own."""
    city.sql("ALTER TABLE caller ADD CONSTRAINT no_eights CHECK (number NOT LIKE '%%8%%')")
    with pytest.raises(DBAPIError, match=r"caller\.no_eights") as refused, plain_transaction() as session:
        asyncio.run(session.execute(text("INSERT INTO caller (number) VALUES ('081299114471')")))
    assert "Failing row" not in str(refused.value.orig)
