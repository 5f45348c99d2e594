// One live stream for all windows of a browser, since HTTP/1.1 gives a browser six connections to a host.
//
//   server ══ one stream ══► the leader: it holds the lock ──── channel ────► the other windows
//                            ◄──── what each of them looks at, and a nudge when it hears nothing
//
// Every message says which event it comes after. A window that has heard less (it is new, or it missed one) reads the
// situation by itself and goes on from there. When the leader is gone the browser gives the lock to the next window,
// which resumes after the last event that it heard. Without locks (plain http to another machine) or without a channel
// each window has its own stream.

import { ask } from "./api.ts";
import { type Health, healthOf, keepStream, type Line, type Message, NO_LINE, type Stream } from "./live.ts";
import { uuid } from "./uuid.ts";
import { type Box, union, type View } from "./view.ts";

const TICK_MS = 250;
const STEAL_AFTER_MS = 10_000; // a leader that does not even answer is stuck: another takes its place
const VIEW_AT_MOST_EVERY_MS = 1_000;

/** What windows say to each other. */
type Said =
  | { kind: "hello" | "watch" | "hurry" } // to the leader: how is the line? do what is due; try at once
  | { kind: "line"; line: Line; after: string }
  | { kind: "message"; message: Message; after: string; at: number }
  | { kind: "view"; window: string; view: View | null };

export type LiveOptions = {
  person: number; // who looks: windows of others have another stream
  onMessage: (event: string, value: unknown) => void;
  /** Told several times a second, so that a page can show the age. */
  onHealth: (health: Health, lastByteAt: number | null) => void;
  fetch?: typeof fetch;
};

export function openLive({ person, onMessage, onHealth, fetch: get = fetch }: LiveOptions) {
  const name = `geo112.live.${person}`;
  const own = uuid();
  const channel = "locks" in navigator && typeof BroadcastChannel === "function" ? new BroadcastChannel(name) : null;
  const views = new Map<string, View>(); // by window; one that crashed stays, and costs a few positions too many
  let line = NO_LINE;
  let lastId = "";
  let stream: Stream | null = null; // the leader's
  let held: Message[] | null = null; // what came while the situation was being read
  let unansweredSince: number | null = null;
  let turn = new AbortController();
  let isStealing = false;
  let isOver = false;
  let sentView = "";
  let viewDueAt: number | null = null;

  const post = (said: Said) => channel?.postMessage(said);

  const deliver = (message: Message) => {
    if (message.id) lastId = message.id;
    onMessage(message.event, JSON.parse(message.text));
  };

  const show = () => {
    const present = stream?.line ?? line;
    onHealth(healthOf(present, Date.now()), present.lastByteAt);
    if (present.ended) stop();
  };

  // The leader

  /** Keep the stream until the window goes, or another takes the lock from it. */
  const lead = () =>
    new Promise<void>((resolve) => {
      if (isOver) return resolve();
      letGo = resolve;
      held = null; // the stream brings what is missing, or all
      stream = keepStream({
        url: `/api/live?screen=${own}`, lastId, line, fetch: get,
        onMessage: (message) => {
          post({ kind: "message", message, after: lastId, at: Date.now() });
          deliver(message);
        },
        onLine: (next) => {
          line = next;
          post({ kind: "line", line, after: lastId });
          if (next.isConnected) tellViewSoon();
          show();
        },
      });
    });
  let letGo = () => {};

  const tellViewSoon = () => {
    sentView = "";
    viewDueAt ??= Date.now() + VIEW_AT_MOST_EVERY_MS;
  };

  /** Say what the windows look at. The server may do without: then it sends everything. */
  const tellView = () => {
    if (!stream?.line.isConnected || viewDueAt === null || Date.now() < viewDueAt) return;
    viewDueAt = null;
    const view = union([...views.values()]);
    if (view === null || JSON.stringify(view) === sentView) return;
    sentView = JSON.stringify(view);
    ask("PUT", `/api/live/${own}/view`, view).catch(() => undefined);
  };

  // The others

  const take = (message: Message, after: string) => {
    if (held) held.push(message);
    else if (message.event !== "snapshot" && isBehind(lastId, after)) {
      held = [message];
      void readSituation(held);
    } else deliver(message);
  };

  /** Begin with the situation as it is now, then what came meanwhile; what comes twice is known by its number. */
  const readSituation = async (waiting: Message[]) => {
    try {
      const answer = await get("/api/situation", { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) throw new Error(`situation answered ${answer.status}`);
      const situation = (await answer.json()) as { id: string };
      if (held !== waiting || isOver) return;
      held = null;
      lastId = situation.id;
      onMessage("snapshot", situation);
      waiting.forEach(deliver);
    } catch {
      if (held === waiting) held = null; // the next word of the leader begins it again
    }
  };

  const queueUp = async () => {
    while (!isOver) {
      turn = new AbortController();
      const options = isStealing ? { steal: true } : { signal: turn.signal };
      isStealing = false;
      try {
        await navigator.locks.request(name, options, lead);
      } catch (error) {
        // Taken from us, or given up to take it ourselves. Anything else: this browser has no locks after all.
        if (!(error instanceof DOMException && error.name === "AbortError")) await lead();
      }
      stream?.stop();
      stream = null;
    }
  };

  const listen = ({ data }: MessageEvent<Said>) => {
    if (isOver) return;
    if (data.kind === "view") return noteView(data.window, data.view);
    if (stream) {
      if (data.kind === "watch") stream.watch();
      if (data.kind === "hurry") stream.hurry();
      if (data.kind !== "message" && data.kind !== "line") post({ kind: "line", line: stream.line, after: lastId });
      return;
    }
    if (data.kind !== "message" && data.kind !== "line") return;
    unansweredSince = null;
    if (data.kind === "message") {
      line = { ...line, isConnected: true, tries: 0, lastByteAt: data.at };
      take(data.message, data.after);
    } else {
      line = data.line;
      if (line.isConnected) post({ kind: "view", window: own, view: views.get(own) ?? null });
      if (!held && isBehind(lastId, data.after)) void readSituation((held = []));
      show();
    }
  };

  const tick = () => {
    if (stream) {
      stream.watch();
      tellView();
    } else if (healthOf(line, Date.now()) !== "live") {
      unansweredSince ??= Date.now();
      if (Date.now() - unansweredSince > STEAL_AFTER_MS) {
        unansweredSince = null;
        isStealing = true;
        turn.abort();
      } else post({ kind: "watch" });
    }
    show();
  };

  const noteView = (window: string, view: View | null) => {
    if (view) views.set(window, view);
    else views.delete(window);
    viewDueAt ??= Date.now() + VIEW_AT_MOST_EVERY_MS;
  };

  const stop = () => {
    if (isOver) return;
    isOver = true;
    clearInterval(clock);
    post({ kind: "view", window: own, view: null });
    channel?.close();
    stream?.stop();
    turn.abort();
    letGo();
  };

  const clock = setInterval(tick, TICK_MS);
  if (channel) {
    channel.onmessage = listen;
    post({ kind: "hello" });
    void queueUp();
  } else void lead();

  return {
    hurry: () => (stream ? stream.hurry() : post({ kind: "hurry" })),
    /** What this window's map shows; an empty list where it looks at no unit. Positions elsewhere come less often. */
    look: (boxes: Box[]) => {
      const view = { boxes, opd_ids: null };
      noteView(own, view);
      if (!stream) post({ kind: "view", window: own, view });
    },
    stop,
  };
}

/** Whether one who heard `mine` last has missed something that comes before or at `after`. Ids: `<journal>.<version>`. */
function isBehind(mine: string, after: string): boolean {
  if (!after || !mine) return after !== "";
  const [have, want] = [mine.split(".").map(Number), after.split(".").map(Number)];
  return have[0]! < want[0]! || have[1]! < want[1]!;
}
