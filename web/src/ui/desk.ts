// One desk: who sits there, which city, the reference tables, the live situation and the centre's clock, as signals.

import { computed, effect, signal } from "@preact/signals";
import { ask } from "../core/api.ts";
import { centreClock } from "../core/clock.ts";
import type { Health } from "../core/live.ts";
import { openLive } from "../core/sharedlive.ts";
import { afterChange, afterPositions, fromSnapshot, NOTHING_KNOWN, type Situation, withObject } from "../core/situation.ts";
import type { Change, City, Me, Positions, Reference, Snapshot } from "../core/types.ts";
import type { Box } from "../core/view.ts";
import { goToSignIn, leaveWithOthers, personFor } from "./session.ts";

export const me = signal<Me | null>(null);
export const city = signal<City | null>(null);
export const reference = signal<Reference | null>(null);
export const situation = signal<Situation>(NOTHING_KNOWN);
// Positions come several times a second and change neither of these.
export const incidents = computed(() => situation.value.incidents);
export const assignments = computed(() => situation.value.assignments);
export const health = signal<Health>("connecting");
export const lastByteAt = signal<number | null>(null); // this machine's time, ms
export const failure = signal<unknown>(null); // why the desk could not be set up

const clock = centreClock();
export const now = signal(clock.now()); // centre time, ms; moves four times a second
export const speed = signal(1);
export const looksAt = signal<Box | null>(null); // what the map of this window shows
export const isTrusted = computed(() => health.value === "live" || health.value === "delayed");

export const zone = computed(() => city.value?.time_zone ?? "Asia/Jakarta");
export const zoneLabel = computed(() => city.value?.zone_label ?? "WIB");
export const types = computed(() => new Map((reference.value?.incident_types ?? []).map((type) => [type.code, type])));
export const opds = computed(() => new Map((reference.value?.opds ?? []).map((opd) => [opd.id, opd])));

function setClock(at: string, factor: number): void {
  clock.set(at, factor);
  speed.value = factor;
}

/** Called with every change, for tones and messages; the situation is already the new one. */
type Listener = (change: Change, before: Situation) => void;
const listeners = new Set<Listener>();
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function receive(event: string, value: unknown): void {
  const before = situation.value;
  if (event === "snapshot") {
    const snapshot = value as Snapshot;
    setClock(snapshot.now, snapshot.speed);
    situation.value = fromSnapshot(snapshot, before);
  } else if (event === "change") {
    const change = value as Change;
    situation.value = afterChange(before, change);
    if (situation.value === before) return;
    if (change.object === "city") void loadCity();
    listeners.forEach((listener) => listener(change, before));
  } else if (event === "positions") {
    situation.value = afterPositions(before, value as Positions);
  } else if (event === "heartbeat") {
    const beat = value as { now: string; speed: number };
    setClock(beat.now, beat.speed);
  }
}

/** Show the answer to our own command at once; its change follows over the live stream. */
export function showAnswer(kind: Change["object"], value: unknown): void {
  situation.value = withObject(situation.value, kind, value);
}

async function loadCity(): Promise<void> {
  const loaded = await ask<City>("GET", "/api/city");
  setClock(loaded.clock.now, loaded.clock.speed);
  city.value = loaded;
}

/** Set the desk up. Returns whether the page may go on (else the browser is on its way to another page). */
export async function startDesk(page: string, wants: { live: boolean }): Promise<boolean> {
  let person: Me | null = null;
  try {
    person = await personFor(page);
    if (!person) return false;
    const [, tables] = await Promise.all([loadCity(), ask<Reference>("GET", "/api/reference")]);
    reference.value = tables;
    me.value = person;
  } catch (error) {
    failure.value = error;
    return false;
  }
  setInterval(() => {
    now.value = clock.now();
  }, 250);
  leaveWithOthers(person);
  if (wants.live) listen(person);
  return true;
}

function listen(person: Me): void {
  const live = openLive({
    person: person.id,
    onMessage: receive,
    onHealth: (state, byteAt) => {
      if (state === "signed_out") goToSignIn();
      health.value = state;
      lastByteAt.value = byteAt;
    },
  });
  const isHidden = signal(document.hidden);
  effect(() => live.look(looksAt.value && !isHidden.value ? [looksAt.value] : []));
  addEventListener("online", () => live.hurry());
  document.addEventListener("visibilitychange", () => {
    isHidden.value = document.hidden;
    if (!document.hidden) live.hurry();
  });
}
