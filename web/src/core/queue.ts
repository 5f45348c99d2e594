// The dispatcher's queue: which clock runs for an incident now, how far it is, and what comes first.

import { assignmentsOf, type Situation } from "./situation.ts";
import type { Assignment, Incident, Target } from "./types.ts";

/** What a desk sees of an incident: unassigned → assigned → rolling → on scene → done. */
export type Phase = "new" | "assigned" | "en_route" | "on_scene" | "done";

export type Running = {
  readonly phase: Phase;
  readonly elapsedS: number; // since the clock of this phase started
  readonly targetS: number | null; // null: nothing is demanded of this phase
  readonly used: number; // elapsed ÷ target, 0 where there is no target
};

export type QueueRow = {
  readonly incident: Incident;
  readonly running: Running;
  readonly units: readonly Assignment[]; // that are held by it
  readonly isUnacknowledged: boolean;
};

const ROLLING = new Set(["EN_ROUTE", "STAGED"]);
const THERE = new Set(["ON_SCENE", "AT_PATIENT", "TRANSPORTING", "AT_FACILITY", "RESOLVED"]);
const WAITING = new Set(["DRAFT", "OPEN", "ESCALATED", "RECEIVED", "VERIFIED", "REOPENED", "DISPATCHED", "EN_ROUTE"]);

/** The phase for one OPD's desk, or for the whole centre where `opdId` is null.
 * An incident whose units all declined or were called back is new again, whatever it was before. */
export function phaseOf(incident: Incident, held: readonly Assignment[], opdId: number | null): Phase {
  const track = opdId === null ? null : incident.opds.find((opd) => opd.opd_id === opdId);
  const state = track?.state ?? incident.state;
  if (incident.state === "RESOLVED" || state === "RESOLVED" || state === "CLOSED" || state === "REJECTED") return "done";
  const mine = opdId === null || !track ? held : held.filter((assignment) => assignment.opd_id === opdId);
  if (mine.some((a) => THERE.has(a.status))) return "on_scene";
  if (mine.some((a) => ROLLING.has(a.status))) return "en_route";
  if (mine.length > 0) return "assigned";
  return WAITING.has(state) ? "new" : "on_scene";
}

const CLOCK_OF: Record<Phase, string | null> = {
  new: "dispatch", assigned: "turnout", en_route: "travel", on_scene: null, done: null,
};

function startOf(incident: Incident, phase: Phase): string {
  const t = incident.times;
  const began = t.escalated_at ?? t.opened_at ?? incident.created_at;
  if (phase === "assigned") return t.dispatched_at ?? began;
  if (phase === "en_route") return t.en_route_at ?? t.dispatched_at ?? began;
  if (phase === "on_scene") return t.on_scene_at ?? began;
  if (phase === "done") return t.resolved_at ?? incident.state_since;
  return began;
}

export function targetOf(targets: readonly Target[], code: string | null, priority: number): number | null {
  if (code === null) return null;
  const exact = targets.find((target) => target.code === code && target.priority === priority);
  return (exact ?? targets.find((target) => target.code === code && target.priority === null))?.target_s ?? null;
}

/** The clock that runs now; `now` is centre time in ms. */
export function runningClock(incident: Incident, phase: Phase, targets: readonly Target[], now: number): Running {
  const elapsedS = Math.max(0, (now - Date.parse(startOf(incident, phase))) / 1000);
  const targetS = targetOf(targets, CLOCK_OF[phase], incident.priority);
  return { phase, elapsedS, targetS, used: targetS ? elapsedS / targetS : 0 };
}

export type Urgency = "normal" | "near" | "late";

/** Below 70 % of the target normal, to 100 % near, beyond late. */
export function urgency(running: Running): Urgency {
  return running.used > 1 ? "late" : running.used >= 0.7 ? "near" : "normal";
}

const ORDER: Record<Phase, number> = { new: 0, assigned: 1, en_route: 1, on_scene: 1, done: 2 };

/** Unassigned before assigned, then priority, then the least time left, then the oldest. Drafts are not the desk's. */
export function queueOf(situation: Pick<Situation, "incidents" | "assignments">, targets: readonly Target[], opdId: number | null, now: number): QueueRow[] {
  const rows: QueueRow[] = [];
  for (const incident of situation.incidents.values()) {
    if (incident.state === "DRAFT" || incident.state === "REJECTED") continue;
    const held = assignmentsOf(situation, incident.id).filter((assignment) => assignment.holds_unit);
    const running = runningClock(incident, phaseOf(incident, held, opdId), targets, now);
    rows.push({ incident, running, units: held, isUnacknowledged: isUnacknowledged(incident, opdId) });
  }
  const left = (row: QueueRow) => (row.running.targetS ?? Infinity) - row.running.elapsedS;
  return rows.sort(
    (a, b) =>
      ORDER[a.running.phase] - ORDER[b.running.phase] ||
      a.incident.priority - b.incident.priority ||
      compare(left(a), left(b)) ||
      a.incident.id - b.incident.id,
  );
}

const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);

/** Nobody at this OPD's desk has said yet that they saw it. What others have resolved meanwhile does not flash. */
export function isUnacknowledged(incident: Incident, opdId: number | null): boolean {
  if (incident.state === "RESOLVED") return false;
  const track = incident.opds.find((opd) => opd.opd_id === opdId);
  return (track?.state ?? incident.state) === "ESCALATED";
}
