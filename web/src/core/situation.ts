// The situation: what is going on now, as one value that is replaced on every message of the live stream.
// A change carries the whole object, so nothing is computed here: old snapshot + changes = new snapshot.

import type { Assignment, Call, Change, Eta, Incident, Positions, Snapshot, Unit } from "./types.ts";

export type Situation = {
  readonly isKnown: boolean; // false until the first snapshot
  readonly id: number; // of the newest change contained
  readonly calls: ReadonlyMap<number, Call>;
  readonly incidents: ReadonlyMap<number, Incident>;
  readonly assignments: ReadonlyMap<number, Assignment>;
  readonly units: ReadonlyMap<number, Unit>;
  readonly etas: ReadonlyMap<number, Eta>; // by assignment
};

export const NOTHING_KNOWN: Situation = {
  isKnown: false,
  id: 0,
  calls: new Map(),
  incidents: new Map(),
  assignments: new Map(),
  units: new Map(),
  etas: new Map(),
};

const byId = <T extends { id: number }>(rows: readonly T[]): Map<number, T> => new Map(rows.map((row) => [row.id, row]));

export function fromSnapshot(snapshot: Snapshot, before: Situation = NOTHING_KNOWN): Situation {
  return {
    isKnown: true,
    id: snapshot.id,
    calls: byId(snapshot.calls),
    incidents: byId(snapshot.incidents),
    assignments: byId(snapshot.assignments),
    units: byId(snapshot.units),
    etas: before.etas,
  };
}

const CALL_OVER = new Set(["CLOSED", "ABANDONED"]);
const INCIDENT_OVER = new Set(["CLOSED", "CANCELLED", "MERGED", "HANDED_OVER", "REJECTED"]);

/** The situation after a change. What is over leaves it, as it would be missing from a new snapshot. */
export function afterChange(before: Situation, change: Change): Situation {
  if (change.id <= before.id) return before; // resumed streams may repeat
  return { ...withObject(before, change.object, change.value), id: change.id };
}

/** The situation with one object replaced: for an answer to our own command, which comes before its change does. */
export function withObject(before: Situation, kind: Change["object"], value: unknown): Situation {
  if (!value || typeof value !== "object") return before;
  if (kind === "call") {
    const call = value as Call;
    return { ...before, calls: replaced(before.calls, call, !CALL_OVER.has(call.state)) };
  }
  if (kind === "incident") {
    const incident = value as Incident;
    const isOpen = !INCIDENT_OVER.has(incident.state);
    const assignments = isOpen
      ? before.assignments
      : without(before.assignments, (a) => a.incident_id === incident.id && !a.holds_unit);
    return { ...before, assignments, incidents: replaced(before.incidents, incident, isOpen) };
  }
  if (kind === "assignment") {
    const assignment = value as Assignment;
    const isKept = assignment.holds_unit || before.incidents.has(assignment.incident_id);
    return { ...before, assignments: replaced(before.assignments, assignment, isKept) };
  }
  if (kind === "unit") {
    return { ...before, units: replaced(before.units, withNewestPosition(value as Unit, before.units), true) };
  }
  return before;
}

/** The situation after a batch of positions. An older fix than the one on screen does not move a unit back. */
export function afterPositions(before: Situation, batch: Positions): Situation {
  const units = new Map(before.units);
  for (const { unit_id, ...position } of batch.positions) {
    const unit = units.get(unit_id);
    if (!unit || (unit.position && unit.position.fixed_at > position.fixed_at)) continue;
    units.set(unit_id, { ...unit, position });
  }
  const etas = new Map(before.etas);
  for (const eta of batch.etas ?? []) etas.set(eta.assignment_id, eta);
  return { ...before, units, etas };
}

function replaced<T extends { id: number }>(rows: ReadonlyMap<number, T>, row: T, isKept: boolean): ReadonlyMap<number, T> {
  const next = new Map(rows);
  if (isKept) next.set(row.id, row);
  else next.delete(row.id);
  return next;
}

function without<T>(rows: ReadonlyMap<number, T>, isGone: (row: T) => boolean): ReadonlyMap<number, T> {
  return new Map([...rows].filter(([, row]) => !isGone(row)));
}

/** A change of a unit may be older than the position already seen: positions travel beside the journal. */
function withNewestPosition(unit: Unit, units: ReadonlyMap<number, Unit>): Unit {
  const seen = units.get(unit.id)?.position;
  if (!seen || (unit.position && unit.position.fixed_at >= seen.fixed_at)) return unit;
  return { ...unit, position: seen };
}

/** Assignments of an incident, oldest first; those that ended without work (declined, cancelled) last. */
export function assignmentsOf(situation: Pick<Situation, "assignments">, incidentId: number): Assignment[] {
  const rows = [...situation.assignments.values()].filter((a) => a.incident_id === incidentId);
  return rows.sort((a, b) => Number(b.holds_unit) - Number(a.holds_unit) || a.sent_at.localeCompare(b.sent_at));
}
