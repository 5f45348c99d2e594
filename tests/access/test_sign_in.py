"""Signing in over HTTP: the cookie, the slow-down, tokens, and requests that other sites send along."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.town import crossing
from tests.world import City

PASSWORD = "rahasia-sekali"


@pytest.fixture(autouse=True)
def _no_tries_of_earlier_tests(shared_city: City) -> None:
    shared_city.sql("DELETE FROM sign_in_try")


@pytest.fixture(scope="module")
def town(shared_city: City) -> City:
    shared_city.unit("DMK-1", at=crossing(0, 0))
    shared_city.account("sari", "call_taker")
    shared_city.account("budi", "dispatcher", opd="DAMKAR")
    shared_city.account("joko", "crew", unit="DMK-1")
    return shared_city


def browser(town: City) -> httpx.Client:
    return httpx.Client(base_url=town.address, trust_env=False, timeout=20)


def sign_in(client: httpx.Client, username: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return client.post("/api/session", json={"username": username, "password": password}, headers=headers)


def test_who_signs_in_gets_a_cookie_that_scripts_and_other_sites_cannot_use(town: City) -> None:
    with browser(town) as client:
        answer = sign_in(client, "Sari")
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= parts
        assert cookie.startswith("geo112_session=")
        assert answer.json() == client.get("/api/session").json()
        assert answer.json()["role"] == "call_taker"


def test_the_answer_says_which_opd_and_unit_one_belongs_to(town: City) -> None:
    with browser(town) as client:
        me = sign_in(client, "joko").json()
        assert (me["role"], me["unit"]["call_sign"]) == ("crew", "DMK-1")
        me = sign_in(client, "budi").json()
        assert (me["role"], me["opd"]["code"], me["unit"]) == ("dispatcher", "DAMKAR", None)


def test_passwords_and_session_secrets_are_not_in_the_database(town: City) -> None:
    with browser(town) as client:
        sign_in(client, "sari")
        secret = client.cookies["geo112_session"]
    stored = "\n".join(
        str(one)
        for (one,) in town.sql("SELECT to_jsonb(account) FROM account UNION ALL SELECT to_jsonb(sign_in) FROM sign_in")
    )
    assert PASSWORD not in stored
    assert secret not in stored
    assert stored.count("$argon2id$") == 3


def test_after_signing_out_the_cookie_is_worth_nothing(town: City) -> None:
    with browser(town) as client:
        sign_in(client, "sari")
        secret = client.cookies["geo112_session"]
        assert client.delete("/api/session").status_code == 204
        assert "geo112_session" not in client.cookies
    again = httpx.get(f"{town.address}/api/session", cookies={"geo112_session": secret}, trust_env=False)
    assert again.status_code == 401


@pytest.mark.parametrize(("username", "password"), [("sari", "salah"), ("sari", ""), ("tidak-ada", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(town: City, username: str, password: str) -> None:
    with browser(town) as client:
        answer = sign_in(client, username, password)
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_password")
        assert "set-cookie" not in answer.headers


def test_after_five_wrong_passwords_even_the_right_one_must_wait(town: City) -> None:
    with browser(town) as client:
        for _ in range(5):
            assert sign_in(client, "sari", "salah").status_code == 401
        refused = sign_in(client, "sari")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
        assert sign_in(client, "SARI").status_code == 429, "capitals are no way around"
        assert sign_in(client, "budi").status_code == 200, "others are not held up"
        town.sql("UPDATE sign_in_try SET at = at - interval '5 minutes'")
        assert sign_in(client, "sari").status_code == 200, "after five minutes it may be tried again"
        assert town.sql("SELECT count(*) FROM sign_in_try WHERE username = 'sari'") == [(0,)], "and all is forgotten"


def test_of_many_wrong_passwords_at_once_five_are_looked_at(town: City) -> None:
    with ThreadPoolExecutor(12) as pool, browser(town) as client:
        answers = [one.status_code for one in pool.map(lambda _: sign_in(client, "sari", "salah"), range(12))]
    assert sorted(answers) == [401] * 5 + [429] * 7


def test_an_account_that_was_closed_cannot_sign_in_and_its_sessions_end(town: City) -> None:
    town.account("rina", "call_taker")
    with browser(town) as client:
        assert sign_in(client, "rina").status_code == 200
        town.sql("UPDATE account SET is_active = false WHERE username = 'rina'")
        assert client.get("/api/session").status_code == 401
        assert sign_in(client, "rina").status_code == 401


def test_an_expired_session_is_refused(town: City) -> None:
    with browser(town) as client:
        sign_in(client, "budi")
        assert client.get("/api/session").status_code == 200
        town.sql(
            "UPDATE sign_in SET expires_at = now() - interval '1 second'"
            " WHERE account_id = (SELECT id FROM account WHERE username = 'budi')"
        )
        assert client.get("/api/session").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://jahat.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_sends_along_with_our_cookie_changes_nothing(town: City, headers: dict[str, str]) -> None:
    with browser(town) as client:
        sign_in(client, "sari")
        before = town.sql("SELECT count(*) FROM call")
        answer = client.post("/api/calls", json={"ani": "0811"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
        assert client.delete("/api/session", headers=headers).status_code == 403
        assert client.get("/api/calls", headers=headers).status_code == 200, "reading changes nothing"
        assert client.get("/api/session").status_code == 200
        assert town.sql("SELECT count(*) FROM call") == before
    with browser(town) as client:
        assert sign_in(client, "sari", **headers).status_code == 403, "nor may it sign somebody in"


def test_our_own_pages_and_programs_without_an_origin_are_let_through(town: City) -> None:
    for headers in ({"Origin": town.address}, {"Origin": town.address, "Sec-Fetch-Site": "same-origin"}, {}):
        with browser(town) as client:
            assert sign_in(client, "sari", **headers).status_code == 200
            assert client.post("/api/calls", json={"ani": "0811"}, headers=headers).status_code == 201


def test_a_token_is_accepted_wherever_the_cookie_is(town: City) -> None:
    desk = town.desk("call_taker")
    desk.headers["Origin"] = "https://gps.example"  # no cookie travels along, so there is nothing to misuse
    call = desk.ok("POST", "/api/calls", json={"ani": "0811"})
    assert desk.ok("POST", f"/api/calls/{call['id']}/abandon")["state"] == "ABANDONED"
    assert desk.ok("GET", "/api/session")["role"] == "call_taker"


def test_a_token_is_kept_as_its_sha256_alone(town: City) -> None:
    secret = town.token("call_taker")
    stored = "\n".join(str(one) for (one,) in town.sql("SELECT to_jsonb(token) FROM token"))
    assert secret not in stored
    assert hashlib.sha256(secret.encode()).hexdigest() in stored, "the scan would have found what is there"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE token SET revoked_at = now() WHERE id = (SELECT max(id) FROM token)",
        "UPDATE token SET expires_at = now() - interval '1 second' WHERE id = (SELECT max(id) FROM token)",
    ],
)
def test_a_revoked_or_expired_token_is_refused(town: City, change: str) -> None:
    desk = town.desk("call_taker")
    assert desk.get("/api/calls").status_code == 200
    town.sql(change)
    answer = desk.get("/api/calls")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("header", ["Bearer salah", "Bearer", "Basic c2FyaTpyYWhhc2lh", "salah", ""])
def test_a_wrong_token_is_refused(town: City, header: str) -> None:
    answer = httpx.get(f"{town.address}/api/calls", headers={"Authorization": header}, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_signing_in_and_out_is_journalled(town: City) -> None:
    with browser(town) as client:
        me = sign_in(client, "budi").json()
        client.delete("/api/session")
    kinds = town.sql(
        "SELECT kind, actor, roles FROM journal WHERE object = 'account' AND object_id = %s ORDER BY id DESC LIMIT 2",
        me["id"],
    )
    actor, readers = f"account:{me['id']}", ["supervisor", "administrator"]
    assert kinds == [("account.signed_out", actor, readers), ("account.signed_in", actor, readers)]


def test_that_somebody_is_there_is_noted_at_most_every_half_minute(town: City) -> None:
    def seen() -> datetime:
        found = town.sql("SELECT max(last_seen_at) FROM sign_in WHERE account_id = %s", me["id"])[0][0]
        assert isinstance(found, datetime)
        return found

    with browser(town) as client:
        me = sign_in(client, "joko").json()
        first = seen()
        client.get("/api/session")
        assert seen() == first
        town.sql("UPDATE sign_in SET last_seen_at = now() - interval '31 seconds' WHERE account_id = %s", me["id"])
        client.get("/api/session")
        assert seen() > first - timedelta(seconds=1)
        assert seen() <= datetime.now(UTC)
