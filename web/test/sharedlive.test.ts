import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import type { Health } from "../src/core/live.ts";
import { openLive } from "../src/core/sharedlive.ts";
import { union } from "../src/core/view.ts";
import { settled } from "./world.ts";

/** A server of one stream at a time, by hand: it counts what was asked, and says what it is told to say. */
class Server {
  streams: { after: string | null; end: () => void }[] = [];
  situations = 0;
  present = "1.0";
  private say: (text: string) => void = () => undefined;

  fetch = (async (url: string, request: RequestInit) => {
    if (url === "/api/situation") {
      this.situations += 1;
      return Response.json({ id: this.present });
    }
    const after = new Headers(request.headers).get("last-event-id");
    const body = new ReadableStream({
      start: (controller) => {
        const end = () => controller.error(new DOMException("", "AbortError"));
        request.signal!.addEventListener("abort", end);
        this.streams.push({ after, end });
        this.say = (text) => controller.enqueue(new TextEncoder().encode(text));
      },
    });
    if (after === null) this.event("snapshot", this.present, { id: this.present });
    return new Response(body);
  }) as typeof fetch;

  event(name: string, id: string, value: unknown): void {
    this.present = id;
    this.say(`event: ${name}\nid: ${id}\ndata: ${JSON.stringify(value)}\n\n`);
  }
}

type Window = { heard: string[]; health: () => Health; live: ReturnType<typeof openLive> };
let windows: Window[] = [];
let person = 100;

function open(server: Server): Window {
  const heard: string[] = [];
  let health: Health = "connecting";
  const live = openLive({
    person, fetch: server.fetch,
    onMessage: (event, value) => heard.push(`${event} ${(value as { id: string }).id}`),
    onHealth: (state) => { health = state; },
  });
  const window = { heard, live, health: () => health };
  windows.push(window);
  return window;
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (isSo()) return;
    await settled();
  }
  assert.fail(`waited in vain: ${what}`);
}

afterEach(() => {
  windows.forEach((window) => window.live.stop());
  windows = [];
  person += 1;
});

test("three windows have one stream, and each hears the same", async () => {
  const server = new Server();
  const all = [open(server), open(server), open(server)];
  await until(() => all.every((window) => window.heard.length > 0), "the snapshot");
  server.event("change", "2.0", { id: 2 });
  await until(() => all.every((window) => window.heard.at(-1) === "change 2"), "the change");
  assert.equal(server.streams.length, 1);
  assert.ok(all.every((window) => window.health() === "live"));
});

test("a window that comes later reads the situation, not a stream, and goes on from there", async () => {
  const server = new Server();
  const first = open(server);
  await until(() => first.heard.length === 1, "the snapshot");
  server.event("change", "2.0", { id: 2 });
  await until(() => first.heard.length === 2, "the change");
  const later = open(server);
  await until(() => later.heard.length === 1, "the situation");
  server.event("change", "3.0", { id: 3 });
  await until(() => later.heard.length === 2, "the next change");
  assert.deepEqual(later.heard, ["snapshot 2.0", "change 3"]);
  assert.deepEqual([server.streams.length, server.situations], [1, 1]);
});

test("when the leader goes another window resumes where the stream was left", async () => {
  const server = new Server();
  const [first, second, third] = [open(server), open(server), open(server)];
  await until(() => third.heard.length > 0 && second.heard.length > 0, "the snapshot");
  server.event("change", "2.4", { id: 2 });
  await until(() => third.heard.at(-1) === "change 2" && second.heard.at(-1) === "change 2", "the change");
  first.live.stop();
  await until(() => server.streams.length === 2, "another stream");
  assert.equal(server.streams[1]!.after, "2.4");
  server.event("change", "3.4", { id: 3 });
  await until(() => third.heard.at(-1) === "change 3" && second.heard.at(-1) === "change 3", "the next change");
  assert.ok(!first.heard.includes("change 3"));
});

test("a window that missed a message reads the situation anew", async () => {
  const server = new Server();
  const [first, second] = [open(server), open(server)];
  await until(() => first.heard.length > 0 && second.heard.length > 0, "the snapshot");
  const before = server.situations;
  const forger = new BroadcastChannel(`geo112.live.${person}`);
  const message = { id: "9.0", event: "change", text: '{"id":9}' };
  server.present = "8.0";
  forger.postMessage({ kind: "message", message, after: "8.0", at: Date.now() });
  await until(() => second.heard.at(-1) === "change 9", "the message after the gap");
  forger.close();
  assert.deepEqual(second.heard.slice(-2), ["snapshot 8.0", "change 9"]);
  assert.equal(server.situations, before + 1, "the leader has its own stream");
});

test("a leader that does not answer is replaced, and not before ten seconds", async () => {
  mock.timers.enable({ apis: ["Date", "setInterval"], now: 0 });
  const server = new Server();
  const stuck = navigator.locks.request(`geo112.live.${person}`, () => new Promise<void>(() => undefined));
  const lost = assert.rejects(stuck, { name: "AbortError" });
  const window = open(server);
  for (let ms = 0; window.health() !== "live" && ms < 15_000; ms += 250) {
    await settled();
    mock.timers.tick(250);
  }
  assert.equal(window.health(), "live");
  assert.ok(Date.now() > 10_000);
  await lost;
  window.live.stop();
  mock.timers.reset();
});

test("people do not share a stream", async () => {
  const server = new Server();
  const first = open(server);
  await until(() => first.heard.length > 0, "the snapshot");
  person += 1;
  const other = open(server);
  await until(() => other.heard.length > 0, "a snapshot of their own");
  assert.equal(server.streams.length, 2);
});

test("windows together look at all that one of them looks at", () => {
  const [here, there] = [{ west: 1, south: 1, east: 2, north: 2 }, { west: 5, south: 5, east: 6, north: 6 }];
  const views = [{ boxes: [here], opd_ids: [1] }, { boxes: [here, there], opd_ids: [2, 1] }, { boxes: [], opd_ids: [] }];
  assert.deepEqual(union(views), { boxes: [here, there], opd_ids: [1, 2] });
  assert.equal(union([...views, { boxes: [], opd_ids: null }])!.opd_ids, null);
  assert.equal(union([]), null);
  const many = Array.from({ length: 9 }, (_, n) => ({ boxes: [{ west: n, south: -n, east: n + 1, north: 1 - n }], opd_ids: null }));
  assert.deepEqual(union(many)!.boxes, [{ west: 0, south: -8, east: 9, north: 1 }]);
});
