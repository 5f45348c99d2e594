// What the phone has to say, kept until the server has said that it has it. Presses of the status buttons and GPS fixes
// wait in one box: statuses leave first and one by one in their order, then fixes in batches; nothing is lost by a reload.

import { ask, Refusal } from "./api.ts";
import type { AssignmentStatus, LonLat } from "./types.ts";

export type Fix = LonLat & {
  id: string; // uuid
  fixed_at: string;
  accuracy_m: number | null;
  speed_mps: number | null;
  bearing_deg: number | null;
  battery: number | null;
  kind: "fix" | "heartbeat" | "manual";
};

export type StatusPress = {
  client_id: string; // uuid: the same press is counted once however often it is sent
  assignment_id: number;
  status: AssignmentStatus;
  at: string; // when it was pressed
  lon?: number;
  lat?: number;
  reason?: string;
  proposal_id?: number; // the proposal that is confirmed by it
  source: "manual" | "auto";
};

export type Entry = { key: number } & ({ kind: "fix"; fix: Fix } | { kind: "status"; press: StatusPress });

/** Where entries wait. `IndexedStore` survives a reload; `MemoryStore` serves where the browser keeps nothing. */
export interface OutboxStore {
  add(entry: { kind: "fix"; fix: Fix } | { kind: "status"; press: StatusPress }): Promise<void>;
  oldest(kind: Entry["kind"], limit: number): Promise<Entry[]>;
  remove(keys: number[]): Promise<void>;
  count(kind: Entry["kind"]): Promise<number>;
}

export class MemoryStore implements OutboxStore {
  private entries: Entry[] = [];
  private nextKey = 1;

  async add(entry: { kind: "fix"; fix: Fix } | { kind: "status"; press: StatusPress }): Promise<void> {
    this.entries.push({ ...entry, key: this.nextKey++ });
  }
  async oldest(kind: Entry["kind"], limit: number): Promise<Entry[]> {
    return this.entries.filter((entry) => entry.kind === kind).slice(0, limit);
  }
  async remove(keys: number[]): Promise<void> {
    this.entries = this.entries.filter((entry) => !keys.includes(entry.key));
  }
  async count(kind: Entry["kind"]): Promise<number> {
    return this.entries.filter((entry) => entry.kind === kind).length;
  }
}

export const BATCH = 50;

export type FlushResult =
  | { kind: "empty" } // everything is with the server
  | { kind: "later"; afterMs: number } // not reached, or not ready: keep and come again
  | { kind: "signed_out" }
  | { kind: "refused"; press: StatusPress; detail: string; rest: boolean }; // the server will never take this press

type Ask = typeof ask;
type Ingested = { stored: string[]; already: string[]; quarantined: { id: string; code: string }[] };

/** Send what waits. One run at a time is the caller's duty (see `startFlushing`).
 * `now` is the clock by which the fixes were timed: the server compares it with its own when the batch arrives.
 * A refused press is removed and told, because sending it again cannot help; presses after it stay in line. */
export async function flush(store: OutboxStore, queueMax: number, now: () => number = Date.now, send: Ask = ask): Promise<FlushResult> {
  try {
    for (;;) {
      const [entry] = await store.oldest("status", 1);
      if (entry?.kind !== "status") break;
      const { assignment_id, ...press } = entry.press;
      try {
        await send("POST", `/api/assignments/${assignment_id}/status`, press);
      } catch (error) {
        if (!(error instanceof Refusal) || error.isTemporary || error.status >= 500 || error.status === 401 || error.status === 429) throw error;
        await store.remove([entry.key]);
        return { kind: "refused", press: entry.press, detail: error.message, rest: (await store.count("status")) > 0 };
      }
      await store.remove([entry.key]);
    }
    await dropOverflow(store, queueMax);
    let size = BATCH;
    for (;;) {
      const entries = await store.oldest("fix", size);
      if (entries.length === 0) return { kind: "empty" };
      try {
        await sendFixes(store, entries, now, send);
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 413) throw error;
        if (size === 1) await store.remove(entries.map((entry) => entry.key)); // a single fix too large is not a fix
        size = Math.max(1, Math.floor(size / 2));
      }
    }
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return { kind: "signed_out" };
    return { kind: "later", afterMs: 5000 };
  }
}

async function sendFixes(store: OutboxStore, entries: Entry[], now: () => number, send: Ask): Promise<void> {
  const fixes = entries.flatMap((entry) => (entry.kind === "fix" ? [entry.fix] : []));
  const answer = await send<Ingested>("POST", "/ingest/crew", { sent_at: new Date(now()).toISOString(), fixes });
  const known = new Set([...answer.stored, ...answer.already, ...answer.quarantined.map((fix) => fix.id)]);
  const done = entries.filter((entry) => entry.kind === "fix" && known.has(entry.fix.id));
  if (done.length === 0) throw new Refusal(500, "not_acknowledged", "");
  await store.remove(done.map((entry) => entry.key));
}

/** A phone that was offline for hours keeps the newest fixes; statuses are never dropped. */
async function dropOverflow(store: OutboxStore, queueMax: number): Promise<void> {
  const surplus = (await store.count("fix")) - queueMax;
  if (surplus <= 0) return;
  const oldest = await store.oldest("fix", surplus);
  await store.remove(oldest.map((entry) => entry.key));
}

export type Flushing = { now(): void; stop(): void };

/** Flush whenever asked, when the network returns, and again after a failure; never twice at once. */
export function startFlushing(
  store: OutboxStore,
  queueMax: () => number,
  now: () => number,
  onResult: (result: FlushResult) => void,
): Flushing {
  let isRunning = false;
  let isWanted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;

  const run = async () => {
    if (isStopped) return;
    if (isRunning) {
      isWanted = true;
      return;
    }
    isRunning = true;
    isWanted = false;
    clearTimeout(timer);
    const result = await flush(store, queueMax(), now);
    isRunning = false;
    onResult(result);
    if (result.kind === "later") timer = setTimeout(() => void run(), result.afterMs);
    else if (isWanted || (result.kind === "refused" && result.rest)) void run();
  };
  const runNow = () => void run();
  addEventListener("online", runNow);
  return {
    now: runNow,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      removeEventListener("online", runNow);
    },
  };
}
