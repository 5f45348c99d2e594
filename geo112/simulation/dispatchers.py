"""Dispatchers who behave like people: they receive, verify, send the best units, follow them, and close with a report.

    ESCALATED ─ 5–15 s ─► RECEIVED ─► VERIFIED ─ recommendations ─► as many of the first as are needed ─► assigned
                                                      ▲ declined, or none free: again                        │
                                                      └───────────────────────────────────────────────◄──────┤
                                                                         report, close ◄── RESOLVED ◄────────┘

A human at the same desk may be faster: each step is taken only where the screen says that it is still to be done.
"""

import asyncio
import random
import uuid
from collections.abc import Collection

from geo112.dispatching.assignment import AT_WORK, CALLED_OFF, Status
from geo112.simulation.centre_clock import CentreClock
from geo112.simulation.line import Json, Line, alone
from geo112.simulation.screen import Screen

HANDS = 3  # incidents that a desk works on at the same moment
LOOKS_AGAIN_S = 30.0  # seconds of the centre's clock, while units are missing
CANDIDATES = 8
REPORTS = {
    "fire": "Api padam, pendinginan selesai, lokasi diserahkan kepada ketua RT.",
    "medical": "Pasien ditangani di tempat, kondisi stabil.",
    "traffic_accident": "Korban ditangani, kendaraan dipinggirkan, arus lalu lintas normal.",
    "security": "Situasi kondusif, pihak terkait dimintai keterangan.",
    "flood": "Warga terdampak dibantu, genangan dipantau.",
    "landslide": "Material dibersihkan, jalan dapat dilalui.",
    "fallen_tree": "Pohon dipotong, jalan dapat dilalui.",
    "other": "Laporan ditindaklanjuti di lokasi, situasi aman.",
}


class Dispatchers:
    """The dispatchers of one OPD, at one token.

    Args:
        capabilities: what the OPD's units can do; other needs are other OPD's to meet.
    """

    def __init__(
        self,
        opd_id: int,
        capabilities: Collection[str],
        line: Line,
        screen: Screen,
        clock: CentreClock,
        rng: random.Random,
    ) -> None:
        self._opd_id = opd_id
        self._capabilities = frozenset(capabilities)
        self._line = line
        self._screen = screen
        self._clock = clock
        self._rng = rng
        self._free = asyncio.Semaphore(HANDS)
        self._taken: set[int] = set()

    async def run(self) -> None:
        """Work on incidents until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for incident_id in list(self._screen.incidents):
                    if incident_id not in self._taken and self._track(incident_id) is not None:
                        self._taken.add(incident_id)
                        rng = random.Random(self._rng.random())
                        tasks.create_task(alone(self._line.name, self._work(incident_id, rng)))
                await self._screen.change(10.0)

    async def _work(self, incident_id: int, rng: random.Random) -> None:
        try:
            async with self._free:
                is_short = await self._take_up(incident_id, rng)
            called_off, asked_at = 0, self._clock.now()
            while (incident := self._open(incident_id)) is not None:
                mine = [one for one in self._screen.assignments_of(incident_id) if one["opd_id"] == self._opd_id]
                at_work = any(Status(one["status"]) in AT_WORK for one in mine)
                off = sum(Status(one["status"]) in CALLED_OFF for one in mine)
                waited_s = (self._clock.now() - asked_at).total_seconds()
                if self._track(incident_id) == "RESOLVED" or (incident["state"] == "RESOLVED" and not at_work):
                    await self._close(incident_id, incident, rng)
                elif off > called_off or (is_short and waited_s >= LOOKS_AGAIN_S):
                    async with self._free:
                        await self._clock.sleep(rng.uniform(3.0, 8.0))
                        is_short = await self._send_units(incident_id, rng)
                    called_off, asked_at = off, self._clock.now()
                await self._screen.change(LOOKS_AGAIN_S)
        finally:
            self._taken.discard(incident_id)

    async def _take_up(self, incident_id: int, rng: random.Random) -> bool:
        """Receive, verify, send; say whether units are still missing."""
        await self._clock.sleep(rng.uniform(5.0, 15.0))
        if self._track(incident_id) == "ESCALATED":
            await self._move(incident_id, "RECEIVED")
            await self._clock.sleep(rng.uniform(3.0, 8.0))
        if self._track(incident_id) in ("ESCALATED", "RECEIVED"):
            await self._move(incident_id, "VERIFIED")
            await self._clock.sleep(rng.uniform(2.0, 6.0))
        return self._open(incident_id) is not None and await self._send_units(incident_id, rng)

    async def _send_units(self, incident_id: int, rng: random.Random) -> bool:
        """Send the first of the ranked units, as many as each need still lacks; say whether some are still missing."""
        found = await self._line.get(f"/api/incidents/{incident_id}/recommendations", limit=CANDIDATES)
        if found is None:
            return True
        missing = {
            need["capability"]: need["count"] - need["assigned"]
            for need in found["needs"]
            if need["capability"] in self._capabilities
        }
        declined = {
            one["unit_id"] for one in self._screen.assignments_of(incident_id) if Status(one["status"]) in CALLED_OFF
        }
        for ranked in found["units"]:
            if ranked["unit"]["id"] in declined:
                continue
            wanted = [one for one in ranked["capabilities"] if missing.get(one, 0) > 0]
            if not wanted or not ranked["may_assign"]:
                continue
            sent = await self._line.post(
                f"/api/incidents/{incident_id}/assignments",
                {"client_id": str(uuid.uuid4()), "unit_id": ranked["unit"]["id"]},
            )
            if sent.is_ok:
                missing |= {one: missing[one] - 1 for one in wanted}
                await self._clock.sleep(rng.uniform(1.0, 3.0))
        return any(count > 0 for count in missing.values())

    async def _move(self, incident_id: int, state: str) -> None:
        await self._line.post(f"/api/incidents/{incident_id}/track", {"state": state})

    async def _close(self, incident_id: int, incident: Json, rng: random.Random) -> None:
        async with self._free:
            await self._clock.sleep(rng.uniform(8.0, 20.0))
            if self._open(incident_id) is not None:
                report = {"summary": REPORTS.get(incident["type"], REPORTS["other"])}
                await self._line.post(f"/api/incidents/{incident_id}/close", {"report": report})

    def _open(self, incident_id: int) -> Json | None:
        """Return the incident as long as there is something left for us to do."""
        is_over = self._track(incident_id) in (None, "CLOSED", "REJECTED")
        return None if is_over else self._screen.incidents.get(incident_id)

    def _track(self, incident_id: int) -> str | None:
        """Return how far our OPD is with an incident; None where it is not with us, or has ended."""
        incident = self._screen.incidents.get(incident_id)
        tracks = incident["opds"] if incident else []
        return next((str(track["state"]) for track in tracks if track["opd_id"] == self._opd_id), None)
