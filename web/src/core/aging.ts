// What an arrival time is worth when the fix behind it grows old: an interval. The same as geo112/dispatching/aging.py,
// held to the same figures by tests/dispatching/aged_etas.json; here it widens while one looks.

import { STALE_AFTER_S } from "./unitstatus.ts";

const SLACK = 1.05; // drivers are at times quicker than the table of speeds
const LONGEST_S = 900; // after a quarter of an hour a free unit may be anywhere, and the interval says no more

export type Interval = { soonest_s: number; latest_s: number };

/** Between when and when a unit can be there, by the time from the place of its fix and the age of that fix. */
export function aged(eta_s: number, age_s: number, isOnItsWay: boolean): Interval {
  const age = Math.max(age_s, 0);
  const away_s = isOnItsWay ? 0 : SLACK * Math.min(age, LONGEST_S);
  return { soonest_s: Math.max(0, eta_s - SLACK * age), latest_s: eta_s + away_s };
}

/** Whole minutes from soonest to latest, `4–9`; one figure where both are the same. */
export function minutesRange({ soonest_s, latest_s }: Interval): string {
  const [from, to] = [Math.floor(soonest_s / 60), Math.max(1, Math.ceil(latest_s / 60))];
  return from === to ? `${to}` : `${from}–${to}`;
}

export type Arrival = { kind: "at"; left_s: number } | { kind: "between"; interval: Interval };

/** When a unit on its way arrives: counted down while its fix is fresh, an interval when it is old. `now` in ms. */
export function arrival(eta: { eta_s: number; at: string }, now: number): Arrival {
  const age_s = (now - Date.parse(eta.at)) / 1000;
  if (age_s > STALE_AFTER_S) return { kind: "between", interval: aged(eta.eta_s, age_s, true) };
  return { kind: "at", left_s: Math.max(0, eta.eta_s - Math.max(0, age_s)) };
}
