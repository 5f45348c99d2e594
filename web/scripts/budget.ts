// Measures what each built page loads, gzipped, against its budget. `npm run build` first.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";

const dist = resolve(import.meta.dirname, "../dist");
const KB = 1000;

/** Budgets in kB gzipped: the script a page needs before it works, and with all that it may load later (the map). */
const BUDGETS: Record<string, { first: number; all: number }> = {
  "index.html": { first: 30, all: 30 },
  "crew/index.html": { first: 30, all: 480 },
  "call/index.html": { first: 60, all: 600 },
  "board/index.html": { first: 60, all: 600 },
  "supervisor/index.html": { first: 60, all: 60 },
  "planner/index.html": { first: 60, all: 60 },
  "devices/index.html": { first: 60, all: 60 },
};

const text = (path: string) => readFileSync(resolve(dist, path), "utf8");
const gzipped = (path: string) => gzipSync(readFileSync(resolve(dist, path))).length / KB;

/** Scripts reached from these by static imports, and with `isAll` by dynamic ones and as workers too. */
function reached(from: Iterable<string>, isAll: boolean): Set<string> {
  const found = new Set<string>();
  const waiting = [...from];
  for (let path = waiting.pop(); path; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const source = text(path);
    const imports = [...source.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)];
    const later = isAll ? [...source.matchAll(/(?:import\(\s*["'`]\.\/|["'`]\/?assets\/)([\w.-]+\.js)["'`]/g)] : [];
    waiting.push(...[...imports, ...later].map((match) => `assets/${match[1]}`));
  }
  return found;
}

let isOver = false;
for (const [page, budget] of Object.entries(BUDGETS)) {
  const html = text(page);
  const entries = [...html.matchAll(/(?:src|href)="\/(assets\/[\w.-]+\.js)"/g)].map((match) => match[1]!);
  const sum = (paths: Set<string>) => [...paths].reduce((total, path) => total + gzipped(path), 0);
  const first = sum(reached(entries, false));
  const all = sum(reached(entries, true));
  const verdict = first <= budget.first && all <= budget.all ? "ok" : "TOO LARGE";
  isOver ||= verdict !== "ok";
  console.log(`${page.padEnd(24)} first ${first.toFixed(1).padStart(6)} of ${budget.first} kB, all ${all.toFixed(1).padStart(6)} of ${budget.all} kB  ${verdict}`);
}
process.exit(isOver ? 1 : 0);
