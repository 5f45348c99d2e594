"""What a message makes of a marker: clocks, order and gates, against what really happened in an invented drive."""

import itertools
import math
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo112.coordinates import LonLat
from geo112.tracking import clock, gates
from geo112.tracking.device import Device, Seen
from geo112.tracking.fix import Fix
from geo112.tracking.judging import Judged, judge
from geo112.tracking.senders.message import Reading

NOW = datetime(2026, 11, 23, 15, 4, 11, tzinfo=UTC)
POST = LonLat(106.8166, -6.2)
METRE = 1 / 111_195  # degrees of latitude


def device() -> Device:
    return Device(7, "owntracks", 3, 1, POST, False, [], None, None)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def fix(seconds: float, north_m: float = 0.0, **more: Any) -> Fix:
    return Fix(**{"kind": "fix", "fixed_at": at(seconds), "lon": POST.lon, "lat": POST.lat + north_m * METRE, **more})


def send(phone: Device, received: float, *fixes: Fix, sent: float | None = None) -> Judged:
    reading = Reading(fixes=list(fixes), sent_at=None if sent is None else at(sent))
    return judge(reading, phone, at(received), {})


def shown(judged: Judged) -> list[tuple[float, float]]:
    """Return seconds and metres north of the fixes that moved the marker."""
    return [
        ((ping.at - NOW).total_seconds(), round((ping.fix.lat - POST.lat) / METRE, 1))
        for ping in judged.pings
        if ping.moves
    ]


# Clock


def test_a_clock_that_is_ahead_is_corrected_after_three_messages() -> None:
    phone, seen = device(), []
    for second in range(0, 60, 10):
        (ping,) = send(phone, second + 0.3, fix(second + 85, second)).pings
        seen.append((round((ping.at - at(second)).total_seconds(), 1), ping.is_clamped, ping.moves))
    assert seen[:2] == [(0.3, True, True)] * 2, "at first it is brought back to its arrival"
    assert [(abs(off) <= 0.5, clamped, moves) for off, clamped, moves in seen[2:]] == [(True, False, True)] * 4


def test_a_clock_that_is_behind_is_corrected_where_the_moment_of_sending_is_told() -> None:
    phone = device()
    for second in range(0, 60, 10):
        (ping,) = send(phone, second + 0.3, fix(second - 85, second), sent=second - 85).pings
    assert abs((ping.at - at(50)).total_seconds()) <= 0.5


def test_a_late_queue_is_not_taken_for_a_clock_that_is_behind() -> None:
    """Forty minutes flushed one by one: no fix is ever shown fresher than it says."""
    phone = device()
    for number, second in enumerate(range(-2400, 0, 10)):
        (ping,) = send(phone, 0.05 * number, fix(second, second)).pings
        assert ping.at == at(second)


def test_a_flushed_queue_does_not_make_a_clock_that_is_ahead_look_right() -> None:
    """Its fixes would look 85 s fresher, and beat the live one that came before them."""
    phone = device()
    for second in range(-3000, -2400, 10):
        send(phone, second + 0.3, fix(second + 85, second))
    assert send(phone, 0.3, fix(85, 0)).pings[0].moves
    for number, second in enumerate(range(-2400, 0, 10)):
        (ping,) = send(phone, 1 + 0.2 * number, fix(second + 85, second)).pings
        assert abs((ping.at - at(second)).total_seconds()) <= 1
        assert not ping.moves


def test_a_clock_set_right_is_believed_again() -> None:
    phone = device()
    for second in range(0, 200, 10):
        send(phone, second, fix(second + 85, second))
    for second in range(200, 400, 10):
        (ping,) = send(phone, second, fix(second, second)).pings
    assert ping.at == at(390)
    assert ping.moves


@given(
    st.floats(-600, 600),
    st.lists(st.floats(0, 4.9), min_size=12, max_size=12),
    st.lists(st.floats(10, 600), max_size=4),
)
def test_the_offset_is_found_within_what_the_network_took(
    wrong_s: float, delays: list[float], late: list[float]
) -> None:
    samples = [wrong_s + delay for delay in [*delays, *(delays[0] + one for one in late)]][-clock.WINDOW :]
    found = clock.offset_s(samples)
    if abs(wrong_s) < 0.1:
        assert found == 0
    assert abs(found - wrong_s) <= 10 or found == 0
    if abs(wrong_s) > 10:
        assert wrong_s <= found <= wrong_s + 4.9


@pytest.mark.parametrize("wrong_s", [-40 * 86400.0, 40 * 86400.0])
def test_an_absurd_clock_teaches_nothing(wrong_s: float) -> None:
    assert clock.sample(NOW, at(wrong_s), None) is None
    assert clock.sample(NOW, None, at(wrong_s)) in (None, 0.0)


def test_of_a_batch_from_the_future_the_last_is_where_the_phone_is() -> None:
    judged = send(device(), 0, *(fix(600 + second, second) for second in range(5)))
    assert [ping.is_clamped for ping in judged.pings] == [True] * 5
    assert shown(judged) == [(0, 4.0)]


# Order and twins


def test_late_batches_never_move_the_marker_back() -> None:
    phone = device()
    assert shown(send(phone, 1, fix(0, 100))) == [(0, 100)]
    late = send(phone, 2, *(fix(-600 + second, 5) for second in range(50)))
    assert len(late.pings) == 50
    assert shown(late) == []


def test_a_heartbeat_and_a_ping_of_the_app_say_nothing_of_the_place() -> None:
    phone = device()
    for kind in ("heartbeat", "ping"):
        assert shown(send(phone, 1, fix(0, 100, kind=kind))) == []
    assert phone.believed is None


def test_the_same_fix_twice_in_a_delivery_is_kept_once() -> None:
    one, mark = fix(0, 5), uuid.uuid4()
    marked, moved = fix(1, 6, client_id=mark), fix(1, 7, client_id=mark)
    judged = send(device(), 2, one, fix(0, 5, client_id=uuid.uuid4()), fix(0, 5, kind="manual"), marked, moved)
    assert [(ping.fix.lat, ping.fix.kind) for ping in judged.pings] == [
        (one.lat, "fix"),
        (one.lat, "manual"),
        (marked.lat, "fix"),
    ]


# Gates


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"is_mock": True}, "mock_location"),
        ({"accuracy_m": 201.0}, "coarse"),
        ({"accuracy_m": 200.0}, None),
        ({"lat": 6.2}, "sign_flip"),
        ({"lon": -106.8166}, "sign_flip"),
        ({"lat": 6.2, "lon": -106.8166}, "sign_flip"),
        ({"lat": 6.2, "is_mock": True}, "mock_location"),
    ],
)
def test_what_does_not_pass_is_kept_with_its_reason(more: dict[str, Any], reason: str | None) -> None:
    (ping,) = send(device(), 1, fix(0, **more)).pings
    assert (ping.refused, ping.moves) == (reason, reason is None)


def test_near_the_equator_no_sign_can_be_told() -> None:
    phone = device()
    phone.post = LonLat(109.33, -0.03)  # Pontianak
    (ping,) = send(phone, 1, fix(0, lon=109.33, lat=0.03)).pings
    assert ping.refused is None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lon": 0.0, "lat": 0.0}, "null_island"),
        ({"lon": 181.0}, "off_earth"),
        ({"speed_mps": 91.0}, "impossible_speed"),
    ],
)
def test_what_is_no_place_is_put_aside(more: dict[str, Any], code: str) -> None:
    judged = send(device(), 1, fix(0, **more))
    assert ([one.code for one in judged.aside], judged.pings) == ([code], [])


def haversine(one: Seen, other: Seen) -> float:
    x = math.sin(math.radians(other.lat - one.lat) / 2) ** 2
    y = math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    y *= math.cos(math.radians(one.lat)) * math.cos(math.radians(other.lat))
    return 2 * 6_371_009 * math.asin(math.sqrt(x + y))


def jumps(path: list[Seen]) -> list[float]:
    return [haversine(one, two) / max((two.at - one.at).total_seconds(), 1e-9) for one, two in itertools.pairwise(path)]


def drive(seed: int, phone: Device, *, gate: bool) -> list[Seen]:
    """Drive north at 15 m/s with a jump of some kilometres now and then; return what the marker shows."""
    rng, path = random.Random(seed), []
    for second in range(0, 600, 2):
        away = rng.choice([-1, 1]) * rng.uniform(2_000, 40_000) if second and rng.random() < 0.1 else 0.0
        for ping in send(phone, second + 0.2, fix(second, 15 * second + away)).pings:
            if ping.moves or not gate:
                path.append(Seen(ping.at, ping.fix.lon, ping.fix.lat))
    return path


@pytest.mark.parametrize("seed", range(5))
def test_no_jump_above_the_gate_is_shown(seed: int) -> None:
    path = drive(seed, device(), gate=True)
    assert max(jumps(path)) <= gates.FASTEST_MPS
    assert len(path) > 220, "and what really was is shown"
    assert max(jumps(drive(seed, device(), gate=False))) > 10 * gates.FASTEST_MPS, "the control: they were there"


def test_a_device_that_insists_is_believed_in_the_end() -> None:
    """Its first fix came from another city; without this the right ones would be refused for three hours."""
    phone = device()
    send(phone, 0, fix(0, 600_000))
    moved = [second for second in range(10, 200, 10) if shown(send(phone, second, fix(second, second)))]
    assert moved == list(range(130, 200, 10))


def test_a_tower_that_insists_is_not_believed() -> None:
    phone = device()
    send(phone, 0, fix(0))
    for second in range(10, 400, 10):
        (ping,) = send(phone, second, fix(second, 30_000, accuracy_m=900)).pings
        assert (ping.refused, ping.moves) == ("coarse", False)
