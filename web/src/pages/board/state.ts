// What the dispatcher's desk knows and can do: the queue, the incident in front, the ranked units, and the commands.

import { computed, effect, signal, untracked } from "@preact/signals";
import { ask, Refusal } from "../../core/api.ts";
import { type QueueRow, queueOf } from "../../core/queue.ts";
import { assignmentsOf } from "../../core/situation.ts";
import type { Assignment, AssignmentStatus, Incident, IncidentDetail, LonLat, Proposal, RankedUnit, Recommendations } from "../../core/types.ts";
import { uuid } from "../../core/uuid.ts";
import { assignments, health, incidents, isTrusted, me, now, onChange, reference, showAnswer, situation } from "../../ui/desk.ts";
import { say, sayRefusal, unsay } from "../../ui/messages.tsx";
import { w } from "./words.ts";

export const opdId = computed(() => me.value?.opd?.id ?? null);
const second = computed(() => Math.floor(now.value / 1000));
export const queue = computed<QueueRow[]>(() =>
  queueOf({ incidents: incidents.value, assignments: assignments.value }, reference.value?.clocks ?? [], opdId.value, second.value * 1000));

export const selectedId = signal<number | null>(null);
export const detail = signal<IncidentDetail | null>(null);
export const ranking = signal<Recommendations | null>(null);
export const rankingProblem = signal<unknown>(null);
export const hoveredUnitId = signal<number | null>(null);
export const pickedUnitId = signal<number | null>(null); // clicked on the map
export const found = signal<{ at: LonLat; label: string } | null>(null); // a place that was looked for
export const isMapLocked = signal(false);
export const lastSent = signal<{ assignment: Assignment; until: number } | null>(null);
export const dialog = signal<"help" | "close" | "cancel" | "reject" | null>(null);

/** The incident in front: as the stream has it, else as it was last read (it may have been closed meanwhile). */
export const selected = computed<Incident | null>(() => {
  const wanted = selectedId.value;
  if (wanted === null) return null;
  return incidents.value.get(wanted) ?? (detail.value?.id === wanted ? detail.value : null);
});

/** Units that keys 1–9 send, in the order on screen. */
export const sendable = computed<RankedUnit[]>(() =>
  ranking.value?.incident_id === selectedId.value
    ? ranking.value!.units.filter((ranked) => ranked.may_assign && !situation.value.units.get(ranked.unit.id)?.assignment_id)
    : [],
);

export function select(incidentId: number | null): void {
  if (selectedId.value === incidentId) return;
  selectedId.value = incidentId;
  hoveredUnitId.value = null;
}

export function selectNeighbour(step: 1 | -1): void {
  const rows = queue.value;
  if (rows.length === 0) return;
  const present = rows.findIndex((row) => row.incident.id === selectedId.value);
  const next = present < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, present + step));
  select(rows[next]!.incident.id);
}

// Reading what lies behind the selected incident, again when it or one of its units changed.

let reading: { incidentId: number; abort: AbortController } | null = null;
let isStale = false; // something changed while an answer was on its way
let rankedAt = 0; // when the order on screen last changed, this machine's ms
let rereadTimer: ReturnType<typeof setTimeout> | undefined;
let rereadAt = Infinity;

/** Read the selected incident and its ranking. A read under way for the same incident is let finish: in a busy hour
 * something changes all the time, and a screen that starts anew with each change would never show any of them. */
export async function read(): Promise<void> {
  const wanted = selectedId.value;
  if (reading?.incidentId === wanted) {
    isStale = true;
    return;
  }
  reading?.abort.abort();
  reading = null;
  if (wanted === null) return;
  const abort = new AbortController();
  reading = { incidentId: wanted, abort };
  isStale = false;
  try {
    detail.value = await ask<IncidentDetail>("GET", `/api/incidents/${wanted}`, undefined, abort.signal);
    if (!detail.value.tkp || ["CLOSED", "CANCELLED", "MERGED", "HANDED_OVER"].includes(detail.value.state)) {
      ranking.value = null;
    } else {
      const path = `/api/incidents/${wanted}/recommendations?limit=20`;
      const fresh = await ask<Recommendations>("GET", path, undefined, abort.signal);
      const order = (list: Recommendations | null) => list?.units.slice(0, 9).map((ranked) => ranked.unit.id).join();
      if (ranking.value?.incident_id === wanted && order(fresh) !== order(ranking.value)) rankedAt = Date.now();
      ranking.value = fresh;
    }
    rankingProblem.value = null;
  } catch (error) {
    if (!abort.signal.aborted) rankingProblem.value = error;
  }
  if (reading?.abort === abort) {
    reading = null;
    if (isStale) readSoon();
  }
}

const SOON_MS = 250;
const LATER_MS = 1500; // units elsewhere change the ranking too, but nobody waits for it

function readSoon(delay_ms = SOON_MS): void {
  if (Date.now() + delay_ms >= rereadAt) return; // sooner or as soon already
  clearTimeout(rereadTimer);
  rereadAt = Date.now() + delay_ms;
  rereadTimer = setTimeout(() => {
    rereadAt = Infinity;
    void read();
  }, delay_ms);
}

export function startBoard(): void {
  effect(() => {
    if (selectedId.value !== null) untracked(() => void read());
  });
  effect(() => {
    // The first incident of the queue is in front until somebody chooses.
    if (selectedId.value === null && queue.value.length > 0) select(queue.value[0]!.incident.id);
  });
  onChange((change) => {
    const value = (change.value ?? {}) as { incident_id?: number; id?: number }; // a sign-in has none
    const isOurs = (change.object === "incident" ? value.id : value.incident_id) === selectedId.value;
    if (isOurs) readSoon();
    else if (change.object === "assignment" || change.object === "unit") readSoon(LATER_MS);
  });
  setInterval(() => {
    if (!document.hidden && isTrusted.value) void read();
  }, 10_000);
}

// Commands. While the stream is broken they are refused with words: an assignment that leaves minutes later,
// by itself, would send a unit to something nobody is looking at.

async function command<T>(send: () => Promise<T>): Promise<T | null> {
  if (!isTrusted.value && health.value !== "connecting") {
    say("bad", w("not_sent_disconnected"));
    return null;
  }
  try {
    return await send();
  } catch (error) {
    sayRefusal(error);
    if (error instanceof Refusal && error.status === 409) void read();
    return null;
  }
}

const UNDO_MS = 10_000;
const JUST_CHANGED_MS = 500;
let undoMessage: number | null = null;

/** Key 1–9: the n-th unit on screen, unless the order changed under the finger. */
export async function assignByKey(place: number): Promise<void> {
  const ranked = sendable.value[place - 1];
  if (!ranked) return;
  if (Date.now() - rankedAt < JUST_CHANGED_MS) {
    say("bad", w("order_just_changed"));
    return;
  }
  await assign(ranked.unit.id);
}

export async function assign(unitId: number, incidentId = selectedId.value): Promise<void> {
  if (incidentId === null) return;
  const path = `/api/incidents/${incidentId}/assignments`;
  const made = await command(() => ask<Assignment>("POST", path, { client_id: uuid(), unit_id: unitId }));
  if (!made) return;
  showAnswer("assignment", made);
  lastSent.value = { assignment: made, until: Date.now() + UNDO_MS };
  if (undoMessage !== null) unsay(undoMessage);
  const sentence = w("sent", { unit: made.call_sign, number: made.incident_number });
  undoMessage = say("good", sentence, { name: w("undo_key"), act: () => void undo() }, UNDO_MS);
  readSoon();
}

export async function undo(): Promise<void> {
  const last = lastSent.value;
  if (!last || Date.now() > last.until) {
    say("bad", w("nothing_to_undo"));
    return;
  }
  const path = `/api/assignments/${last.assignment.id}/status`;
  const undone = await command(() => ask<Assignment>("POST", path, { client_id: uuid(), status: "CANCELLED", reason: "undo" }));
  if (!undone) return;
  lastSent.value = null;
  if (undoMessage !== null) unsay(undoMessage);
  showAnswer("assignment", undone);
  say("good", w("undone", { unit: undone.call_sign }));
  readSoon();
}

/** A status that came over the radio. */
export async function reportByRadio(assignment: Assignment, status: AssignmentStatus, reason?: string): Promise<boolean> {
  const body = { client_id: uuid(), status, source: "radio", ...(reason ? { reason } : {}) };
  const after = await command(() => ask<Assignment>("POST", `/api/assignments/${assignment.id}/status`, body));
  if (!after) return false;
  showAnswer("assignment", after);
  readSoon();
  return true;
}

/** What the positions of the units in front speak for, oldest first; of this desk's own OPD. */
export const proposals = computed<{ assignment: Assignment; proposal: Proposal }[]>(() => {
  if (selectedId.value === null || me.value?.role === "call_taker") return [];
  return assignmentsOf(situation.value, selectedId.value)
    .filter((assignment) => opdId.value === null || opdId.value === assignment.opd_id)
    .flatMap((assignment) => assignment.proposals.map((proposal) => ({ assignment, proposal })))
    .sort((a, b) => a.proposal.at.localeCompare(b.proposal.at));
});

/** The tap on a proposal: the step is entered with the proposal's own time. */
export async function confirmProposal(found = proposals.value[0]): Promise<void> {
  if (!found) return;
  const { assignment, proposal } = found;
  const body = { client_id: uuid(), status: proposal.status, proposal_id: proposal.id };
  const after = await command(() => ask<Assignment>("POST", `/api/assignments/${assignment.id}/status`, body));
  if (!after) return;
  showAnswer("assignment", after);
  readSoon();
}

export async function dismissProposal(found = proposals.value[0]): Promise<void> {
  if (!found) return;
  const after = await command(() => ask<Assignment>("POST", `/api/proposals/${found.proposal.id}/dismiss`));
  if (after) showAnswer("assignment", after);
}

async function track(state: "RECEIVED" | "VERIFIED" | "REJECTED", reason?: string): Promise<boolean> {
  const incident = selected.value;
  if (!incident) return false;
  const from = state === "RECEIVED" ? ["ESCALATED"] : ["ESCALATED", "RECEIVED", "VERIFIED"];
  const opd = opdId.value ?? incident.opds.find((one) => from.includes(one.state))?.opd_id ?? incident.opds[0]?.opd_id;
  const body = { state, opd_id: opd, ...(reason ? { reason } : {}) };
  const after = await command(() => ask<Incident>("POST", `/api/incidents/${incident.id}/track`, body));
  if (after) showAnswer("incident", after);
  return after !== null;
}

/** Space: somebody at this desk has seen it. The incident in front if it waits for that, else the first that does. */
export function acknowledge(): void {
  const waiting = queue.value.filter((row) => row.isUnacknowledged);
  const row = waiting.find((one) => one.incident.id === selectedId.value) ?? waiting[0];
  if (!row) return;
  select(row.incident.id);
  void track("RECEIVED");
}

export const verify = () => void track("VERIFIED");
export const reject = (reason: string) => track("REJECTED", reason);

export async function cancelIncident(reason: string): Promise<boolean> {
  const id = selectedId.value;
  const after = await command(() => ask<Incident>("POST", `/api/incidents/${id}/cancel`, { reason }));
  if (after) showAnswer("incident", after);
  if (after) void read();
  return after !== null;
}

export type Closing = { report: { summary: string; victims?: number; actions?: string }; reason?: string };

export async function closeIncident(closing: Closing): Promise<boolean> {
  const id = selectedId.value;
  const after = await command(() => ask<Incident>("POST", `/api/incidents/${id}/close`, closing));
  if (!after) return false;
  showAnswer("incident", after);
  say("good", w("closed", { number: after.number }));
  void read();
  return true;
}
