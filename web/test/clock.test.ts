import assert from "node:assert/strict";
import { test } from "node:test";
import { ageS, centreClock } from "../src/core/clock.ts";
import { age, clockTime, distance, figure, sceneLines, sceneName, stopwatch } from "../src/core/format.ts";

test("the centre's clock runs as fast as the server says", () => {
  let real = 0;
  const clock = centreClock(() => real);
  clock.set("2026-11-24T15:00:00Z", 10);
  real = 3000;
  assert.equal(clock.now(), Date.parse("2026-11-24T15:00:30Z"));
});

test("a message that was a little late does not turn the clock back, a real change does", () => {
  let real = 0;
  const clock = centreClock(() => real);
  clock.set("2026-11-24T15:00:00Z", 1);
  real = 2000;
  clock.set("2026-11-24T15:00:01.500Z", 1);
  assert.equal(clock.now(), Date.parse("2026-11-24T15:00:02Z"));
  clock.set("2026-11-24T14:00:00Z", 1);
  assert.equal(clock.now(), Date.parse("2026-11-24T14:00:00Z"));
});

test("an age is never negative and unknown without a time", () => {
  assert.equal(ageS("2026-11-24T15:00:10Z", Date.parse("2026-11-24T15:00:00Z")), 0);
  assert.equal(ageS(null, 0), null);
});

test("figures are written as in Indonesia", () => {
  assert.equal(clockTime("2026-11-24T15:14:07Z", "Asia/Jakarta"), "22.14.07");
  assert.equal(clockTime("2026-11-24T17:04:07Z", "Asia/Jakarta", false), "00.04");
  assert.equal(distance(842, "id"), "840 m");
  assert.equal(distance(1250, "id"), "1,3 km");
  assert.equal(distance(1250, "en"), "1.3 km");
  assert.equal(figure(1814, "id"), "1.814");
  assert.equal(age(2.9, "id"), "2 dtk");
  assert.equal(age(300, "id"), "5 mnt");
  assert.equal(stopwatch(181.9), "3.01");
  assert.equal(stopwatch(3725), "1.02.05");
});

test("a scene does not name an area twice", () => {
  const areas = ["RW 06", "Kel. Karangmaju"];
  assert.equal(sceneName("Sate Pak Kodir, RW 06, Kel. Karangmaju", areas), "Sate Pak Kodir, RW 06, Kel. Karangmaju");
  assert.deepEqual(sceneLines("Jalan Melati 4", areas), ["Jalan Melati 4", "RW 06, Kel. Karangmaju"]);
});
