import assert from "node:assert/strict";
import { test } from "node:test";
import { phaseOf, queueOf, runningClock, urgency } from "../src/core/queue.ts";
import { fromSnapshot } from "../src/core/situation.ts";
import { assignment, at, incident, snapshot, T0 } from "./world.ts";

const TARGETS = [
  { code: "dispatch", priority: 1 as const, target_s: 60 }, { code: "dispatch", priority: 2 as const, target_s: 300 },
  { code: "turnout", priority: null, target_s: 80 }, { code: "travel", priority: null, target_s: 480 },
];
const now = Date.parse(at(90));

test("the queue shows the unassigned first, then by priority, then by the time that is left", () => {
  const situation = fromSnapshot(snapshot({
    incidents: [
      incident(1, { state: "DISPATCHED", times: { dispatched_at: T0 } }),
      incident(2, { priority: 2 }),
      incident(3, { times: { escalated_at: at(60) } }),
      incident(4, { times: { escalated_at: at(10) } }),
      incident(5, { state: "DRAFT" }),
      incident(6, { state: "RESOLVED", opds: [{ opd_id: 1, state: "RESOLVED", state_since: T0 }] }),
    ],
    assignments: [assignment(1, 1, 1)],
  }));
  assert.deepEqual(queueOf(situation, TARGETS, 1, now).map((row) => row.incident.id), [4, 3, 2, 1, 6]);
});

test("an incident whose units were all called back waits again", () => {
  const sent = incident(1, { state: "DISPATCHED", opds: [{ opd_id: 1, state: "DISPATCHED", state_since: T0 }] });
  assert.equal(phaseOf(sent, [assignment(1, 1, 1)], 1), "assigned");
  assert.equal(phaseOf(sent, [], 1), "new");
});

test("a unit of another OPD does not make the incident assigned for this desk", () => {
  const both = incident(1, { opds: [{ opd_id: 1, state: "ESCALATED", state_since: T0 }, { opd_id: 2, state: "EN_ROUTE", state_since: T0 }] });
  const theirs = [assignment(1, 1, 1, { opd_id: 2, status: "EN_ROUTE" })];
  assert.equal(phaseOf(both, theirs, 1), "new");
  assert.equal(phaseOf(both, theirs, 2), "en_route");
  assert.equal(phaseOf(both, theirs, null), "en_route");
});

test("the clock runs against the target of its phase and priority, and is near from 70 percent on", () => {
  const at41 = runningClock(incident(1), "new", TARGETS, Date.parse(at(41)));
  const at42 = runningClock(incident(1), "new", TARGETS, Date.parse(at(42)));
  const at61 = runningClock(incident(1), "new", TARGETS, Date.parse(at(61)));
  assert.deepEqual([urgency(at41), urgency(at42), urgency(at61)], ["normal", "near", "late"]);
  assert.equal(runningClock(incident(1, { priority: 2 }), "new", TARGETS, now).targetS, 300);
  assert.equal(runningClock(incident(1), "on_scene", TARGETS, now).targetS, null);
});
