// The call taker's desk: which calls ring, the call in hand, its draft, and what can be done with it.

import { computed, effect, signal } from "@preact/signals";
import { ask, Refusal } from "../../core/api.ts";
import { play } from "../../core/sound.ts";
import { suggestPriority } from "../../core/triage.ts";
import type { Call, Caller, CallClass, Incident, LonLat, Nearby, Place, Priority } from "../../core/types.ts";
import { me, onChange, opds, showAnswer, situation, types } from "../../ui/desk.ts";
import { say, sayRefusal } from "../../ui/messages.tsx";
import { label } from "../../ui/words.ts";
import { type Draft, forgetDraft, keepDraft, keptDraft, type Method, type Tkp } from "./draft.ts";
import { w } from "./words.ts";

export const ringing = computed(() =>
  [...situation.value.calls.values()].filter((call) => call.state === "RINGING").sort((a, b) => a.received_at.localeCompare(b.received_at)));
/** Mine and not closed: the one in hand, and any that I left. */
export const mine = computed(() =>
  [...situation.value.calls.values()].filter((call) => call.state !== "RINGING" && call.taken_by?.id === me.value?.id).sort((a, b) => a.id - b.id));

const inHandId = signal<number | null>(null);
export const call = computed<Call | null>(() => (inHandId.value === null ? null : (situation.value.calls.get(inHandId.value) ?? null)));
export const caller = signal<Caller | null>(null);
export const draft = signal<Draft | null>(null);
export const nearby = signal<Nearby[]>([]);
export const dialog = signal<"help" | "disposition" | null>(null);
/** Places that the words typed may mean, while their list is open; `index`: the one under the hand. */
export const candidates = signal<{ places: Place[]; index: number }>({ places: [], index: 0 });
export const isBusy = signal(false);
export const problem = signal<"type" | "tkp" | "unconfirmed" | null>(null);

/** The incident of the call in hand as last seen: it leaves the situation when it ends, the call's note is still to be written. */
const remembered = signal<Incident | null>(null);

/** The incident that the call is tied to: then the form is done and the wrap-up begins. */
export const incident = computed<Incident | null>(() => {
  const id = call.value?.incident_id;
  if (id == null) return null;
  const found = situation.value.incidents.get(id) ?? (remembered.value?.id === id ? remembered.value : null);
  return found && found.state !== "DRAFT" ? found : null;
});

export const type = computed(() => (draft.value?.type ? types.value.get(draft.value.type) : undefined));
export const suggestion = computed(() => suggestPriority(type.value ?? null, draft.value ? `${draft.value.words} ${draft.value.landmark}` : ""));
export const priority = computed<Priority | null>(() => draft.value?.priority ?? suggestion.value?.priority ?? null);

/** What the person changed; a complaint about the form is over then. */
export function change(patch: Partial<Draft>): void {
  amend(patch);
  problem.value = null;
}

function amend(patch: Partial<Draft>): void {
  if (!draft.value) return;
  draft.value = { ...draft.value, ...patch };
  keepDraft(draft.value);
}

async function command<T>(send: () => Promise<T>): Promise<T | null> {
  isBusy.value = true;
  try {
    return await send();
  } catch (error) {
    sayRefusal(error);
    return null;
  } finally {
    isBusy.value = false;
  }
}

export function startCalls(): void {
  onChange((changed, before) => {
    if (changed.object === "call" && (changed.value as Call).state === "RINGING" && !before.calls.has(changed.object_id)) play("ringing");
  });
  // After a reload the call in hand is taken up again.
  effect(() => {
    if (inHandId.value === null && situation.value.isKnown) {
      const left = mine.value.at(-1);
      if (left) takeInHand(left);
    }
  });
  effect(() => {
    const id = call.value?.incident_id;
    if (id == null) return;
    const live = situation.value.incidents.get(id);
    if (live) remembered.value = live;
    else if (remembered.peek()?.id !== id) {
      void ask<Incident>("GET", `/api/incidents/${id}`).then((found) => { remembered.value = found; }, () => undefined);
    }
  });
}

function takeInHand(taken: Call): void {
  inHandId.value = taken.id;
  caller.value = null;
  nearby.value = [];
  const kept = keptDraft(taken.id);
  if (!kept.tkp && taken.position) kept.tkp = guess(taken.position, taken.position_uncertainty_m);
  draft.value = kept;
  void ask<Caller>("GET", `/api/calls/${taken.id}/caller`).then(
    (found) => {
      if (inHandId.value === taken.id) caller.value = found;
    },
    (error: unknown) => sayRefusal(error),
  );
  if (kept.tkp && kept.tkp.state !== "guess") void lookNearby(kept.tkp.at);
}

export function guess(at: LonLat, uncertainty_m: number | null): Tkp {
  return { at, state: "guess", method: "caller_position", uncertainty_m: uncertainty_m ?? 1000, label: "", areas: [] };
}

export async function answer(ringingCall: Call | undefined = ringing.value[0]): Promise<void> {
  if (!ringingCall || call.value) return;
  const taken = await command(() => ask<Call>("POST", `/api/calls/${ringingCall.id}/answer`));
  if (!taken) return;
  showAnswer("call", taken);
  takeInHand(taken);
}

// The scene

/** A place that was found by its words: proposed, until a person confirms it on the map. */
export function propose(place: Place): void {
  const [lon, lat] = place.geometry.coordinates;
  const { label: name, areas, uncertainty_m, kind } = place.properties;
  const method: Method = kind === "coordinates" ? "coordinates" : "search";
  change({ query: name, tkp: { at: { lon, lat }, state: "proposed", method, uncertainty_m: uncertainty_m ?? 100, label: name, areas } });
  void lookNearby({ lon, lat });
}

/** The pin was put or moved on the map by hand. Its name is asked for; without one the coordinates serve. */
export function putPin(at: LonLat): void {
  if (!draft.value || incident.value) return;
  change({ tkp: { at, state: "proposed", method: "map", uncertainty_m: 10, label: draft.value.tkp?.label ?? "", areas: draft.value.tkp?.areas ?? [] } });
  void lookNearby(at);
  nameThePin(at);
}

let naming: ReturnType<typeof setTimeout> | undefined;

function nameThePin(at: LonLat): void {
  clearTimeout(naming);
  naming = setTimeout(async () => {
    try {
      const found = await ask<{ properties: { label: string; areas: string[] } }>("GET", `/api/places/reverse?lat=${at.lat}&lon=${at.lon}`);
      const tkp = draft.value?.tkp;
      if (tkp && tkp.at.lon === at.lon && tkp.at.lat === at.lat) amend({ tkp: { ...tkp, label: found.properties.label, areas: found.properties.areas } });
    } catch {
      // A point without a name is still a scene.
    }
  }, 200);
}

export function confirmTkp(): void {
  const tkp = draft.value?.tkp;
  if (incident.value) return;
  if (!tkp) {
    problem.value = "tkp";
    return;
  }
  if (tkp.state === "guess") {
    say("bad", w("guess_is_no_scene"));
    return;
  }
  change({ tkp: { ...tkp, state: "confirmed" } });
}

let looking: AbortController | null = null;

async function lookNearby(at: LonLat): Promise<void> {
  looking?.abort();
  looking = new AbortController();
  try {
    const path = `/api/incidents/nearby?lon=${at.lon}&lat=${at.lat}&radius_m=500&minutes=60`;
    nearby.value = await ask<Nearby[]>("GET", path, undefined, looking.signal);
  } catch {
    // Without an answer nothing is said to be a duplicate; the dispatcher sees duplicates too.
  }
}

/** What may be the same: recent, near, of the same type first, and not yet said to be another. */
export const duplicates = computed<Nearby[]>(() => {
  const present = draft.value;
  if (!present || incident.value) return [];
  const others = nearby.value.filter((one) => one.incident.id !== present.incidentId && one.incident.state !== "DRAFT" && !present.notTheSame.includes(one.incident.id));
  return others.sort((a, b) => Number(b.incident.type === present.type) - Number(a.incident.type === present.type) || a.distance_m - b.distance_m);
});

export function notTheSame(): void {
  if (draft.value) change({ notTheSame: [...draft.value.notTheSame, ...duplicates.value.map((one) => one.incident.id)] });
}

export async function join(other: Nearby | undefined = duplicates.value[0]): Promise<void> {
  if (!other || !call.value) return;
  const id = call.value.id;
  await describeCaller();
  const linked = await command(() => ask<Call>("POST", `/api/calls/${id}/link`, { incident_id: other.incident.id }));
  if (!linked) return;
  showAnswer("incident", other.incident);
  showAnswer("call", linked);
  say("good", w("joined", { number: other.incident.number }));
}

// Sending

/** Type and a confirmed scene are enough; words may follow. */
export async function send(): Promise<void> {
  const present = draft.value;
  if (!present || !call.value || isBusy.value || incident.value) return;
  if (!present.type) problem.value = "type";
  else if (!present.tkp) problem.value = "tkp";
  else if (present.tkp.state !== "confirmed") problem.value = "unconfirmed";
  if (problem.value || !present.type || !present.tkp) return;
  const { at, method, uncertainty_m, label: name } = present.tkp;
  const made = await command(async () => {
    await describeCaller();
    const opened = await ask<Incident>("POST", "/api/incidents", {
      client_id: present.clientId, call_id: present.callId, type: present.type, priority: priority.value,
      words: present.words || null, landmark: present.landmark || null,
    });
    amend({ incidentId: opened.id });
    return ask<Incident>("PUT", `/api/incidents/${opened.id}/tkp`, {
      lon: at.lon, lat: at.lat, uncertainty_m, label: name || null, method, escalate: true,
    });
  });
  if (!made) return;
  showAnswer("incident", made);
  if (call.value) showAnswer("call", { ...call.value, incident_id: made.id, incident_number: made.number, call_class: "emergency", state: "LINKED" });
  say("good", w("sent", { number: made.number }));
  void teach(present, made.id);
}

/** Let the search learn from a scene that was not found by its words; nobody waits for it, and nothing hangs on it. */
async function teach({ said, tkp }: Draft, incidentId: number): Promise<void> {
  if (!tkp || said.trim().length < 3) return;
  const { lon, lat } = tkp.at;
  await ask("POST", "/api/places/local-names/learn", { said, lon, lat, incident_id: incidentId }).catch(() => undefined);
}

async function describeCaller(): Promise<void> {
  const present = draft.value;
  if (!present || (!present.callerName && !present.callerAddress)) return;
  await ask("PUT", `/api/calls/${present.callId}/caller`, {
    name: present.callerName || null, address: present.callerAddress || null,
  });
}

// Ending

export function proposedNote(): string {
  const done = incident.value;
  if (!done) return draft.value?.disposition ? `${w(`class_${draft.value.disposition}`)}.` : "";
  const agencies = done.opds.map((one) => opds.value.get(one.opd_id)?.code ?? "").filter(Boolean).join(", ");
  const what = label(types.value.get(done.type), done.type);
  return w("note_sent", { what, where: done.tkp_label ?? "–", number: done.number, opds: agencies || "–" });
}

export async function close(note: string): Promise<boolean> {
  const id = call.value?.id;
  if (id === undefined) return false;
  const closed = await command(() => ask<Call>("POST", `/api/calls/${id}/close`, { note }));
  if (!closed) return false;
  end(closed);
  return true;
}

/** Close a call that is no emergency: say what it was, then the note. */
export async function dispose(kind: Exclude<CallClass, "emergency">, silentSteps: string[], note: string): Promise<boolean> {
  const id = call.value?.id;
  if (id === undefined) return false;
  const body = kind === "ghost" ? { call_class: kind, silent_steps: silentSteps } : { call_class: kind };
  const classified = await command(() => ask<Call>("POST", `/api/calls/${id}/classify`, body));
  if (!classified) return false;
  showAnswer("call", classified);
  return close(note);
}

/** The caller hung up: the call goes to the call-back list. */
export async function abandoned(): Promise<boolean> {
  const id = call.value?.id;
  if (id === undefined) return false;
  try {
    const after = await ask<Call>("POST", `/api/calls/${id}/abandon`);
    end(after);
    return true;
  } catch (error) {
    if (error instanceof Refusal) sayRefusal(error);
    return false;
  }
}

function end(ended: Call): void {
  forgetDraft(ended.id);
  inHandId.value = null;
  draft.value = null;
  caller.value = null;
  nearby.value = [];
  problem.value = null;
  showAnswer("call", ended);
}
