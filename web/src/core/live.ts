// The live stream: server-sent events read by hand, because only so can we see when the last byte came, say where to
// resume, and choose how long to wait. The server says something at least every two seconds, so silence has a meaning:
//
//   live ──3 s silent──► delayed ──4.5 s silent, or two tries failed──► disconnected          (9 s: hang up, try again)

export type Health = "connecting" | "live" | "delayed" | "disconnected" | "signed_out" | "forbidden";

export const DELAYED_AFTER_MS = 3_000; // one heartbeat is missing
export const DISCONNECTED_AFTER_MS = 4_500; // two are: nobody works by an old picture for more than five seconds
/** The line is kept longer than it is believed in: a server that is only slow must not meet all its desks anew. */
export const GIVE_UP_AFTER_MS = 9_000;

/** What is known of the connection to the server. */
export type Line = {
  readonly isConnected: boolean;
  readonly tries: number; // that ended since the last message
  readonly lastByteAt: number | null; // this machine's time, ms
  readonly ended: "signed_out" | "forbidden" | null; // the server wants us no more
};

export const NO_LINE: Line = { isConnected: false, tries: 0, lastByteAt: null, ended: null };

export function healthOf(line: Line, now: number): Health {
  if (line.ended) return line.ended;
  if (line.tries > 1 && !line.isConnected) return "disconnected";
  if (line.lastByteAt === null) return "connecting";
  const silent = now - line.lastByteAt;
  if (silent > DISCONNECTED_AFTER_MS) return "disconnected";
  return silent > DELAYED_AFTER_MS || (line.tries > 0 && !line.isConnected) ? "delayed" : "live";
}

export type Message = { id: string; event: string; text: string };

/** Parse server-sent events from pieces of text that may end anywhere. Returns the function that takes the pieces. */
export function eventParser(onMessage: (message: Message) => void): (piece: string) => void {
  let rest = "";
  let lastId = "";
  let event = "";
  let lines: string[] = [];
  return (piece) => {
    rest += piece;
    for (;;) {
      const end = rest.search(/\r\n|\n|\r(?!$)/);
      if (end < 0) return;
      const line = rest.slice(0, end);
      rest = rest.slice(end + (rest.startsWith("\r\n", end) ? 2 : 1));
      if (line === "") {
        if (lines.length > 0) onMessage({ id: lastId, event: event || "message", text: lines.join("\n") });
        event = "";
        lines = [];
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") lines.push(value);
      else if (field === "event") event = value;
      else if (field === "id") lastId = value;
    }
  };
}

/** How long to wait before the n-th try (0 first): 0.5 s doubling to 8 s, spread by ±25 % so that desks do not come at once. */
export function backoffMs(tries: number, random: () => number = Math.random): number {
  return Math.min(8000, 500 * 2 ** tries) * (0.75 + random() * 0.5);
}

export type StreamOptions = {
  url: string;
  lastId: string; // resume after this event; "" begins with a snapshot
  line: Line; // what was known so far
  onMessage: (message: Message) => void;
  onLine: (line: Line) => void; // it was connected, broke, or ended
  fetch?: typeof fetch;
};

export type Stream = ReturnType<typeof keepStream>;

/** Keep the stream open until `stop()`. It has no clock of its own: `watch` has to be called several times a second, by
 * this window or, where the browser holds back the timers of a window that nobody sees, by another one. */
export function keepStream({ url, lastId, line: before, onMessage, onLine, fetch: get = fetch }: StreamOptions) {
  let line: Line = { ...before, isConnected: false, tries: 0 };
  let isStopped = false;
  let openingSince: number | null = null;
  let nextTryAt = 0;
  let abort = new AbortController();
  let wake = () => {};

  const tell = (change: Partial<Line>) => {
    line = { ...line, ...change };
    if (!isStopped) onLine(line);
  };

  const listen = async () => {
    abort = new AbortController();
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastId) headers["Last-Event-ID"] = lastId;
    openingSince = Date.now();
    const answer = await get(url, { headers, credentials: "same-origin", cache: "no-store", signal: abort.signal });
    openingSince = null;
    if (answer.status === 401 || answer.status === 403) return tell({ ended: answer.status === 401 ? "signed_out" : "forbidden" });
    if (!answer.ok || !answer.body) throw new Error(`live stream answered ${answer.status}`);
    tell({ isConnected: true, lastByteAt: Date.now() });
    const parse = eventParser((message) => {
      if (isStopped) return;
      if (message.id) lastId = message.id;
      line = { ...line, tries: 0 };
      onMessage(message);
    });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      line = { ...line, lastByteAt: Date.now() };
      parse(value);
    }
  };

  const run = async () => {
    while (!isStopped && !line.ended) {
      try {
        await listen();
      } catch {
        // No connection, or it broke: the state says so, and we try again.
      }
      openingSince = null;
      if (isStopped || line.ended) return;
      nextTryAt = Date.now() + backoffMs(line.tries);
      tell({ isConnected: false, tries: line.tries + 1 });
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  void run();

  return {
    get line(): Line {
      return line;
    },
    /** Do what is due by now: try again, or hang up where nobody says anything. */
    watch: () => {
      const now = Date.now();
      const quietSince = openingSince ?? (line.isConnected ? line.lastByteAt : null);
      if (quietSince !== null && now - quietSince > GIVE_UP_AFTER_MS) abort.abort();
      if (now >= nextTryAt) wake();
    },
    /** Try at once: the network came back, or the page is in front again. */
    hurry: () => wake(),
    stop: () => {
      isStopped = true;
      abort.abort();
      wake();
    },
  };
}
