import assert from "node:assert/strict";
import { test } from "node:test";
import { fourSteps } from "../src/core/crewsteps.ts";
import { suggestPriority } from "../src/core/triage.ts";
import { unitStatus } from "../src/core/unitstatus.ts";
import type { IncidentType } from "../src/core/types.ts";
import { assignment, unit } from "./world.ts";

const shown = (kind: string, present: Parameters<typeof fourSteps>[1]) => fourSteps(kind, present, {}).map((step) => `${step.status}:${step.place}`);

test("a crew sees four buttons: the next status and its neighbours", () => {
  assert.deepEqual(shown("fire", "ACCEPTED"), ["ACCEPTED:done", "EN_ROUTE:next", "ON_SCENE:later", "RESOLVED:later"]);
  assert.deepEqual(shown("fire", "ON_SCENE"), ["EN_ROUTE:done", "ON_SCENE:done", "RESOLVED:next", "CLEAR:later"]);
  assert.deepEqual(shown("ambulance", "ON_SCENE"), ["ON_SCENE:done", "AT_PATIENT:next", "TRANSPORTING:later", "AT_FACILITY:later"]);
  assert.deepEqual(shown("ambulance", "STAGED"), ["EN_ROUTE:done", "ON_SCENE:next", "AT_PATIENT:later", "TRANSPORTING:later"]);
});

test("only steps beyond the next one leave something out", () => {
  assert.deepEqual(fourSteps("fire", "ACCEPTED", {}).map((step) => step.isSkip), [false, false, true, true]);
});

test("words of danger suggest P1 and say why, unless they are denied", () => {
  const tree: IncidentType = { code: "fallen_tree", label_id: "", label_en: "", icon: "tree", default_priority: 3, needs: [] };
  assert.deepEqual(suggestPriority(tree, "Pohon tumbang, satu orang terjepit"), { priority: 1, reason: "trapped" });
  assert.deepEqual(suggestPriority(tree, "tidak ada yang terjepit"), { priority: 3, reason: null });
  assert.deepEqual(suggestPriority(tree, "bapaknya gak bernapas"), { priority: 1, reason: "unconscious" });
  assert.equal(suggestPriority(null, "jalan macet"), null);
});

test("a unit's colour follows its assignment, then its availability", () => {
  const busy = unit(1, { availability: "ASSIGNED", assignment_id: 1 });
  assert.equal(unitStatus(busy, assignment(1, 1, 1, { status: "TRANSPORTING" })), "transporting");
  assert.equal(unitStatus(busy, undefined), "enroute");
  assert.equal(unitStatus(unit(2), assignment(1, 1, 2, { status: "CLEAR", holds_unit: false })), "available");
  assert.equal(unitStatus(unit(3, { availability: "OFF_DUTY" }), undefined), "off");
});
