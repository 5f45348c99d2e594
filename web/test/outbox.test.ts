import assert from "node:assert/strict";
import { test } from "node:test";
import { type ask, Refusal } from "../src/core/api.ts";
import { BATCH, type Fix, flush, MemoryStore, type StatusPress } from "../src/core/outbox.ts";

const fix = (n: number): { kind: "fix"; fix: Fix } => ({
  kind: "fix",
  fix: { id: `fix-${n}`, fixed_at: "2026-11-24T15:00:00Z", lon: 1, lat: 2, accuracy_m: 5, speed_mps: 0, bearing_deg: null, battery: 1, kind: "fix" },
});
const press = (status: StatusPress["status"]): { kind: "status"; press: StatusPress } => ({
  kind: "status",
  press: { client_id: `press-${status}`, assignment_id: 7, status, at: "2026-11-24T15:00:00Z", source: "manual" },
});

/** A server that takes what it is told to, and remembers all that it was sent. */
function server(answer: (path: string, body: { fixes?: Fix[]; status?: string }) => unknown = () => undefined) {
  const sent: string[] = [];
  const send = (async (_method: string, path: string, body: { fixes?: Fix[]; status?: string }) => {
    const special = answer(path, body);
    if (special instanceof Error) throw special;
    if (path === "/ingest/crew") {
      sent.push(`${body.fixes!.length} fixes from ${body.fixes![0]!.id}`);
      return special ?? { stored: body.fixes!.map((one) => one.id), already: [], quarantined: [] };
    }
    sent.push(`${path} ${body.status}`);
    return {};
  }) as typeof ask;
  return { sent, send };
}

async function box(...entries: Parameters<MemoryStore["add"]>[0][]) {
  const store = new MemoryStore();
  for (const entry of entries) await store.add(entry);
  return store;
}

test("statuses leave first and in their order, fixes after them in batches", async () => {
  const fixes = Array.from({ length: BATCH + 3 }, (_, n) => fix(n));
  const store = await box(fixes[0]!, press("ACCEPTED"), ...fixes.slice(1), press("EN_ROUTE"));
  const { sent, send } = server();
  assert.deepEqual(await flush(store, 1000, Date.now, send), { kind: "empty" });
  assert.deepEqual(sent, ["/api/assignments/7/status ACCEPTED", "/api/assignments/7/status EN_ROUTE", "50 fixes from fix-0", "3 fixes from fix-50"]);
});

test("without a network everything is kept, and comes in the same order later", async () => {
  const store = await box(press("EN_ROUTE"), fix(1), press("ON_SCENE"));
  const broken = server(() => new Refusal(0, "unreachable", ""));
  assert.equal((await flush(store, 1000, Date.now, broken.send)).kind, "later");
  assert.equal((await flush(store, 1000, Date.now, server(() => new Refusal(503, "database_away", "")).send)).kind, "later");
  const { sent, send } = server();
  await flush(store, 1000, Date.now, send);
  assert.deepEqual(sent, ["/api/assignments/7/status EN_ROUTE", "/api/assignments/7/status ON_SCENE", "1 fixes from fix-1"]);
});

test("an ended sign-in keeps everything and says so", async () => {
  const store = await box(press("EN_ROUTE"), fix(1));
  assert.deepEqual(await flush(store, 1000, Date.now, server(() => new Refusal(401, "not_signed_in", "")).send), { kind: "signed_out" });
  assert.deepEqual([await store.count("status"), await store.count("fix")], [1, 1]);
});

test("a press that is refused is told and does not hold up the next", async () => {
  const store = await box(press("ACCEPTED"), press("EN_ROUTE"));
  const picky = server((_path, body) => (body.status === "ACCEPTED" ? new Refusal(409, "assignment_status", "Sudah dibatalkan.") : undefined));
  const result = await flush(store, 1000, Date.now, picky.send);
  assert.equal(result.kind === "refused" && result.detail, "Sudah dibatalkan.");
  assert.deepEqual(await flush(store, 1000, Date.now, picky.send), { kind: "empty" });
  assert.deepEqual(picky.sent, ["/api/assignments/7/status EN_ROUTE"]);
});

test("a batch that is too large is halved until it fits", async () => {
  const store = await box(...Array.from({ length: 40 }, (_, n) => fix(n)));
  const small = server((path, body) => (path === "/ingest/crew" && body.fixes!.length > 15 ? new Refusal(413, "too_large", "") : undefined));
  assert.deepEqual(await flush(store, 1000, Date.now, small.send), { kind: "empty" });
  assert.equal(await store.count("fix"), 0);
  assert.ok(small.sent.every((line) => Number(line.split(" ")[0]) <= 15));
});

test("stored, already known and quarantined fixes all leave the phone, others stay", async () => {
  const store = await box(fix(1), fix(2), fix(3), fix(4));
  let isFirst = true;
  const { send } = server(() => {
    if (!isFirst) return new Refusal(503, "later", "");
    isFirst = false;
    return { stored: ["fix-1"], already: ["fix-2"], quarantined: [{ id: "fix-3", code: "future" }] };
  });
  await flush(store, 1000, Date.now, send);
  assert.deepEqual((await store.oldest("fix", 9)).map((entry) => entry.kind === "fix" && entry.fix.id), ["fix-4"]);
});

test("an overfull box gives up its oldest fixes and never a press", async () => {
  const store = await box(press("EN_ROUTE"), ...Array.from({ length: 10 }, (_, n) => fix(n)));
  const { sent, send } = server();
  await flush(store, 4, Date.now, send);
  assert.deepEqual(sent, ["/api/assignments/7/status EN_ROUTE", "4 fixes from fix-6"]);
});
