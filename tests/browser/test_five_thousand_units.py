"""Five thousand units on the board, each with a new position every second: the desk still answers at once.

five slices of the units a second ─► unit_position, NOTIFY ─► the real server ─► the board in software rendering
                                                                    frames are counted, keys are pressed ◄─┘
"""

import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.stage import Person, Stage, until
from tests.town import crossing
from tests.world import City

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

UNITS = 5_000
SLICES = 5  # a second
FRAMES_AT_LEAST = 10.0  # a second
KEY_WITHIN_MS = 100.0
LOOK_FOR_S = 6.0
PRESSES = 15

PLACE_UNITS = """
    WITH made AS (
        INSERT INTO unit (call_sign, opd_id, profile, capabilities, post_name, post)
        SELECT 'U-' || n, (%(opds)s::bigint[])[1 + n %% 5], 'fire_engine',
               ARRAY[CASE n %% 5 WHEN 0 THEN 'fire' ELSE 'police' END], 'Pos',
               ST_SetSRID(ST_MakePoint(%(lon)s + 0.03 * (random() - 0.5), %(lat)s + 0.03 * (random() - 0.5)), 4326)
          FROM generate_series(1, %(units)s) AS n
        RETURNING id, post)
    INSERT INTO unit_position (unit_id, lon, lat, fixed_at, received_at, heard_at, version)
    SELECT id, ST_X(post), ST_Y(post), now(), now(), now(), nextval('position_version') FROM made"""

MOVE_SLICE = """
    UPDATE unit_position
       SET lon = lon + 0.0001 * cos(unit_id + %(step)s / 20.0), lat = lat + 0.0001 * sin(unit_id + %(step)s / 20.0),
           fixed_at = clock_timestamp(), received_at = clock_timestamp(), heard_at = clock_timestamp(),
           version = nextval('position_version')
     WHERE unit_id %% %(slices)s = %(step)s %% %(slices)s AND unit_id <> %(but)s"""

# Frames that the page was given; each key from its press to the next picture, by the browser's own account; and when
# another incident was chosen, for a picture that came before that answers nothing.
WATCH = """() => {
    const seen = window.__seen = {frames: 0, keys: [], changes: []};
    const count = () => { seen.frames += 1; requestAnimationFrame(count); };
    requestAnimationFrame(count);
    new MutationObserver(() => { seen.changes.push(performance.now()); }).observe(
        document.querySelector('[data-testid=queue]'), {subtree: true, attributeFilter: ['aria-selected']});
    new PerformanceObserver((list) => {
        for (const one of list.getEntriesByName('keydown')) seen.keys.push([one.startTime, one.duration]);
    }).observe({type: 'event', durationThreshold: 16});
}"""
FRAMES = """(ms) => new Promise((done) => {
    const [before, began] = [window.__seen.frames, performance.now()];
    setTimeout(() => done((window.__seen.frames - before) / (performance.now() - began) * 1000), ms);
})"""

MOVED = """(ms) => new Promise((done) => {
    const places = () => new Map(window.__units().map((one) => [one.id, one.at.lon]));
    let [before, moved, began] = [places(), 0, performance.now()];
    const look = () => {
        const now = places();
        for (const [id, lon] of now) if (before.has(id) && before.get(id) !== lon) moved += 1;
        before = now;
        const share = 5000 / Math.max(1, now.size); // of those in view
        if (performance.now() - began < ms) setTimeout(look, 100);
        else done(moved * share / (performance.now() - began) * 1000);
    };
    look();
})"""


def place_units(city: City) -> None:
    opds = [city.opd(code) for code in ("DAMKAR", "PSC119", "POLRES", "BPBD", "SATPOLPP")]
    middle = crossing(2.5, 2.5)
    with psycopg.connect(city.url, autocommit=True) as connection:
        connection.execute(PLACE_UNITS, {"opds": opds, "units": UNITS, "lon": middle.lon, "lat": middle.lat})


@contextmanager
def moving(city: City, but: int = 0) -> Iterator[None]:
    """Give every unit but one a new position each second, until the block ends."""
    is_over = threading.Event()

    def move() -> None:
        step = 0
        with psycopg.connect(city.url, autocommit=True) as connection:
            due = time.monotonic()
            while not is_over.wait(max(0.0, due - time.monotonic())):
                with connection.transaction():
                    connection.execute(MOVE_SLICE, {"step": step, "slices": SLICES, "but": but})
                    connection.execute("NOTIFY position")
                step += 1
                due += 1 / SLICES

    mover = threading.Thread(target=move)
    mover.start()
    try:
        yield
    finally:
        is_over.set()
        mover.join()


def look_at(board: Person) -> dict[str, float]:
    """Load the board anew and measure one run."""
    page = board.page
    page.reload()
    expect(board.page.locator("[data-testid=queue] > li")).to_have_count(3)
    board.wait_for_map()
    expect(board.get("rank-1")).to_be_visible()
    if not board.get("map-locked").is_visible():
        board.press("l")  # the map stays where it is: this is not about panning
    page.evaluate(WATCH)
    page.wait_for_timeout(1000)
    frames = page.evaluate(FRAMES, LOOK_FOR_S * 1000)
    moved = page.evaluate(MOVED, LOOK_FOR_S * 1000)
    for number in range(PRESSES):
        page.wait_for_timeout(400 + 137 * (number % 7))  # at no fixed beat with the positions
        page.keyboard.press("ArrowDown" if number % 4 < 2 else "ArrowUp")
    page.wait_for_timeout(500)
    keys, changes = page.evaluate("() => [window.__seen.keys, window.__seen.changes]")
    assert len(changes) >= PRESSES, "every key chooses another incident"
    answered = [max(lasted, min(at for at in changes if at > pressed) - pressed) for pressed, lasted in keys]
    answered += [16.0] * (PRESSES - len(keys))  # what is faster than this the browser does not list
    return {
        "frames_per_s": round(frames, 1),
        "moved_per_s": round(moved),
        "key_ms": statistics.median(answered),
        "key_max_ms": max(answered),
    }


@pytest.fixture
def board(stage: Stage) -> Person:
    """Give a board with three incidents and all the units."""
    place_units(stage.city)
    for row in (0, 2, 4):
        stage.city.fire(crossing(row, 1.5))
    board = stage.sign_in("supervisor")
    board.page.set_viewport_size({"width": 1440, "height": 900})
    board.page.goto("/board")
    return board


@pytest.mark.parametrize("runs", [1, pytest.param(5, marks=pytest.mark.full)])
def test_the_board_answers_while_five_thousand_units_move(stage: Stage, board: Person, runs: int) -> None:
    """One run only prints what it saw: how busy a machine is says nothing of the board."""
    with moving(stage.city):
        found = [look_at(board) for _ in range(runs)]
    of_runs: dict[str, Any] = {name: statistics.median(one[name] for one in found) for name in found[0]}
    print("BENCH", json.dumps({"units": UNITS, "runs": runs, **of_runs}))
    assert of_runs["moved_per_s"] > 0
    if runs > 1:
        assert of_runs["moved_per_s"] >= 0.7 * UNITS, found
        assert of_runs["frames_per_s"] >= FRAMES_AT_LEAST, found
        assert of_runs["key_ms"] <= KEY_WITHIN_MS, found


def test_the_board_shows_where_each_of_five_thousand_units_is_now(stage: Stage, board: Person) -> None:
    page = board.page
    ((lost, lon, lat),) = stage.city.sql("SELECT unit_id, lon, lat FROM unit_position ORDER BY unit_id DESC LIMIT 1")
    stage.city.sql(
        "UPDATE unit_position SET fixed_at = now() - interval '10 minutes', version = nextval('position_version')"
        " WHERE unit_id = %s",
        lost,
    )
    page.wait_for_timeout(2000)  # a fix never goes back; until the feed has looked again it would tell the old one
    page.reload()
    board.wait_for_map()
    page.wait_for_function(f"() => window.__units().length > {UNITS // 20}")
    with moving(stage.city, but=lost):
        page.wait_for_timeout(4000)

    places = {unit: (lon, lat) for unit, lon, lat in stage.city.sql("SELECT unit_id, lon, lat FROM unit_position")}

    def differ() -> list[int]:
        shown = page.evaluate("() => window.__units().map((one) => [one.id, one.at.lon, one.at.lat])")
        assert len(shown) > UNITS // 20
        return [unit for unit, lon, lat in shown if places[unit] != (lon, lat)]

    until(board, lambda: not differ())

    page.evaluate("(at) => window.__map.jumpTo({center: at, zoom: 16})", [lon, lat])
    page.wait_for_function("(id) => window.__units().some((one) => one.id === id)", arg=lost)
    drawn = page.evaluate("(id) => window.__units().find((one) => one.id === id).icon", lost)
    assert drawn.endswith("|stale")
    page.wait_for_function(
        "() => window.__map.queryRenderedFeatures({layers: ['unit-labels']}).length > 0", polling=200
    )
    page.evaluate("(at) => window.__map.jumpTo({center: at, zoom: 14})", [lon, lat])
    page.wait_for_function(
        "() => window.__map.queryRenderedFeatures({layers: ['unit-labels']}).length === 0", polling=200
    )

    page.evaluate("(at) => window.__map.jumpTo({center: at, zoom: 19})", [lon, lat])
    page.wait_for_function("() => window.__units().length < 20", polling=200)
    canvas = page.locator(".canvas canvas").bounding_box()
    assert canvas is not None
    middle = (canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2)
    page.mouse.move(middle[0] + 3, middle[1] + 3)
    page.wait_for_function("() => document.querySelector('.canvas canvas').style.cursor === 'pointer'")
    page.mouse.click(*middle)
    ((call_sign,),) = stage.city.sql("SELECT call_sign FROM unit WHERE id = %s", lost)
    expect(board.get("unit-card")).to_contain_text(call_sign)
