import assert from "node:assert/strict";
import { test } from "node:test";
import { named, parseCommand } from "../src/core/command.ts";

test("the words of the radio are understood, long or short, in any case", () => {
  assert.deepEqual(parseCommand("T 0231 PMK-111"), { kind: "assign", incident: "0231", unit: "PMK-111" });
  assert.deepEqual(parseCommand("/tugas 0231 pmk 111"), { kind: "assign", incident: "0231", unit: "pmk 111" });
  assert.deepEqual(parseCommand("s AMB-851 tiba"), { kind: "status", unit: "AMB-851", status: "ON_SCENE" });
  assert.deepEqual(parseCommand("S AMB-851 MEN"), { kind: "unclear", code: "unknown_status", word: "MEN" }); // menuju, mengantar
  assert.deepEqual(parseCommand("C Jl. Sudirman 4"), { kind: "search", words: "Jl. Sudirman 4" });
});

test("what is not understood is said with the word", () => {
  assert.deepEqual(parseCommand("X 1"), { kind: "unclear", code: "unknown_verb", word: "X" });
  assert.deepEqual(parseCommand("T 0231"), { kind: "unclear", code: "missing", word: "T" });
  assert.deepEqual(parseCommand("   "), { kind: "unclear", code: "empty", word: "" });
});

test("a name means one thing or none", () => {
  const units = ["PMK-111", "PMK-11", "AMB-111"];
  const name = (wanted: string) => named(units, (one) => one, wanted);
  assert.equal(name("pmk111"), "PMK-111");
  assert.equal(name("PMK 11"), "PMK-11");
  assert.equal(name("111"), null); // two end so
  assert.equal(name("amb"), "AMB-111");
  assert.equal(name("-"), null);
});
