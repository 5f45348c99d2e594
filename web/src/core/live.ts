// The live stream: server-sent events read by hand, because only so can we see when the last byte came, say where to
// resume, and choose how long to wait. States: live → delayed (5 s without a byte) → disconnected (12 s, or an error).

export type Health = "connecting" | "live" | "delayed" | "disconnected" | "signed_out" | "forbidden";

export const DELAYED_AFTER_MS = 5_000;
export const DISCONNECTED_AFTER_MS = 12_000;

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

export type LiveOptions = {
  onMessage: (event: string, value: unknown) => void;
  onHealth: (health: Health, lastByteAt: number | null) => void;
  url?: string;
  fetch?: typeof fetch;
};

/** Keep the stream open until `stop()`. Health is told at least once a second, so that a page can show the age. */
export function openLive({ onMessage, onHealth, url = "/api/live", fetch: get = fetch }: LiveOptions) {
  let lastId = "";
  let lastByteAt: number | null = null;
  let isConnected = false;
  let isEnded = false;
  let tries = 0;
  let abort = new AbortController();
  let wake = () => {};

  const end = (health: Health) => {
    isEnded = true;
    clearInterval(watchdog);
    onHealth(health, lastByteAt);
  };

  const watchdog = setInterval(() => {
    const silent = lastByteAt === null ? 0 : Date.now() - lastByteAt;
    if (isConnected && silent > DISCONNECTED_AFTER_MS) abort.abort(); // looks open, says nothing: start again
    if (lastByteAt === null) onHealth(tries > 1 ? "disconnected" : "connecting", null);
    else if (!isConnected && tries > 0) onHealth("disconnected", lastByteAt);
    else onHealth(silent > DISCONNECTED_AFTER_MS ? "disconnected" : silent > DELAYED_AFTER_MS ? "delayed" : "live", lastByteAt);
  }, 500);

  const listen = async () => {
    abort = new AbortController();
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastId) headers["Last-Event-ID"] = lastId;
    const opening = setTimeout(() => abort.abort(), DISCONNECTED_AFTER_MS);
    const answer = await get(url, { headers, credentials: "same-origin", cache: "no-store", signal: abort.signal });
    clearTimeout(opening);
    if (answer.status === 401) return end("signed_out");
    if (answer.status === 403) return end("forbidden");
    if (!answer.ok || !answer.body) throw new Error(`live stream answered ${answer.status}`);
    isConnected = true;
    lastByteAt = Date.now();
    onHealth("live", lastByteAt);
    const parse = eventParser((message) => {
      if (message.id) lastId = message.id;
      onMessage(message.event, JSON.parse(message.text));
      tries = 0;
    });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      lastByteAt = Date.now();
      parse(value);
    }
  };

  const run = async () => {
    while (!isEnded) {
      try {
        await listen();
      } catch {
        // No connection, or it broke: the state says so, and we try again.
      }
      isConnected = false;
      if (isEnded) return;
      tries += 1;
      if (tries > 1) onHealth("disconnected", lastByteAt);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, backoffMs(tries - 1));
      });
    }
  };
  void run();

  return {
    /** Try at once: the network came back, or the page is in front again. */
    hurry: () => wake(),
    /** Forget where we were: the next connection begins with a snapshot. */
    restart: () => {
      lastId = "";
      abort.abort();
      wake();
    },
    stop: () => {
      isEnded = true;
      clearInterval(watchdog);
      abort.abort();
      wake();
    },
  };
}
