import assert from "node:assert/strict";
import { test } from "node:test";
import { afterChange, afterPositions, fromSnapshot, type Situation } from "../src/core/situation.ts";
import { assignment, call, change, incident, position, snapshot, unit } from "./world.ts";

const rows = (situation: Situation) => ({
  calls: [...situation.calls.values()], incidents: [...situation.incidents.values()],
  assignments: [...situation.assignments.values()], units: [...situation.units.values()],
});

test("an old snapshot and the changes since make the new snapshot", () => {
  const before = snapshot({ calls: [call(1)], incidents: [incident(1)], units: [unit(1), unit(2)] });
  const taken = call(1, { state: "ANSWERED" });
  const sent = assignment(1, 1, 1);
  const busy = unit(1, { availability: "ASSIGNED", assignment_id: 1 });
  const dispatched = incident(1, { state: "DISPATCHED" });
  const changes = [change(11, "call", taken), change(12, "assignment", sent), change(13, "unit", busy), change(14, "incident", dispatched), change(15, "incident", incident(2))];
  const followed = changes.reduce(afterChange, fromSnapshot(before));
  const fresh = fromSnapshot(snapshot({ id: 15, calls: [taken], incidents: [dispatched, incident(2)], assignments: [sent], units: [busy, unit(2)] }));
  assert.deepEqual(rows(followed), rows(fresh));
  assert.equal(followed.id, fresh.id);
});

test("a change that was seen already changes nothing, as a resumed stream may repeat", () => {
  const before = fromSnapshot(snapshot({ incidents: [incident(1, { state: "RECEIVED" })] }));
  assert.equal(afterChange(before, change(9, "incident", incident(1, { state: "ESCALATED" }))), before);
});

test("what is over leaves the situation", () => {
  const start = fromSnapshot(snapshot({ calls: [call(1)], incidents: [incident(1)], assignments: [assignment(1, 1, 1, { holds_unit: false })] }));
  const after = [change(11, "call", call(1, { state: "CLOSED" })), change(12, "incident", incident(1, { state: "CLOSED" }))].reduce(afterChange, start);
  assert.deepEqual([after.calls.size, after.incidents.size, after.assignments.size], [0, 0, 0]);
});

test("an older fix does not move a unit back, neither by a position nor by a change of the unit", () => {
  const start = fromSnapshot(snapshot({ units: [unit(1, { position: position(60, 109.3) })] }));
  const late = afterPositions(start, { positions: [{ unit_id: 1, ...position(30, 109.1) }], etas: [] });
  assert.equal(late.units.get(1)?.position?.lon, 109.3);
  const changed = afterChange(late, change(11, "unit", unit(1, { position: position(10, 109.0), availability: "ASSIGNED" })));
  assert.equal(changed.units.get(1)?.position?.lon, 109.3);
  assert.equal(changed.units.get(1)?.availability, "ASSIGNED");
});

test("positions bring arrival times of assignments", () => {
  const start = fromSnapshot(snapshot({ units: [unit(1)] }));
  const eta = { assignment_id: 7, eta_s: 95, distance_m: 800, eta_source: "road" as const, at: position(5).fixed_at };
  const after = afterPositions(start, { positions: [{ unit_id: 1, ...position(5) }, { unit_id: 99, ...position(5) }], etas: [eta] });
  assert.deepEqual(after.etas.get(7), eta);
  assert.equal(after.units.size, 1); // a unit that this desk may not see stays unseen
});
