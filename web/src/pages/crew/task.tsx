// The task: where to go, and the four buttons around the next status.

import { useState } from "preact/hooks";
import { arrival as arrivalOf, minutesRange } from "../../core/aging.ts";
import { fourSteps, type Step } from "../../core/crewsteps.ts";
import { clockTime, distance, sceneLines } from "../../core/format.ts";
import type { AssignmentStatus, Eta } from "../../core/types.ts";
import { language } from "../../ui/settings.ts";
import { common, label } from "../../ui/words.ts";
import { city, duty, eta, now, present, press, presses, reference, times } from "./state.ts";
import { MapToggle } from "./taskmap.tsx";
import { w } from "./words.ts";

export function Task() {
  const status = present.value;
  if (!duty.value?.assignment || !status) return null;
  const isNew = status === "SENT" || status === "DELIVERED";
  return (
    <div class={isNew ? "new-task" : "task"} data-testid="task" data-status={status}>
      {isNew && <h1 data-testid="new-task">{w("new_task")}</h1>}
      <Card />
      {isNew ? <Answer /> : <Steps status={status} />}
      {!isNew && <MapToggle />}
    </div>
  );
}

function Card() {
  const { incident, unit } = duty.value!;
  if (!incident) return null;
  const type = reference.value?.incident_types.find((one) => one.code === incident.type);
  const [where, areas] = sceneLines(incident.tkp_label, incident.tkp_areas);
  const sure = incident.tkp_uncertainty_m === null ? "" : `TKP ±${Math.round(incident.tkp_uncertainty_m)} m`;
  const arrival = eta.value?.assignment_id === duty.value?.assignment?.id ? eta.value : null;
  const minutes = arrival ? minutesOf(arrival) : inMinutes(duty.value!.assignment!.eta_s_when_sent);
  return (
    <section class={`card p${incident.priority}`} data-testid="card">
      <header>
        <span>P{incident.priority} · {label(type, incident.type)}</span>
        <span data-testid="call-sign">{unit.call_sign}</span>
      </header>
      <div class="inside">
        <h2 data-testid="where">{where || w("nameless")}</h2>
        <p>{[areas, sure].filter(Boolean).join(" · ")}</p>
        {incident.words && <p class="quiet">{incident.words}</p>}
        {incident.landmark && <p><b>{w("landmark")}:</b> {incident.landmark}</p>}
        <p>
          {minutes && <b>{w("minutes", { n: minutes })} · </b>}
          {arrival?.distance_m != null && `${distance(arrival.distance_m, language.value)} · `}
          {incident.number}
        </p>
        {incident.tkp && (
          <a
            class="button is-main big" data-testid="navigate"
            href={`geo:${incident.tkp.lat},${incident.tkp.lon}?q=${incident.tkp.lat},${incident.tkp.lon}(${encodeURIComponent(incident.tkp_label ?? incident.number)})`}
          >
            {w("navigate")}
          </a>
        )}
      </div>
    </section>
  );
}

const inMinutes = (seconds: number | null) => (seconds === null ? null : `${Math.max(1, Math.round(seconds / 60))}`);

function minutesOf(eta: Eta): string | null {
  if (eta.eta_s === null) return null;
  const found = arrivalOf({ eta_s: eta.eta_s, at: eta.at }, now.value);
  return found.kind === "between" ? minutesRange(found.interval) : inMinutes(found.left_s);
}

function Answer() {
  const [isDeclining, setDeclining] = useState(false);
  if (isDeclining) {
    return (
      <section class="answer" data-testid="decline-reasons">
        <h2>{w("why_decline")}</h2>
        {(reference.value?.decline_reasons ?? []).map((reason) => (
          <button key={reason.code} type="button" class="button big" data-testid={`decline-${reason.code}`} onClick={() => void press("DECLINED", { reason: reason.code })}>
            {label(reason)}
          </button>
        ))}
        <button type="button" class="button is-bare big" data-testid="decline-back" onClick={() => setDeclining(false)}>{common("cancel")}</button>
      </section>
    );
  }
  return (
    <section class="answer">
      <button type="button" class="button is-send huge" data-testid="accept" onClick={() => void press("ACCEPTED")}>{w("accept")}</button>
      <button type="button" class="button big" data-testid="decline" onClick={() => setDeclining(true)}>{w("decline")}</button>
    </section>
  );
}

function Steps({ status }: { status: AssignmentStatus }) {
  // A step that leaves others out is asked about: the first press arms it for five seconds, the second counts.
  const [armed, setArmed] = useState<AssignmentStatus | null>(null);
  const { unit } = duty.value!;
  const kind = unit.profile === "ambulance" ? "ambulance" : unit.opd_kind;
  const choose = (step: Step) => {
    if (step.isSkip && armed !== step.status) {
      setArmed(step.status);
      setTimeout(() => setArmed(null), 5000);
      return;
    }
    setArmed(null);
    void press(step.status);
  };
  return (
    <ol class="steps" data-testid="steps">
      {fourSteps(kind, status, times.value).map((step) => {
        const waits = presses.value.some((one) => one.status === step.status && one.assignment_id === duty.value!.assignment!.id);
        return (
          <li key={step.status}>
            <button
              type="button" class={`step is-${step.place}`} disabled={step.place === "done"} data-testid={`step-${step.status}`}
              data-place={step.place} onClick={() => choose(step)}
            >
              <i aria-hidden="true">{step.place === "done" ? "✓" : step.number}</i>
              <span class="grow">
                {w(`step_${step.status}` as "step_ACCEPTED")}
                {armed === step.status && <small>{w("press_again")}</small>}
                {waits && <small>{w("waits")}</small>}
              </span>
              {step.place === "done" && <time>{step.at && city.value ? clockTime(step.at, city.value.time_zone, false) : w("skipped")}</time>}
            </button>
          </li>
        );
      })}
    </ol>
  );
}
