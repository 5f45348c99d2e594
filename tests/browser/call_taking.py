"""What a call taker does by key, in every test that begins with a call."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.stage import Person, Stage


def ring(stage: Stage, **more: Any) -> int:
    """Let the telephone exchange post a call; return its id."""
    call = stage.city.desk("telephony").ok(
        "POST", "/api/calls", json={"ani": "081299114471", "operator": "Contohsel", **more}
    )
    return int(call["id"])


def answer(taker: Person) -> None:
    """Let the call ring, and answer it by key."""
    expect(taker.get("answer")).to_be_visible()
    taker.press("Enter")
    expect(taker.get("call-form")).to_be_visible()
    expect(taker.get("location")).to_be_focused()


def find(taker: Person, words: str, expected: str) -> None:
    """Type what the caller says into the field for the place, and choose the candidate by key."""
    taker.press("F2")
    taker.type(words)
    option = taker.page.get_by_role("option").filter(has_text=expected).first
    expect(option).to_be_visible()
    for _ in range(8):
        if option.get_attribute("aria-selected") == "true":
            break
        taker.press("ArrowDown")
    taker.press("Enter")
    expect(taker.get("tkp-state")).to_have_attribute("data-state", "proposed")
