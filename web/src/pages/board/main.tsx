// The dispatcher's desk: queue, map, detail, command line.

import "../../ui/base.css";
import "../../ui/desk.css";
import "./board.css";
import { useEffect, useRef } from "preact/hooks";
import { figure } from "../../core/format.ts";
import { play } from "../../core/sound.ts";
import { onChange, situation } from "../../ui/desk.ts";
import { openPage } from "../../ui/frame.tsx";
import { Header } from "../../ui/header.tsx";
import { useKeys } from "../../ui/keys.ts";
import { language } from "../../ui/settings.ts";
import type { Incident } from "../../core/types.ts";
import { BoardMap } from "./boardmap.tsx";
import { CommandLine, focusCommandLine } from "./commandline.tsx";
import { Detail } from "./detail.tsx";
import { Dialogs } from "./dialogs.tsx";
import { Queue } from "./queue.tsx";
import { acknowledge, assignByKey, confirmProposal, dialog, dismissProposal, isMapLocked, queue, selectNeighbour, startBoard, undo, verify } from "./state.ts";
import { w } from "./words.ts";

function Board() {
  useEffect(startBoard, []);
  useTones();
  useKeys({
    idle: {
      ArrowDown: () => selectNeighbour(1),
      ArrowUp: () => selectNeighbour(-1),
      Enter: () => document.querySelector<HTMLElement>(".ranked-row")?.focus(),
      " ": acknowledge,
      z: () => void undo(),
      v: verify,
      y: () => void confirmProposal(),
      n: () => void dismissProposal(),
      l: () => { isMapLocked.value = !isMapLocked.value; },
      "/": focusCommandLine,
      "?": () => { dialog.value = "help"; },
      Escape: () => { if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); },
      ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [String(index + 1), () => void assignByKey(index + 1)])),
    },
  });
  return (
    <main class="board">
      <Header><Counts /></Header>
      <div class="panes">
        <Queue />
        <BoardMap />
        <Detail />
      </div>
      <CommandLine />
      <Dialogs />
    </main>
  );
}

function Counts() {
  const rows = queue.value;
  const waiting = rows.filter((row) => row.running.phase === "new").length;
  const late = rows.filter((row) => row.running.used > 1).length;
  const units = [...situation.value.units.values()];
  const ready = units.filter((unit) => unit.availability === "AVAILABLE" || unit.availability === "STANDBY").length;
  return (
    <>
      <span class="chip">{w("count_queue")} <b data-testid="count-waiting">{waiting}</b></span>
      <span class={`chip${late > 0 ? " is-late" : ""}`}>{late > 0 ? "▲ " : ""}{w("count_late")} <b data-testid="count-late">{late}</b></span>
      <span class="chip">{w("count_units")} <b data-testid="count-ready">{figure(ready, language.value)}</b> / {figure(units.length, language.value)}</span>
    </>
  );
}

/** One tone for a new P1, one when a clock passes its target. */
function useTones(): void {
  const late = useRef<Set<number> | null>(null);
  useEffect(() => onChange((change, before) => {
    if (change.object !== "incident") return;
    const incident = change.value as Incident;
    const was = before.incidents.get(incident.id)?.state;
    if (incident.priority === 1 && incident.state === "ESCALATED" && was !== "ESCALATED") play("new_p1");
  }), []);
  useEffect(() => {
    const present = new Set(queue.value.filter((row) => row.running.used > 1).map((row) => row.incident.id));
    if (late.current && [...present].some((id) => !late.current!.has(id))) play("late");
    late.current = present;
  }, [queue.value]);
}

openPage("/board", { live: true }, () => <Board />);
