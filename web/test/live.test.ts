import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { backoffMs, eventParser, healthOf, keepStream, type Line, type Message, NO_LINE } from "../src/core/live.ts";
import { settled } from "./world.ts";

test("events are read however the stream is cut into pieces", () => {
  const whole = 'id: 5.1\nevent: change\ndata: {"a":\ndata: 1}\n\n: a comment\n\nid: 6.1\r\nevent: heartbeat\r\ndata: {}\r\n\r\n';
  for (let size = 1; size < 20; size++) {
    const messages: Message[] = [];
    const parse = eventParser((message) => messages.push(message));
    for (let from = 0; from < whole.length; from += size) parse(whole.slice(from, from + size));
    assert.deepEqual(messages, [
      { id: "5.1", event: "change", text: '{"a":\n1}' },
      { id: "6.1", event: "heartbeat", text: "{}" },
    ]);
  }
});

test("the wait doubles from half a second to eight, and is spread", () => {
  assert.deepEqual([0, 1, 4, 9].map((tries) => backoffMs(tries, () => 0.5)), [500, 1000, 8000, 8000]);
  assert.equal(backoffMs(0, () => 0), 375);
});

test("a silent line is delayed, then disconnected, within five seconds of its last byte", () => {
  const line: Line = { isConnected: true, tries: 0, lastByteAt: 1000, ended: null };
  const after = (ms: number) => healthOf(line, 1000 + ms);
  assert.deepEqual([2_500, 3_500, 4_750].map(after), ["live", "delayed", "disconnected"]);
});

test("a broken line is delayed at once and disconnected when a new one fails", () => {
  const broken: Line = { isConnected: false, tries: 1, lastByteAt: 1000, ended: null };
  assert.equal(healthOf(broken, 1100), "delayed");
  assert.equal(healthOf({ ...broken, tries: 2 }, 1100), "disconnected");
  assert.equal(healthOf(NO_LINE, 1100), "connecting");
});

test("tries come ever later, and none is forgotten", async () => {
  mock.timers.enable({ apis: ["Date"], now: 0 });
  const triedAt: number[] = [];
  const stream = keepStream({
    url: "/api/live", lastId: "", line: NO_LINE, onMessage: () => undefined, onLine: () => undefined,
    fetch: (async () => {
      triedAt.push(Date.now());
      throw new TypeError("no network");
    }) as typeof fetch,
  });
  for (let ms = 0; ms < 60_000; ms += 100) {
    await settled();
    mock.timers.tick(100);
    stream.watch();
  }
  stream.stop();
  mock.timers.reset();
  const waits = triedAt.slice(1).map((at, index) => at - triedAt[index]!);
  assert.ok(waits.length >= 8, `${waits}`);
  waits.forEach((wait, tries) => {
    const middle = Math.min(8000, 500 * 2 ** tries);
    assert.ok(wait >= 0.75 * middle && wait <= 1.25 * middle + 100, `the wait before try ${tries + 1}: ${wait}`);
  });
  assert.ok(new Set(waits.slice(5)).size > 1, "desks must not come all at once");
});

test("a line that looks open and says nothing is hung up after nine seconds, and a try that gets no answer as well", async () => {
  mock.timers.enable({ apis: ["Date"], now: 0 });
  const asked: { at: number; after: string | null }[] = [];
  const get = ((_url: string, request: RequestInit) => {
    asked.push({ at: Date.now(), after: new Headers(request.headers).get("last-event-id") });
    return new Promise<Response>((resolve, reject) => {
      request.signal!.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      if (asked.length > 1) return; // never answered
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("id: 5.2\nevent: heartbeat\ndata: {}\n\n"));
          request.signal!.addEventListener("abort", () => controller.error(new DOMException("", "AbortError")));
        },
      });
      resolve(new Response(body));
    });
  }) as typeof fetch;
  const stream = keepStream({ url: "/api/live", lastId: "", line: NO_LINE, onMessage: () => undefined, onLine: () => undefined, fetch: get });
  for (let ms = 0; ms < 24_000; ms += 250) {
    await settled();
    stream.watch();
    mock.timers.tick(250);
  }
  stream.stop();
  mock.timers.reset();
  assert.deepEqual(asked.map((one) => one.after).slice(0, 3), [null, "5.2", "5.2"]);
  assert.ok(asked[1]!.at > 9_000 && asked[1]!.at < 10_500 && asked[2]!.at > 18_500, JSON.stringify(asked));
});

test("a stream that breaks is resumed after the last event that was seen, until the server wants us no more", async () => {
  const asked: (string | null)[] = [];
  const lines: Line[] = [];
  const seen: string[] = [];
  const bodies = ['id: 5.0\nevent: snapshot\ndata: {"n":1}\n\n', 'id: 6.0\nevent: change\ndata: {"n":2}\n\n'];
  const stream = keepStream({
    url: "/api/live", lastId: "", line: NO_LINE,
    onMessage: (message) => seen.push(message.text),
    onLine: (line) => lines.push(line),
    fetch: (async (_url: string, request: RequestInit) => {
      asked.push(new Headers(request.headers).get("last-event-id"));
      const body = bodies.shift();
      return body ? new Response(body) : new Response(null, { status: 401 });
    }) as typeof fetch,
  });
  while (!stream.line.ended) {
    await settled();
    stream.hurry();
  }
  assert.deepEqual(asked, [null, "5.0", "6.0"]);
  assert.deepEqual(seen, ['{"n":1}', '{"n":2}']);
  assert.deepEqual(lines.map((line) => line.isConnected), [true, false, true, false, false]);
  assert.equal(healthOf(stream.line, Date.now()), "signed_out");
});
