// What a unit is doing, as its colour on the map: from its assignment where it has one, else from its availability.

import type { Assignment, Unit } from "./types.ts";

export type UnitStatus = "available" | "enroute" | "onscene" | "transporting" | "off";

/** A position older than this (centre seconds) is drawn as old: dashed, without fill. */
export const STALE_AFTER_S = 60;

const OF_STATUS: Record<string, UnitStatus> = {
  SENT: "enroute", DELIVERED: "enroute", ACCEPTED: "enroute", EN_ROUTE: "enroute", STAGED: "enroute",
  ON_SCENE: "onscene", AT_PATIENT: "onscene", RESOLVED: "onscene", TRANSPORTING: "transporting", AT_FACILITY: "transporting",
};
const OF_AVAILABILITY: Record<string, UnitStatus> = {
  AVAILABLE: "available", STANDBY: "available", LIMITED: "available", ASSIGNED: "enroute", ON_SCENE: "onscene",
};

export function unitStatus(unit: Unit, assignment: Assignment | undefined): UnitStatus {
  return (assignment?.holds_unit ? OF_STATUS[assignment.status] : undefined) ?? OF_AVAILABILITY[unit.availability] ?? "off";
}

/** Seconds since the fix was taken; null where the unit has none. `now` is centre time in ms. */
export function fixAgeS(unit: Unit, now: number): number | null {
  return unit.position ? Math.max(0, (now - Date.parse(unit.position.fixed_at)) / 1000) : null;
}

export function isStale(unit: Unit, now: number): boolean {
  const age = fixAgeS(unit, now);
  return age === null || age > STALE_AFTER_S;
}
