// The command line of the board: the words of the radio, typed. A verb may be shortened, case does not matter.
//
//   T 0231 PMK-111       tugaskan    assign a unit
//   S AMB-851 TIBA       status      what the unit said over the radio; the status word stands at the end
//   C Jl. Sudirman       cari        look for a place
//   N 0231 <words>       catat       add a note to an incident

import type { AssignmentStatus } from "./types.ts";

export type Command =
  | { kind: "assign"; incident: string; unit: string }
  | { kind: "status"; unit: string; status: AssignmentStatus }
  | { kind: "search"; words: string }
  | { kind: "note"; incident: string; words: string };

export type Unclear = { kind: "unclear"; code: "empty" | "unknown_verb" | "unknown_status" | "missing"; word: string };

const VERBS: [string, Command["kind"]][] = [
  ["tugaskan", "assign"], ["kirim", "assign"], ["assign", "assign"],
  ["status", "status"],
  ["cari", "search"], ["find", "search"],
  ["catat", "note"], ["note", "note"],
];

/** Status words in both languages; a prefix is enough as long as it names one status. */
export const STATUS_WORDS: [string, AssignmentStatus][] = [
  ["terima", "ACCEPTED"], ["accepted", "ACCEPTED"],
  ["tolak", "DECLINED"], ["declined", "DECLINED"],
  ["menuju", "EN_ROUTE"], ["berangkat", "EN_ROUTE"], ["enroute", "EN_ROUTE"],
  ["siaga", "STAGED"], ["staged", "STAGED"],
  ["tiba", "ON_SCENE"], ["lokasi", "ON_SCENE"], ["onscene", "ON_SCENE"],
  ["korban", "AT_PATIENT"], ["patient", "AT_PATIENT"],
  ["antar", "TRANSPORTING"], ["mengantar", "TRANSPORTING"], ["transporting", "TRANSPORTING"],
  ["rs", "AT_FACILITY"], ["facility", "AT_FACILITY"],
  ["selesai", "RESOLVED"], ["resolved", "RESOLVED"],
  ["bebas", "CLEAR"], ["clear", "CLEAR"],
  ["kembali", "RETURNING"], ["returning", "RETURNING"],
  ["pos", "IN_QUARTERS"], ["quarters", "IN_QUARTERS"],
  ["batal", "CANCELLED"], ["cancelled", "CANCELLED"],
];

function byPrefix<T>(table: readonly [string, T][], word: string): T | null {
  const wanted = word.toLowerCase().replace(/[-_]/g, "");
  const exact = table.find(([name]) => name === wanted);
  if (exact) return exact[1];
  const found = new Set(table.filter(([name]) => name.startsWith(wanted)).map(([, meaning]) => meaning));
  return found.size === 1 ? [...found][0]! : null;
}

const LETTERS: Record<string, Command["kind"]> = { t: "assign", s: "status", c: "search", n: "note" };

export function parseCommand(line: string): Command | Unclear {
  const words = line.trim().replace(/^\//, "").split(/\s+/).filter(Boolean);
  const verb = words[0];
  if (!verb) return { kind: "unclear", code: "empty", word: "" };
  const kind = LETTERS[verb.toLowerCase()] ?? byPrefix(VERBS, verb);
  const rest = words.slice(1);
  const missing: Unclear = { kind: "unclear", code: "missing", word: verb.toUpperCase() };
  switch (kind) {
    case "assign": {
      const [incident, ...unit] = rest;
      return incident && unit.length > 0 ? { kind, incident, unit: unit.join(" ") } : missing;
    }
    case "status": {
      const last = rest.at(-1);
      if (!last || rest.length < 2) return missing;
      const status = byPrefix(STATUS_WORDS, last);
      if (!status) return { kind: "unclear", code: "unknown_status", word: last };
      return { kind, unit: rest.slice(0, -1).join(" "), status };
    }
    case "search":
      return rest.length > 0 ? { kind, words: rest.join(" ") } : missing;
    case "note": {
      const [incident, ...note] = rest;
      return incident && note.length > 0 ? { kind, incident, words: note.join(" ") } : missing;
    }
    default:
      return { kind: "unclear", code: "unknown_verb", word: verb };
  }
}

const plain = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, "");

/** The one thing that a person means by `wanted`: exact first, else the only one that ends or begins so; null if none or several. */
export function named<T>(rows: Iterable<T>, nameOf: (row: T) => string, wanted: string): T | null {
  const all = [...rows];
  const sought = plain(wanted);
  if (!sought) return null;
  const exact = all.filter((row) => plain(nameOf(row)) === sought);
  if (exact.length === 1) return exact[0]!;
  const ending = all.filter((row) => plain(nameOf(row)).endsWith(sought));
  if (ending.length === 1) return ending[0]!;
  const beginning = all.filter((row) => plain(nameOf(row)).startsWith(sought));
  return beginning.length === 1 ? beginning[0]! : null;
}
