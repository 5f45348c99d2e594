import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, eventParser, type Health, type Message, openLive } from "../src/core/live.ts";

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

test("a stream that breaks is resumed after the last event that was seen", async () => {
  const asked: (string | null)[] = [];
  const states: Health[] = [];
  const seen: unknown[] = [];
  const bodies = ['id: 5.0\nevent: snapshot\ndata: {"n":1}\n\n', 'id: 6.0\nevent: change\ndata: {"n":2}\n\n'];
  const get = (async (_url: string, request: RequestInit) => {
    asked.push(new Headers(request.headers).get("last-event-id"));
    const body = bodies.shift();
    return body ? new Response(body) : new Response(null, { status: 401 });
  }) as typeof fetch;
  await new Promise<void>((resolve) => {
    openLive({
      url: "/api/live", fetch: get,
      onMessage: (_event, value) => seen.push(value),
      onHealth: (health) => {
        states.push(health);
        if (health === "signed_out") resolve();
      },
    });
  });
  assert.deepEqual(asked, [null, "5.0", "6.0"]);
  assert.deepEqual(seen, [{ n: 1 }, { n: 2 }]);
  assert.ok(states.includes("live") && states.includes("disconnected"));
});
