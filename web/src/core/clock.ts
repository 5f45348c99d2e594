// The centre's clock. The server says what time it is and how fast its time runs (training may run ten times as fast);
// between two of its messages this machine only counts on. The desk's own clock is never trusted.

export type CentreClock = { now(): number; speed: number };

/** A clock that nobody has set yet shows this machine's time. */
export function centreClock(monotonic: () => number = () => performance.now()) {
  let shown = Date.now();
  let since = monotonic();
  let speed = 1;
  let isSet = false;

  return {
    /** The server said so just now: `now` is RFC 3339, `speed` how many centre seconds one real second lasts. */
    set(now: string, newSpeed: number): void {
      const at = Date.parse(now);
      if (Number.isNaN(at)) return;
      // Messages arrive late by different amounts; a clock that jumps back by part of a second would show negative ages.
      const counted = this.now();
      const drift = at - counted;
      const isJitter = isSet && newSpeed === speed && drift < 0 && drift > -1500 * speed;
      shown = isJitter ? counted : at;
      since = monotonic();
      speed = newSpeed > 0 ? newSpeed : 1;
      isSet = true;
    },
    /** Centre time, milliseconds since 1970. */
    now(): number {
      return shown + (monotonic() - since) * speed;
    },
    get speed(): number {
      return speed;
    },
    get isSet(): boolean {
      return isSet;
    },
  };
}

/** Seconds from `since` (RFC 3339) to `now` (ms); never negative, null where there is no time. */
export function ageS(since: string | null | undefined, now: number): number | null {
  if (!since) return null;
  return Math.max(0, (now - Date.parse(since)) / 1000);
}
