"""What happens to an incident: opened, its TKP confirmed, escalated, received, closed.

Each change is decided by `lifecycle`, written, stamped and told to the journal in the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from geo112 import journal
from geo112.access.roles import Role, Signed
from geo112.calls import service as calls
from geo112.calls import store as call_store
from geo112.calls.store import Call
from geo112.coordinates import LonLat
from geo112.database import one_at_a_time, row
from geo112.errors import ConflictError, DomainError, NotFoundError
from geo112.incidents import store
from geo112.incidents.lifecycle import ENDED, WORKING, IncidentState, advance, advance_by_hand, combined
from geo112.incidents.response_plan import incident_type, needs
from geo112.incidents.store import Incident
from geo112.settings import settings


async def open_incident(
    session: AsyncSession,
    who: Signed,
    now: datetime,
    *,
    client_id: UUID | None,
    call_id: int | None,
    type_code: str,
    priority: int | None,
    words: str | None,
    landmark: str | None,
) -> Incident:
    """Open an incident as a draft, and tie the call it came from to it. The same `client_id` gives the same one."""
    if client_id is not None:
        await one_at_a_time(session, client_id)
        known = await row(session, store.BY_CLIENT_ID, client_id=client_id)
        if known is not None:
            return await store.incident(session, known.id)
    kind = incident_type(type_code)
    caller_id = None
    former = None
    if call_id is not None:
        former = await _lock_incident_of(session, call_id)
        caller_id = (await call_store.call(session, call_id, lock=True)).caller_id
    elif words or landmark:
        caller = await row(session, call_store.INSERT_CALLER, number=None)
        caller_id = caller.id if caller else None
    # Before the first journal entry: the journal's lock is the last one that a transaction takes.
    number = await store.next_number(session, now.astimezone(settings().time_zone))
    if caller_id is not None and (words or landmark):
        await calls.describe_caller(session, who, caller_id, now, words=words, landmark=landmark)
    incident_id = await store.insert(
        session,
        number=number,
        client_id=client_id,
        type=kind.code,
        priority=priority or kind.default_priority,
        now=now,
        created_by=who.account_id,
        caller_id=caller_id,
    )
    await store.stamp(session, incident_id, IncidentState.DRAFT, now, who.actor)
    if call_id is not None:
        await calls.link(session, who, call_id, incident_id, now)
    if former is not None:
        await tell(session, former, "incident.call_left", who.actor, now)
    return await tell(session, incident_id, "incident.drafted", who.actor, now)


async def join(session: AsyncSession, who: Signed, call_id: int, incident_id: int, now: datetime) -> Call:
    """Join a call to an incident that is known already; one it was joined to before loses it."""
    former = await _lock_incident_of(session, call_id)
    await store.incident(session, incident_id, lock=True)
    call = await calls.link(session, who, call_id, incident_id, now)
    await tell(session, incident_id, "incident.call_joined", who.actor, now)
    if former is not None and former != incident_id:
        await tell(session, former, "incident.call_left", who.actor, now)
    return call


async def confirm_tkp(
    session: AsyncSession,
    who: Signed,
    incident_id: int,
    point: LonLat,
    now: datetime,
    *,
    uncertainty_m: float | None,
    label: str | None,
    method: str,
    escalate: bool,
) -> Incident:
    """Confirm where it happened, and (unless told otherwise) escalate to the OPD that the response plan asks for."""
    incident = await store.incident(session, incident_id, lock=True)
    if incident.state in ENDED:
        raise ConflictError("incident_ended", "Insiden ini sudah berakhir.", "This incident has ended.")
    areas = await store.areas_at(session, point)
    await session.execute(
        store.PUT_TKP,
        {
            "incident_id": incident_id,
            "lon": point.lon,
            "lat": point.lat,
            "uncertainty_m": uncertainty_m,
            "label": label or (areas[0] if areas else f"{point.lat:.5f}, {point.lon:.5f}"),
            "method": method,
            "areas": areas,
        },
    )
    if incident.state is IncidentState.DRAFT:
        await enter(session, incident, IncidentState.OPEN, who.actor, now)
    confirmed = await tell(session, incident_id, "incident.tkp_confirmed", who.actor, now)
    if not escalate or incident.opds:
        return confirmed
    wanted = [need.capability for need in needs(incident.type, incident.priority)]
    opd_ids = await store.opds_with(session, wanted)
    return await escalate_to(session, who, incident_id, opd_ids, now) if opd_ids else confirmed


async def escalate_to(
    session: AsyncSession, who: Signed, incident_id: int, opd_ids: Iterable[int], now: datetime
) -> Incident:
    """Give the incident to more OPD; those that have it already keep how far they are."""
    incident = await store.incident(session, incident_id, lock=True)
    if incident.tkp is None:
        raise ConflictError(
            "tkp_missing", "Konfirmasi TKP dahulu sebelum eskalasi.", "Confirm the TKP before escalating."
        )
    if incident.state in ENDED:
        raise ConflictError("incident_ended", "Insiden ini sudah berakhir.", "This incident has ended.")
    wanted = set(opd_ids)
    if wanted - set(await store.known_opds(session, wanted)):
        raise NotFoundError("OPD", "OPD")
    for opd_id in sorted(wanted - {track.opd_id for track in incident.opds}):
        await set_track(session, incident_id, opd_id, IncidentState.ESCALATED, who.actor, now)
    if incident.state is IncidentState.OPEN:
        await enter(session, incident, IncidentState.ESCALATED, who.actor, now)
    return await tell(session, incident_id, "incident.escalated", who.actor, now)


async def move_track(
    session: AsyncSession,
    who: Signed,
    incident_id: int,
    opd_id: int,
    wanted: IncidentState,
    reason: str | None,
    now: datetime,
) -> Incident:
    """Receive, verify or reject an incident for one OPD."""
    incident = await store.incident(session, incident_id, lock=True)
    track = next((one for one in incident.opds if one.opd_id == opd_id), None)
    if track is None:
        raise ConflictError(
            "not_escalated", "Insiden ini tidak dieskalasi ke OPD itu.", "This incident is not with that OPD."
        )
    if wanted is IncidentState.REJECTED and not (reason or "").strip():
        raise DomainError("reason_missing", "Tulis alasan tidak ditindaklanjuti.", "Write why it is not followed up.")
    if incident.state in ENDED:
        raise ConflictError("incident_ended", "Insiden ini sudah berakhir.", "This incident has ended.")
    if track.state is wanted:
        return incident
    advance_by_hand(track.state, wanted)
    await set_track(session, incident_id, opd_id, wanted, who.actor, now, reason=reason)
    return await combine(session, incident_id, f"incident.{wanted.lower()}", who.actor, now)


async def derive_track(
    session: AsyncSession,
    incident: Incident,
    opd_id: int,
    wanted: IncidentState,
    kind: str,
    actor: str,
    now: datetime,
    *,
    is_news: bool = False,
) -> Incident:
    """Bring one OPD's track to what its assignments say.

    A track that was closed or rejected opens again when a unit is sent, and only then.

    Args:
        incident: as it is now; its row is locked by the caller.
        is_news: tell of the incident although its track stays as it is: a crew is new to it.
    """
    track = next((one for one in incident.opds if one.opd_id == opd_id), None)
    if track is None or (track.state is not wanted and (track.state not in ENDED or wanted in WORKING)):
        await set_track(session, incident.id, opd_id, wanted, actor, now, source="auto")
    elif not is_news:
        return incident
    return await combine(session, incident.id, kind, actor, now)


async def cancel(session: AsyncSession, who: Signed, incident_id: int, reason: str, now: datetime) -> Incident:
    """Cancel an incident that no unit is working on."""
    incident = await store.incident(session, incident_id, lock=True)
    if not reason.strip():
        raise DomainError("reason_missing", "Tulis alasan pembatalan.", "Write why it is cancelled.")
    if incident.state in WORKING:
        raise ConflictError(
            "units_at_work",
            "Masih ada unit bertugas; batalkan penugasannya dahulu.",
            "Units are still at work; cancel their assignments first.",
        )
    await enter(session, incident, IncidentState.CANCELLED, who.actor, now, reason=reason)
    return await tell(session, incident_id, "incident.cancelled", who.actor, now)


async def close(
    session: AsyncSession,
    who: Signed,
    incident_id: int,
    report: Mapping[str, Any],
    reason: str | None,
    now: datetime,
) -> Incident:
    """Close an incident with its report: a dispatcher for the own OPD, a supervisor for all.

    An OPD that was told but never took it up does not hold the incident open. Whether units are still at work is
    checked by the caller, who knows the assignments.

    Raises:
        DomainError: `report_missing`, `reason_missing`.
        ConflictError: `incident_ended`.
    """
    incident = await store.incident(session, incident_id, lock=True)
    if incident.state in ENDED:
        raise ConflictError("incident_ended", "Insiden ini sudah ditutup.", "This incident is closed already.")
    if not str(report.get("summary") or "").strip():
        raise DomainError(
            "report_missing", "Tulis laporan kejadian sebelum menutup.", "Write the report before closing."
        )
    everything = who.role is not Role.DISPATCHER
    if everything and incident.state is not IncidentState.RESOLVED and not (reason or "").strip():
        raise DomainError(
            "reason_missing",
            "Insiden belum SELESAI; tulis alasan penutupan paksa.",
            "The incident is not resolved; write why it is closed by force.",
        )
    await session.execute(store.SET_REPORT, {"incident_id": incident_id, "report": dict(report)})
    for track in incident.opds:
        theirs = track.opd_id == who.opd_id
        untouched = track.state is IncidentState.ESCALATED
        if track.state not in ENDED and (everything or theirs or untouched):
            await set_track(session, incident_id, track.opd_id, IncidentState.CLOSED, who.actor, now, reason=reason)
    if not incident.opds:
        await enter(session, incident, IncidentState.CLOSED, who.actor, now, reason=reason)
        return await tell(session, incident_id, "incident.closed", who.actor, now)
    return await combine(session, incident_id, "incident.closed", who.actor, now)


async def combine(session: AsyncSession, incident_id: int, kind: str, actor: str, now: datetime) -> Incident:
    """Let the incident as a whole follow its tracks."""
    incident = await store.incident(session, incident_id)
    state = combined([track.state for track in incident.opds])
    if state is not incident.state:
        await enter(session, incident, state, actor, now, source="auto")
    return await tell(session, incident_id, kind, actor, now)


async def set_track(
    session: AsyncSession,
    incident_id: int,
    opd_id: int,
    state: IncidentState,
    actor: str,
    now: datetime,
    *,
    source: str = "manual",
    reason: str | None = None,
) -> None:
    await store.set_track(session, incident_id, opd_id, state, now)
    await store.stamp(session, incident_id, state, now, actor, opd_id=opd_id, source=source, reason=reason)


async def enter(
    session: AsyncSession,
    incident: Incident,
    wanted: IncidentState,
    actor: str,
    now: datetime,
    *,
    source: str = "manual",
    reason: str | None = None,
) -> None:
    advance(incident.state, wanted)
    await store.set_state(session, incident.id, wanted, now)
    await store.stamp(session, incident.id, wanted, now, actor, source=source, reason=reason)


async def _lock_incident_of(session: AsyncSession, call_id: int) -> int | None:
    """Return the incident that a call is joined to, locked: its count of calls is about to change."""
    incident_id = (await call_store.call(session, call_id)).incident_id
    if incident_id is not None:
        await store.incident(session, incident_id, lock=True)
    return incident_id


async def tell(session: AsyncSession, incident_id: int, kind: str, actor: str, now: datetime) -> Incident:
    """Write the journal entry of a change, for the OPD and the crews that the incident concerns."""
    incident = await store.incident(session, incident_id)
    units = await store.assigned_units(session, incident_id)
    audience = journal.responders(
        [track.opd_id for track in incident.opds] + [opd_id for _, opd_id in units], [unit_id for unit_id, _ in units]
    )
    await journal.append(
        session,
        at=now,
        kind=kind,
        object="incident",
        object_id=incident_id,
        actor=actor,
        audience=audience,
        value=incident.model_dump(mode="json"),
    )
    return incident
