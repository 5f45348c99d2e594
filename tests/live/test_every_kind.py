"""Old snapshot + events = new snapshot, for every kind of entry that the code can write, and for positions.

The kinds are read off the code (`kinds`), so a new one without a case here fails. After each command the server is
asked for a new snapshot; the control leaves one event of each kind out and must differ from one of them.
"""

import time
from typing import Any

import httpx
import pytest

from geo112.dispatching.assignment import NEXT as AFTER
from geo112.dispatching.assignment import Status
from tests.live import kinds
from tests.live.feed import Places, Screen, Situation, comparable
from tests.town import crossing
from tests.world import City, Desk

# A unit that is told of its task or takes it leaves its OPD's track DISPATCHED, and so the incident has no news.
NEVER = {"incident.unit_delivered", "incident.unit_accepted"}
# What no snapshot holds: who was looked at, who signed in, devices, local names. It is told, and checked by its id.
BESIDE = {"disclosure", "account", "device", "local_name"}
# Shown again to an OPD that is new to the incident; noted for the record. Neither changes what an assignment is.
REPEATED = {"assignment.shown", "assignment.late_command"}


class Everything:
    """Lets everything happen, and asks after each command what a new screen would show."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.watching = city.desk("administrator")
        self.taker, self.fire = city.desk("call_taker"), city.desk("dispatcher", opd="DAMKAR")
        self.unit = city.unit("DMK-1", crossing(0, 0))
        self.medics = city.unit("AMB-1", crossing(0, 0), "PSC119", ("medical",), "ambulance")
        self.truths: list[dict[str, Any]] = []

    def do(self, desk: Desk, method: str, path: str, **body: Any) -> Any:
        answer = desk.ok(method, path, json=body)
        self.truths.append(self.watching.ok("GET", "/api/situation"))
        return answer

    def incident(self) -> str:
        made = self.do(self.taker, "POST", "/api/incidents", type="fire", priority=2, words="Api")
        at = crossing(0, 1)
        self.do(self.taker, "PUT", f"/api/incidents/{made['id']}/tkp", lon=at.lon, lat=at.lat)
        return f"/api/incidents/{made['id']}"

    def happen(self) -> None:
        self._calls()
        self._tracks()
        for status in sorted({one for wanted in AFTER.values() for one in wanted}):
            self._assignment(status)
        self._proposal()
        self._late_command()
        self._beside()

    def _calls(self) -> None:
        taker = self.taker
        rung = [self.do(taker, "POST", "/api/calls", ani=f"081{number}")["id"] for number in range(4)]
        self.do(taker, "POST", f"/api/calls/{rung[3]}/abandon")
        for call in rung[:3]:
            self.do(taker, "POST", f"/api/calls/{call}/answer")
        self.do(taker, "POST", f"/api/calls/{rung[2]}/classify", call_class="prank")
        first = self.do(taker, "POST", "/api/incidents", type="fire", call_id=rung[0], priority=2)["id"]
        second = self.do(taker, "POST", "/api/incidents", type="fire", call_id=rung[1], priority=2)["id"]
        self.do(taker, "POST", f"/api/calls/{rung[1]}/link", incident_id=first)
        self.do(taker, "POST", f"/api/incidents/{second}/cancel", reason="Sama")
        self.do(taker, "POST", f"/api/calls/{rung[0]}/close", note="Selesai")

    def _tracks(self) -> None:
        path = self.incident()
        at = crossing(0, 2)
        self.do(self.taker, "PUT", f"{path}/tkp", lon=at.lon, lat=at.lat)  # alone: the first one also escalates
        for state, reason in (("RECEIVED", None), ("VERIFIED", None), ("REJECTED", "Bukan api")):
            self.do(self.fire, "POST", f"{path}/track", state=state, reason=reason)
        path = self.incident()
        self.do(self.fire, "POST", f"{path}/assignments", unit_id=self.unit)
        self.do(self.taker, "POST", f"{path}/escalations", opd_ids=[self.city.opd("PSC119")])
        self.do(self.watching, "POST", f"{path}/close", report={"summary": "Padam"}, reason="Selesai")

    def _assignment(self, status: Status) -> None:
        sent = self.do(self.fire, "POST", f"{self.incident()}/assignments", unit_id=self.unit)["id"]
        changed = self.do(self.watching, "POST", f"/api/assignments/{sent}/status", status=status)
        if changed["holds_unit"]:
            self.do(self.watching, "POST", f"/api/assignments/{sent}/status", status="CLEAR")

    def _proposal(self) -> None:
        """Let the unit drive off, so that its departure is proposed, and say that it is not so."""
        sent = self.do(self.fire, "POST", f"{self.incident()}/assignments", unit_id=self.unit)
        self.city.ping(self.city.desk("crew", unit="DMK-1"), crossing(0, 0), speed_mps=8.0)
        until = time.monotonic() + 20
        while not (found := self._proposals(sent["id"])) and time.monotonic() < until:
            time.sleep(0.05)
        self.do(self.fire, "POST", f"/api/proposals/{found[0]['id']}/dismiss")
        self.do(self.watching, "POST", f"/api/assignments/{sent['id']}/status", status="CLEAR")

    def _proposals(self, assignment_id: int) -> list[dict[str, Any]]:
        known = self.watching.ok("GET", "/api/situation")["assignments"]
        return [each for one in known if one["id"] == assignment_id for each in one["proposals"]]

    def _late_command(self) -> None:
        sent = self.do(self.fire, "POST", f"{self.incident()}/assignments", unit_id=self.unit)
        path, before = f"/api/assignments/{sent['id']}/status", sent["status_since"]
        self.do(self.watching, "POST", path, status="ON_SCENE")
        self.do(self.watching, "POST", path, status="EN_ROUTE", at=before)
        self.do(self.watching, "PUT", f"/api/units/{self.medics}/service", service="LIMITED")

    def _beside(self) -> None:
        call = self.do(self.taker, "POST", "/api/calls", ani="0812")["id"]
        self.taker.ok("GET", f"/api/calls/{call}/caller")
        self.do(self.taker, "PUT", f"/api/calls/{call}/caller", name="Siti")
        password = self.city.account("rina", "supervisor")
        with httpx.Client(base_url=self.city.address, trust_env=False) as person:
            person.post("/api/session", json={"username": "rina", "password": password}).raise_for_status()
            person.delete("/api/session").raise_for_status()
        device = self.do(self.watching, "POST", "/api/devices", sender="owntracks", label="x", unit_id=self.unit)
        self.do(self.watching, "POST", f"/api/devices/{device['device']['id']}/revoke")
        at = crossing(2, 2)
        names = "/api/places/local-names"
        learnt = self.do(self.taker, "POST", f"{names}/learn", said="Gapura Macan Tidur", lon=at.lon, lat=at.lat)
        self.do(self.watching, "PUT", f"{names}/{learnt['id']}", state="APPROVED")
        self.do(self.watching, "PUT", f"{names}/{learnt['id']}", state="REJECTED")


@pytest.fixture(scope="module")
def told(shared_city: City) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], list[int]]:
    """Return the snapshot from before, all changes, the snapshots from in between, and the ids in the journal."""
    everything = Everything(shared_city)
    with Screen(everything.watching) as screen:
        before = screen.snapshot()
        first = int(before["id"].split(".")[0])
        everything.happen()
        written = shared_city.sql("SELECT id FROM journal WHERE id > %s AND 'administrator' = ANY(roles)", first)
        changes = screen.caught_up(max(number for (number,) in written))
    return before, changes, everything.truths, sorted(number for (number,) in written)


def agrees(
    before: dict[str, Any], changes: list[dict[str, Any]], truths: list[dict[str, Any]], left_out: int | None = None
) -> bool:
    """Say whether the changes, but for the one left out, lead from the old snapshot to each of the new ones."""
    known, rest = Situation(before), iter(changes)
    upcoming = next(rest, None)
    for truth in truths:
        while upcoming is not None and upcoming["id"] <= _id(truth):
            if upcoming["id"] != left_out:
                known.apply(upcoming)
            upcoming = next(rest, None)
        # Up to the one that is left out all was compared without it being left out.
        if (left_out is None or left_out <= _id(truth)) and known.comparable() != comparable(truth):
            return False
    return True


def _id(snapshot: dict[str, Any]) -> int:
    return int(snapshot["id"].split(".")[0])


def test_the_old_snapshot_and_the_events_are_the_new_one(told: Any) -> None:
    before, changes, truths, written = told
    assert [one["id"] for one in changes] == written
    assert agrees(before, changes, truths)
    assert truths[-1]["incidents"], "something is left to compare"


def test_every_kind_that_the_code_can_write_was_told(told: Any) -> None:
    assert {one["kind"] for one in told[1]} == kinds.from_the_code() - NEVER


@pytest.mark.parametrize("kind", sorted(kinds.from_the_code() - NEVER - REPEATED))
def test_one_event_of_a_kind_left_out_is_seen(told: Any, kind: str) -> None:
    before, changes, truths, written = told
    of_it = [one for one in changes if one["kind"] == kind]
    if of_it[0]["object"] in BESIDE:
        rest = [one["id"] for one in changes if one is not of_it[0]]
        assert rest != written
        assert agrees(before, [one for one in changes if one not in of_it], truths), "a snapshot holds it after all"
    else:
        assert any(not agrees(before, changes, truths, left_out=one["id"]) for one in reversed(of_it))


def test_positions_lead_to_the_new_snapshot_and_one_left_out_is_seen(shared_city: City) -> None:
    watching = shared_city.desk("administrator")
    units = {f"AMB-{number}": shared_city.unit(f"AMB-{number}", crossing(0, 0), "PSC119") for number in range(2, 6)}
    crews = {sign: shared_city.desk("crew", unit=sign) for sign in units}
    with Screen(watching) as screen:
        before = screen.snapshot()
        for step in range(1, 6):
            for crew in crews.values():
                shared_city.ping(crew, crossing(0, step / 100))
        after = Places(watching.ok("GET", "/api/situation")).of

        def shown(left_out: int | None = None) -> dict[int, Any]:
            places = Places(before)
            for number, event in enumerate(list(screen.events)):
                if number != left_out:
                    places.apply(event)
            return places.of

        screen.until(lambda _: shown() == after)
        assert shown() == after
        batches = [number for number, event in enumerate(screen.events) if event.name == "positions"]
        assert any(shown(left_out=number) != after for number in batches)
        assert Places(before).of != after
