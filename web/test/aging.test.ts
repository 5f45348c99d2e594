import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { aged, arrival, minutesRange } from "../src/core/aging.ts";
import { at, T0 } from "./world.ts";

type Case = { eta_s: number; age_s: number; is_on_its_way: boolean; soonest_s: number; latest_s: number };
const CASES = JSON.parse(readFileSync(new URL("../../tests/dispatching/aged_etas.json", import.meta.url), "utf8")) as Case[];

test("the page counts the figures that the server counts", () => {
  assert.ok(CASES.length > 5);
  for (const one of CASES) {
    const { soonest_s, latest_s } = aged(one.eta_s, one.age_s, one.is_on_its_way);
    assert.ok(Math.abs(soonest_s - one.soonest_s) < 1e-9 && Math.abs(latest_s - one.latest_s) < 1e-9, JSON.stringify(one));
  }
});

test("minutes are rounded away from each other, so that the range holds the truth", () => {
  assert.equal(minutesRange({ soonest_s: 241, latest_s: 539 }), "4–9");
  assert.equal(minutesRange({ soonest_s: 0, latest_s: 30 }), "0–1");
  assert.equal(minutesRange({ soonest_s: 300, latest_s: 300 }), "5");
});

test("an arrival is counted down for a minute, then it is an interval that widens", () => {
  const eta = { eta_s: 540, at: T0 };
  assert.deepEqual(arrival(eta, Date.parse(at(20))), { kind: "at", left_s: 520 });
  const [early, late] = [120, 240].map((seconds) => arrival(eta, Date.parse(at(seconds))));
  assert.ok(early?.kind === "between" && late?.kind === "between");
  assert.ok(late.interval.soonest_s < early.interval.soonest_s && late.interval.latest_s === 540);
});
