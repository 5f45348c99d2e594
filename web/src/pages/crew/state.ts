// The crew's phone: the duty as last heard, what was pressed since, and what still waits to be sent.
// Everything that is needed to go on without a network is kept on the phone.

import { computed, signal } from "@preact/signals";
import { ask, Refusal } from "../../core/api.ts";
import { centreClock } from "../../core/clock.ts";
import { openOutbox } from "../../core/indexedstore.ts";
import type { Health } from "../../core/live.ts";
import { type FlushResult, type Flushing, type OutboxStore, startFlushing, type StatusPress } from "../../core/outbox.ts";
import { openLive } from "../../core/sharedlive.ts";
import { play } from "../../core/sound.ts";
import type { Assignment, AssignmentStatus, City, Duty, Eta, Me, Positions, Proposal, Reference, Unit } from "../../core/types.ts";
import { uuid } from "../../core/uuid.ts";
import { goToSignIn, HOME, leaveWithOthers } from "../../ui/session.ts";

type Kept = { me: Me; duty: Duty; reference: Reference; city: City; clock: { shown: number; real: number; speed: number } };
const KEPT = "geo112.crew";

export const me = signal<Me | null>(null);
export const duty = signal<Duty | null>(null);
export const reference = signal<Reference | null>(null);
export const city = signal<City | null>(null);
export const eta = signal<Eta | null>(null);
export const health = signal<Health>("connecting");
export const waiting = signal({ presses: 0, fixes: 0 });
export const presses = signal<readonly StatusPress[]>([]); // not yet with the server, in order
export const refusal = signal<string | null>(null);
export const isSignedOut = signal(false);
export const hasNetwork = signal(navigator.onLine); // what the phone itself thinks; it may be wrong about yes, never about no
export const startProblem = signal<unknown>(null);
export const speed = signal(1);
export const now = signal(Date.now());
export const lastPoint = signal<{ lon: number; lat: number; accuracy_m: number; at: number } | null>(null);

const clock = centreClock();
let store: OutboxStore | null = null;
let flushing: Flushing | null = null;

/** A missing heartbeat is no connection to a crew: better to say so too early than too late. */
export const isOnline = computed(() => hasNetwork.value && health.value === "live");

/** Centre time in ms. A phone that never heard the server counts on from what it heard last, else uses its own clock. */
export function centreNow(): number {
  return clock.now();
}

function setClock(at: string, factor: number): void {
  clock.set(at, factor);
  speed.value = factor;
}

/** The status now: the newest press that waits, else what the server said last. */
export const present = computed<AssignmentStatus | null>(() => {
  const assignment = duty.value?.assignment;
  if (!assignment) return null;
  return presses.value.filter((press) => press.assignment_id === assignment.id).at(-1)?.status ?? assignment.status;
});

/** The step that the position speaks for, oldest first, unless it was pressed already. */
export const proposal = computed<{ assignment: Assignment; proposal: Proposal } | null>(() => {
  const assignment = duty.value?.assignment ?? duty.value?.returning;
  if (!assignment) return null;
  const pressed = new Set(presses.value.filter((press) => press.assignment_id === assignment.id).map((press) => press.status));
  const found = assignment.proposals?.find((one) => !pressed.has(one.status)); // a duty kept from before has none
  return found ? { assignment, proposal: found } : null;
});

export const times = computed(() => {
  const assignment = duty.value?.assignment;
  const known: { [status in AssignmentStatus]?: string } = { ...assignment?.times };
  for (const press of presses.value) if (press.assignment_id === assignment?.id) known[press.status] ??= press.at;
  return known;
});

function keep(): void {
  if (!me.value || !duty.value || !reference.value || !city.value) return;
  const kept: Kept = {
    me: me.value, duty: duty.value, reference: reference.value, city: city.value,
    clock: { shown: centreNow(), real: Date.now(), speed: speed.value },
  };
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // Without storage the page works while it is open.
  }
}

function kept(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

export async function startCrew(): Promise<void> {
  const before = kept();
  if (before) show(before);
  try {
    const person = await ask<Me>("GET", "/api/session");
    if (person.role !== "crew") return location.replace(HOME[person.role]);
    const [tables, place] = await Promise.all([ask<Reference>("GET", "/api/reference"), ask<City>("GET", "/api/city")]);
    me.value = person;
    reference.value = tables;
    city.value = place;
    setClock(place.clock.now, place.clock.speed);
    await readDuty();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) {
      if (!before) return goToSignIn();
      isSignedOut.value = true;
    } else if (!before) {
      startProblem.value = error;
      return;
    }
  }
  if (!me.value) return;
  store = await openOutbox(me.value.id);
  await recount();
  flushing = startFlushing(store, () => duty.value?.queue_max ?? 5000, centreNow, (result) => void flushed(result));
  flushing.now();
  await noticeTask();
  leaveWithOthers(me.value);
  listen(me.value);
  setInterval(() => { now.value = centreNow(); }, 1000);
  setInterval(() => { if (!isSignedOut.value) void readDuty().catch(() => undefined); }, 30_000);
}

function show(before: Kept): void {
  me.value = before.me;
  duty.value = before.duty;
  reference.value = before.reference;
  city.value = before.city;
  const passed = (Date.now() - before.clock.real) * before.clock.speed;
  setClock(new Date(before.clock.shown + passed).toISOString(), before.clock.speed);
}

let taskSeen: number | null = null;

export async function readDuty(): Promise<void> {
  duty.value = await ask<Duty>("GET", "/api/crew/duty");
  keep();
  await noticeTask();
}

/** A new task rings once, and the desk hears that it lies on the phone. */
async function noticeTask(): Promise<void> {
  const assignment = duty.value?.assignment;
  if (!store) return; // not yet open: noticed when it is
  const status = present.value; // with what was pressed and waits: a task taken without a network is not new again
  if (assignment && (status === "SENT" || status === "DELIVERED") && taskSeen !== assignment.id) {
    taskSeen = assignment.id;
    play("task");
    vibrate([300, 150, 300, 150, 600]);
    if (status === "SENT") await press("DELIVERED", { isByItself: true });
  }
}

/** Browsers refuse it, with a complaint, until the page has been touched once. */
function vibrate(pattern: number | number[]): void {
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(pattern);
}

let rereading: ReturnType<typeof setTimeout> | undefined;

function listen(person: Me): void {
  const live = openLive({
    person: person.id,
    onMessage: (event, value) => {
      if (event === "snapshot" || event === "heartbeat") {
        const beat = value as { now: string; speed: number };
        setClock(beat.now, beat.speed);
      }
      if (event === "snapshot" || event === "change") {
        clearTimeout(rereading);
        rereading = setTimeout(() => void readDuty().catch(() => undefined), 100);
      }
      if (event === "positions") {
        const mine = (value as Positions).etas?.find((one) => one.assignment_id === duty.value?.assignment?.id);
        if (mine) eta.value = mine;
      }
    },
    onHealth: (state) => {
      if (state === "signed_out") isSignedOut.value = true;
      if (state === "live" && health.value !== "live") flushing?.now();
      health.value = state;
    },
  });
  addEventListener("online", () => {
    hasNetwork.value = true;
    live.hurry();
  });
  addEventListener("offline", () => { hasNetwork.value = false; });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) live.hurry();
  });
}

/** A status button. It counts from now, whether or not there is a network. */
export async function press(status: AssignmentStatus, options: { reason?: string; isByItself?: boolean } = {}): Promise<void> {
  const assignment = duty.value?.assignment;
  if (!assignment || !store) return;
  const point = lastPoint.value;
  await keepPress({
    client_id: uuid(), assignment_id: assignment.id, status, at: new Date(centreNow()).toISOString(),
    source: options.isByItself ? "auto" : "manual",
    ...(point && Date.now() - point.at < 60_000 ? { lon: point.lon, lat: point.lat } : {}),
    ...(options.reason ? { reason: options.reason } : {}),
  });
}

/** The tap on a proposal: the step is entered with the time and place of the proposal. */
export async function confirmProposal(assignment: Assignment, { id, status, at }: Proposal): Promise<void> {
  await keepPress({ client_id: uuid(), assignment_id: assignment.id, status, at, source: "auto", proposal_id: id });
}

/** It is not so. Only while connected: nothing is lost where it is not said. */
export async function dismissProposal({ id }: Proposal): Promise<void> {
  try {
    await ask("POST", `/api/proposals/${id}/dismiss`);
    await readDuty();
  } catch (error) {
    refusal.value = error instanceof Refusal ? error.message : String(error);
  }
}

async function keepPress(made: StatusPress): Promise<void> {
  if (!store) return;
  refusal.value = null;
  await store.add({ kind: "status", press: made });
  await recount();
  vibrate(60);
  flushing?.now();
}

export async function addFix(fix: Parameters<OutboxStore["add"]>[0] & { kind: "fix" }): Promise<void> {
  if (!store) return;
  await store.add(fix);
  await recount();
  flushing?.now();
}

async function recount(): Promise<void> {
  if (!store) return;
  const waitingPresses = await store.oldest("status", 100);
  presses.value = waitingPresses.flatMap((entry) => (entry.kind === "status" ? [entry.press] : []));
  waiting.value = { presses: waitingPresses.length, fixes: await store.count("fix") };
}

async function flushed(result: FlushResult): Promise<void> {
  if (result.kind === "signed_out") isSignedOut.value = true;
  if (result.kind === "refused") refusal.value = result.detail;
  if (result.kind === "empty" && isSignedOut.value) isSignedOut.value = false;
  const hadPresses = presses.value.length > 0;
  // Hear the server's word before the press leaves the screen, so that no button jumps back for a moment.
  if (hadPresses && (result.kind === "empty" || result.kind === "refused")) await readDuty().catch(() => undefined);
  await recount();
}

/** In service, limited, off duty: only while connected, since the desk must know at once. */
export async function setService(service: string, reason: string): Promise<void> {
  const unit = duty.value?.unit;
  if (!unit || !duty.value) return;
  const after = await ask<Unit>("PUT", `/api/units/${unit.id}/service`, { service, ...(reason ? { reason } : {}) });
  duty.value = { ...duty.value, unit: after };
  keep();
}
