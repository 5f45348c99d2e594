// The buttons of the crew page: the next status of this kind of unit and its neighbours, four at a time.

import type { AssignmentStatus } from "./types.ts";

const SIMPLE: AssignmentStatus[] = ["ACCEPTED", "EN_ROUTE", "ON_SCENE", "RESOLVED", "CLEAR"];
const AMBULANCE: AssignmentStatus[] = [
  "ACCEPTED", "EN_ROUTE", "ON_SCENE", "AT_PATIENT", "TRANSPORTING", "AT_FACILITY", "RESOLVED", "CLEAR",
];

export type Step = {
  status: AssignmentStatus;
  number: number; // from 1, within the whole sequence
  place: "done" | "next" | "later";
  isSkip: boolean; // pressing it leaves steps out: allowed, but asked about first
  at: string | null; // when it was reached
};

export function stepsFor(opdKind: string): AssignmentStatus[] {
  return opdKind === "ambulance" ? AMBULANCE : SIMPLE;
}

/** Four steps around the next one. `present` is the status now, queued presses included; `times` when each was reached. */
export function fourSteps(
  opdKind: string,
  present: AssignmentStatus,
  times: { [status in AssignmentStatus]?: string },
): Step[] {
  const sequence = stepsFor(opdKind);
  const reached = reachedIndex(sequence, present);
  const start = Math.max(0, Math.min(reached, sequence.length - 4));
  return sequence.slice(start, start + 4).map((status, offset) => {
    const index = start + offset;
    const place = index <= reached ? "done" : index === reached + 1 ? "next" : "later";
    return { status, number: index + 1, place, isSkip: place === "later", at: times[status] ?? null };
  });
}

/** Index of the last step reached; -1 before the task is accepted. */
function reachedIndex(sequence: AssignmentStatus[], present: AssignmentStatus): number {
  if (present === "STAGED") return sequence.indexOf("EN_ROUTE");
  const index = sequence.indexOf(present);
  if (index >= 0) return index;
  // A status outside the unit's own sequence (a fire engine that carried a patient): it is past the scene.
  return ["AT_PATIENT", "TRANSPORTING", "AT_FACILITY"].includes(present) ? sequence.indexOf("ON_SCENE") : -1;
}
