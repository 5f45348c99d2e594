// The queue: what waits, what is under way, and how long each still has.

import { useEffect, useRef } from "preact/hooks";
import { age, sceneName, stopwatch } from "../../core/format.ts";
import { type QueueRow, type Running, urgency } from "../../core/queue.ts";
import { reference, situation, types } from "../../ui/desk.ts";
import { Icon } from "../../ui/icon.tsx";
import { language } from "../../ui/settings.ts";
import { label } from "../../ui/words.ts";
import { opdId, queue, select, selectedId } from "./state.ts";
import { w } from "./words.ts";

export function Queue() {
  const rows = queue.value;
  return (
    <section class="queue" aria-label={w("queue")}>
      <div class="pane-head">
        <h2>{w("queue")}</h2>
        <span class="small quiet cut">{targetsInWords()}</span>
      </div>
      {rows.length === 0 ? (
        <p class="empty" data-testid="queue-empty">{situation.value.isKnown ? w("queue_empty") : w("queue_loading")}</p>
      ) : (
        <ul class="rows" role="listbox" aria-label={w("queue")} data-testid="queue">
          {rows.map((row) => (
            <Row key={row.incident.id} row={row} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** SLA kirim: P1 1 mnt · P2 5 mnt · P3 15 mnt */
function targetsInWords(): string {
  const targets = (reference.value?.clocks ?? []).filter((target) => target.code === "dispatch" && target.priority !== null);
  if (targets.length === 0) return "";
  return `${w("target_dispatch")} ${targets.map((t) => `P${t.priority} ${age(t.target_s, language.value)}`).join(" · ")}`;
}

function Row({ row }: { row: QueueRow }) {
  const { incident, running } = row;
  const isSelected = incident.id === selectedId.value;
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isSelected) element.current?.scrollIntoView({ block: "nearest" });
  }, [isSelected]);
  const type = types.value.get(incident.type);
  return (
    <li
      ref={element} role="option" aria-selected={isSelected} tabIndex={-1}
      class={`queue-row${isSelected ? " is-selected" : ""}${row.isUnacknowledged ? " is-new" : ""}`}
      data-testid={`incident-${incident.id}`} data-number={incident.number} data-state={incident.state} data-phase={running.phase}
      onClick={() => select(incident.id)}
    >
      <span class={`badge p${incident.priority}`}>P{incident.priority}</span>
      <Icon name={type?.icon ?? "dots"} />
      <div class="grow">
        <div class="line">
          <span class="title cut">{label(type, incident.type)}</span>
          <Elapsed running={running} />
        </div>
        <div class="line small">
          <span class="quiet cut">{place(row)}</span>
          <PhaseWord row={row} />
        </div>
        <Bar running={running} />
      </div>
    </li>
  );
}

/** How long it has been in this phase; beyond its target with a sign and by how much. */
export function Elapsed({ running }: { running: Running }) {
  const over = running.targetS !== null && running.elapsedS > running.targetS;
  return (
    <span class={`elapsed${over ? " bad" : ""}`} data-testid="elapsed">
      {over ? `▲ +${stopwatch(running.elapsedS - running.targetS!)}` : stopwatch(running.elapsedS)}
    </span>
  );
}

function Bar({ running }: { running: Running }) {
  if (running.targetS === null) return <div class="bar is-none" />;
  const share = Math.min(1, running.used);
  return (
    <div class={`bar is-${urgency(running)}`} title={w(`phase_${running.phase}`)}>
      <div style={{ width: `${share * 100}%` }} />
    </div>
  );
}

const PHASE_COLOUR = { new: "bad", assigned: "quiet", en_route: "quiet", on_scene: "quiet", done: "good" } as const;

function PhaseWord({ row }: { row: QueueRow }) {
  const { phase } = row.running;
  const count = row.units.filter((unit) => opdId.value === null || unit.opd_id === opdId.value).length;
  return (
    <span class={`phase ${PHASE_COLOUR[phase]}`}>
      {row.isUnacknowledged && <span class="flash" aria-hidden="true">● </span>}
      {w(`phase_${phase}`)}
      {count > 0 && phase !== "done" && ` · ${w(count === 1 ? "one_unit" : "unit_count", { n: count })}`}
    </span>
  );
}

function place({ incident }: QueueRow): string {
  return sceneName(incident.tkp_label, incident.tkp_areas) || incident.number;
}
