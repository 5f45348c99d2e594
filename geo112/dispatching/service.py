"""Sending units and following them: recommend, assign, move on, close.

Locks are taken in one order everywhere: the incident first, then the unit.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.access.roles import Role, Signed
from geo112.city import store as city_store
from geo112.city.network import current_network
from geo112.coordinates import LonLat
from geo112.database import one_at_a_time, row, violated
from geo112.dispatching import proposal_store, proposals, recommend, store, travel
from geo112.dispatching.assignment import (
    AT_WORK,
    FOR_CREW,
    HOLDS_UNIT,
    NEXT,
    Status,
    advance,
    is_stale,
    track_state,
)
from geo112.dispatching.recommend import Ranked
from geo112.dispatching.store import Assignment
from geo112.dispatching.telling import tell, tell_alone
from geo112.dispatching.whereabouts import Whereabouts
from geo112.dispatching.whereabouts import whereabouts as where_it_may_be
from geo112.errors import ConflictError, ForbiddenError
from geo112.incidents import service as incidents
from geo112.incidents import store as incident_store
from geo112.incidents.lifecycle import ENDED
from geo112.incidents.store import Incident
from geo112.settings import settings
from geo112.units import store as unit_store
from geo112.units.unit import Unit
from routing.metric import Conditions
from routing.network import NetworkFileError, RoadNetwork
from routing.path import Path

log = logging.getLogger("geo112.dispatching")


async def network(session: AsyncSession) -> RoadNetwork | None:
    """Return the roads in force; None where no city is imported yet or its files are gone."""
    import_id = await city_store.import_id(session)
    if import_id is None:
        return None
    try:
        return await asyncio.to_thread(current_network, import_id, settings().data_dir)
    except NetworkFileError as error:
        log.error("The road network cannot be read, arrival times are straight-line guesses: %s", error)
        return None


def place_of(unit: Unit) -> LonLat:
    """Return where a unit is taken to be: its newest position, else its post."""
    where = unit.position or unit.post
    return LonLat(where.lon, where.lat)


def scene_of(incident: Incident) -> LonLat:
    if incident.tkp is None:
        raise ConflictError("tkp_missing", "Konfirmasi TKP dahulu.", "Confirm the TKP first.")
    return LonLat(incident.tkp.lon, incident.tkp.lat)


async def recommendations(session: AsyncSession, incident_id: int, now: datetime) -> tuple[Incident, list[Ranked]]:
    """Rank every free unit with a needed capability by its road time to the TKP."""
    incident = await incident_store.incident(session, incident_id)
    tkp = scene_of(incident)
    needed = [need.capability for need in incident.needs]
    units = await unit_store.capable(session, needed)
    places = [(unit.profile, place_of(unit)) for unit in units]
    times = await asyncio.to_thread(travel.seconds_to, await network(session), tkp, places, _conditions(now))
    return incident, recommend.rank(units, times, needed, now, await store.standing_at_post(session))


async def whereabouts(session: AsyncSession, unit: Unit, now: datetime) -> Whereabouts:
    """Return where a unit may be by now; without a position, since its post says nothing of when, at its post."""
    where = unit.position
    age_s = 0.0 if where is None else (now - where.fixed_at).total_seconds()
    accuracy_m = None if where is None else where.accuracy_m
    place, roads = place_of(unit), await network(session)
    return await asyncio.to_thread(where_it_may_be, roads, unit.profile, place, age_s, accuracy_m, _conditions(now))


async def route(session: AsyncSession, incident: Incident, unit: Unit, now: datetime) -> Path | None:
    """Return the way that a unit would take to an incident from where it is now."""
    return await asyncio.to_thread(
        travel.route, await network(session), scene_of(incident), unit.profile, place_of(unit), _conditions(now)
    )


def _conditions(now: datetime) -> Conditions:
    return travel.conditions_at(now, settings().time_zone)


async def assign(
    session: AsyncSession, who: Signed, incident_id: int, unit_id: int, client_id: UUID | None, now: datetime
) -> Assignment:
    """Send a unit to an incident.

    Raises:
        ConflictError: `unit_already_assigned` (by whom, for what), `incident_ended`, `unit_not_in_service`.
    """
    if client_id is not None:
        await one_at_a_time(session, client_id)
        known = await row(session, store.BY_CLIENT_ID, client_id=client_id)
        if known is not None:
            return await store.assignment(session, known.id)
    incident = await incident_store.incident(session, incident_id, lock=True)
    if incident.state in ENDED:
        raise ConflictError("incident_ended", "Insiden ini sudah berakhir.", "This incident has ended.")
    unit = await unit_store.unit(session, unit_id)
    who.check_opd(unit.opd_id)
    if unit.service in ("OUT_OF_SERVICE", "OFF_DUTY"):
        raise ConflictError(
            "unit_not_in_service",
            f"{unit.call_sign} sedang tidak dinas.",
            f"{unit.call_sign} is not in service.",
        )
    roads = await network(session)
    to_send = [(unit.profile, place_of(unit))]
    times = await asyncio.to_thread(travel.seconds_to, roads, scene_of(incident), to_send, _conditions(now))
    try:
        async with session.begin_nested():
            made = await row(
                session,
                store.INSERT,
                client_id=client_id,
                incident_id=incident_id,
                unit_id=unit_id,
                now=now,
                actor=who.actor,
                eta_s=times[0].eta_s,
                eta_source=times[0].source,
            )
    except IntegrityError as error:
        if violated(error) != "unit_already_assigned":
            raise
        raise await _who_was_faster(session, unit) from error
    assert made is not None
    await store.stamp(session, made.id, Status.SENT, now, now, who.actor)
    overtaken = await proposal_store.withdraw_of_unit(session, unit_id, who.actor, now)
    for earlier_id in overtaken:
        await tell_alone(session, earlier_id, "assignment.proposal", who.actor, now)
    await tell(session, made.id, "assignment.sent", who.actor, now)
    await _follow(session, incident_id, unit.opd_id, "incident.dispatched", who.actor, now, is_news=True)
    if unit.opd_id not in {track.opd_id for track in incident.opds}:
        await _show_assignments(session, incident_id, who.actor, now)
    return await store.assignment(session, made.id)


async def escalate(
    session: AsyncSession, who: Signed, incident_id: int, opd_ids: Iterable[int], now: datetime
) -> Incident:
    """Give the incident to more OPD, and show them the units that were sent already."""
    incident = await incidents.escalate_to(session, who, incident_id, opd_ids, now)
    await _show_assignments(session, incident_id, who.actor, now)
    return incident


async def set_status(
    session: AsyncSession,
    who: Signed,
    assignment_id: int,
    wanted: Status,
    now: datetime,
    *,
    client_id: UUID | None,
    at: datetime | None,
    reason: str | None,
    source: str,
    place: LonLat | None,
    proposal_id: int | None = None,
) -> Assignment:
    """Move an assignment on. The same `client_id` again changes nothing; a command that came too late is recorded.

    Args:
        proposal_id: the proposal that is confirmed by it; time, place and source are then those of the proposal.
    Raises:
        ConflictError: `assignment_status`, the present status does not allow it; `proposal_gone`.
        ForbiddenError: a crew for another unit, a dispatcher for another OPD, a status not the role's to set.
    """
    found = await row(session, store.INCIDENT_OF, assignment_id=assignment_id)
    if found is not None:
        await incident_store.lock(session, found.incident_id)
    present = await store.assignment(session, assignment_id)
    who.check_unit(present.unit_id)
    who.check_opd(present.opd_id)
    if who.role is Role.CREW and wanted not in FOR_CREW:
        raise ForbiddenError
    if client_id is not None and await row(session, store.STAMPED, assignment_id=assignment_id, client_id=client_id):
        return present
    if proposal_id is not None:
        proposal = await proposals.confirmed(session, proposal_id, present, wanted, who.actor, now)
        at, source = proposal.at, "auto"
        place = LonLat(proposal.evidence["lon"], proposal.evidence["lat"])
    happened = min(at or now, now)
    is_applied = not is_stale(present.status, present.status_since, wanted, happened)
    if is_applied:
        advance(present.status, wanted)
    if is_applied and proposal_id is not None:
        happened = max(happened, present.status_since)  # the step before was entered late, by hand: order stays order
    await store.stamp(
        session,
        assignment_id,
        wanted,
        happened,
        now,
        who.actor,
        client_id=client_id,
        source=source,
        reason=reason,
        is_applied=is_applied,
        lon=place.lon if place else None,
        lat=place.lat if place else None,
    )
    if not is_applied:
        return await tell(session, assignment_id, "assignment.late_command", who.actor, now)
    return await _enter(session, present, wanted, happened, who.actor, now)


async def close(
    session: AsyncSession, who: Signed, incident_id: int, report: Mapping[str, Any], reason: str | None, now: datetime
) -> Incident:
    """Close an incident: its units must have finished, or a supervisor says why not; they are free from then on."""
    await incident_store.incident(session, incident_id, lock=True)
    theirs = [
        one
        for one in await store.assignments_of(session, incident_id)
        if who.role is not Role.DISPATCHER or one.opd_id == who.opd_id
    ]
    at_work = [one for one in theirs if one.status in AT_WORK]
    if at_work and not (who.role in (Role.SUPERVISOR, Role.ADMINISTRATOR) and (reason or "").strip()):
        names = ", ".join(one.call_sign for one in at_work)
        raise ConflictError(
            "units_at_work",
            f"Masih bertugas: {names}. Tunggu sampai selesai, atau supervisor menutup paksa dengan alasan.",
            f"Still at work: {names}. Wait until they have finished, or a supervisor closes by force with a reason.",
        )
    closed = await incidents.close(session, who, incident_id, report, reason, now)
    for one in theirs:
        if one.holds_unit:
            await store.stamp(session, one.id, Status.CLEAR, now, now, who.actor, source="auto", reason=reason)
            await _enter(session, one, Status.CLEAR, now, who.actor, now, follow=False)
    return closed


async def _enter(
    session: AsyncSession,
    present: Assignment,
    wanted: Status,
    at: datetime,
    actor: str,
    now: datetime,
    *,
    follow: bool = True,
) -> Assignment:
    await session.execute(
        store.SET_STATUS,
        {"assignment_id": present.id, "status": wanted, "at": at, "holds_unit": wanted in HOLDS_UNIT},
    )
    await proposal_store.withdraw(session, present.id, NEXT[wanted], actor, now)
    kind = f"assignment.{wanted.lower()}"
    changed = await tell(session, present.id, kind, actor, now)
    if follow:
        await _follow(session, present.incident_id, present.opd_id, f"incident.unit_{wanted.lower()}", actor, now)
    return changed


async def _follow(
    session: AsyncSession,
    incident_id: int,
    opd_id: int,
    kind: str,
    actor: str,
    now: datetime,
    *,
    is_news: bool = False,
) -> None:
    """Let the incident follow what its assignments say."""
    incident = await incident_store.incident(session, incident_id)
    if incident.state in ENDED:
        return
    statuses = [one.status for one in await store.assignments_of(session, incident_id) if one.opd_id == opd_id]
    present = next((track.state for track in incident.opds if track.opd_id == opd_id), None)
    state = track_state(present, statuses)
    await incidents.derive_track(session, incident, opd_id, state, kind, actor, now, is_news=is_news)


async def _show_assignments(session: AsyncSession, incident_id: int, actor: str, now: datetime) -> None:
    """Tell of every assignment of an incident again: an OPD that is new to it has heard of none."""
    for one in await store.assignments_of(session, incident_id):
        await tell(session, one.id, "assignment.shown", actor, now)


async def _who_was_faster(session: AsyncSession, unit: Unit) -> ConflictError:
    faster = await store.holding(session, unit.id)
    if faster is None:
        return ConflictError(
            "unit_already_assigned",
            f"{unit.call_sign} baru saja ditugaskan; coba lagi.",
            f"{unit.call_sign} has just been assigned; try again.",
        )
    return ConflictError(
        "unit_already_assigned",
        f"{unit.call_sign} sudah ditugaskan {faster.sent_by_name} ke {faster.incident_number}.",
        f"{faster.sent_by_name} has already assigned {unit.call_sign} to {faster.incident_number}.",
    )
