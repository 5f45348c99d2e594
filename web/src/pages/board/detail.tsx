// The incident in front: what, where, who said it, which units are on it, and what happened so far.

import { arrival, minutesRange } from "../../core/aging.ts";
import { clockTime, distance, sceneName, stopwatch } from "../../core/format.ts";
import { assignmentsOf } from "../../core/situation.ts";
import type { Assignment, AssignmentStatus, Eta, Incident, Moment, Proposal } from "../../core/types.ts";
import { me, now, opds, reference, situation, types, zone } from "../../ui/desk.ts";
import { Icon } from "../../ui/icon.tsx";
import { language } from "../../ui/settings.ts";
import { label } from "../../ui/words.ts";
import { acknowledge, confirmProposal, detail, dialog, dismissProposal, opdId, proposals, reportByRadio, select, selected, verify } from "./state.ts";
import { w } from "./words.ts";
import { Ranked } from "./ranked.tsx";
import { isUnacknowledged } from "../../core/queue.ts";

const OVER = ["CLOSED", "CANCELLED", "MERGED", "HANDED_OVER", "REJECTED"];

export function Detail() {
  const incident = selected.value;
  if (!incident) {
    return (
      <aside class="detail" aria-label={w("selected")}>
        <div class="pane-head"><h2>{w("selected")}</h2></div>
        <p class="empty" data-testid="nothing-selected">{w("nothing_selected")}</p>
      </aside>
    );
  }
  return (
    <aside class="detail" aria-label={w("selected")} data-testid="detail" data-incident={incident.id} data-state={incident.state}>
      <div class="pane-head">
        <h2>{w("selected")}</h2>
        <span class="small strong" data-testid="incident-state">{w(`state_${incident.state}` as "state_OPEN")}</span>
      </div>
      <Facts incident={incident} />
      <Actions incident={incident} />
      <Units incident={incident} />
      <Ranked />
      <Chronology />
    </aside>
  );
}

function Facts({ incident }: { incident: Incident }) {
  const more = detail.value?.id === incident.id ? detail.value : null;
  const type = types.value.get(incident.type);
  const scene = sceneName(incident.tkp_label, incident.tkp_areas);
  const known = incident.tkp
    ? incident.tkp_uncertainty_m === null ? w("tkp_confirmed") : w("tkp_confirmed_within", { m: Math.round(incident.tkp_uncertainty_m) })
    : w("tkp_missing");
  return (
    <div class="facts">
      <div class="line start">
        <span class={`badge p${incident.priority}`}>P{incident.priority}</span>
        <span class="quiet" data-testid="incident-number">{incident.number}</span>
      </div>
      <h3 class="incident-title"><Icon name={type?.icon ?? "dots"} /> {label(type, incident.type)}</h3>
      <p>{scene || w("scene_unnamed")}</p>
      <dl>
        <dt>{w("caller")}</dt>
        <dd>{more?.caller_number_masked ?? "–"} · {known}</dd>
        <dt>{w("words")}</dt>
        <dd>{more ? more.words || "–" : "…"}</dd>
        {more?.landmark && <><dt>{w("landmark")}</dt><dd>{more.landmark}</dd></>}
        {incident.call_count > 1 && <><dt>{w("calls")}</dt><dd>{w("call_count", { n: incident.call_count })}</dd></>}
        {incident.opds.length > 0 && (
          <>
            <dt>{w("opds")}</dt>
            <dd>{incident.opds.map((one) => `${opds.value.get(one.opd_id)?.code ?? one.opd_id}: ${w(`state_${one.state}` as "state_OPEN")}`).join(" · ")}</dd>
          </>
        )}
        {more && more.duplicates.length > 0 && (
          <>
            <dt>{w("duplicate")}</dt>
            <dd>
              {more.duplicates.slice(0, 3).map((other) => (
                <button key={other.incident_id} type="button" class="link" data-testid={`duplicate-${other.incident_id}`} onClick={() => select(other.incident_id)}>
                  {other.number} · {distance(other.distance_m, language.value)}
                </button>
              ))}
            </dd>
          </>
        )}
        {more?.report && <><dt>{w("report")}</dt><dd data-testid="report">{more.report.summary}</dd></>}
      </dl>
    </div>
  );
}

function Actions({ incident }: { incident: Incident }) {
  if (OVER.includes(incident.state)) return null;
  const track = incident.opds.find((one) => one.opd_id === opdId.value)?.state ?? incident.state;
  const mayVerify = ["ESCALATED", "RECEIVED"].includes(track);
  return (
    <div class="actions no-print">
      {isUnacknowledged(incident, opdId.value) && (
        <button type="button" class="button is-main" data-testid="acknowledge" onClick={acknowledge}>
          {w("acknowledge")} <kbd>{w("space")}</kbd>
        </button>
      )}
      {mayVerify && !isUnacknowledged(incident, opdId.value) && (
        <button type="button" class="button" data-testid="verify" onClick={verify}>{w("verify")} <kbd>V</kbd></button>
      )}
      {["ESCALATED", "RECEIVED", "VERIFIED"].includes(track) && (
        <button type="button" class="button" data-testid="reject" onClick={() => { dialog.value = "reject"; }}>{w("reject")}</button>
      )}
      <button type="button" class={`button${incident.state === "RESOLVED" ? " is-main" : ""}`} data-testid="close-incident" onClick={() => { dialog.value = "close"; }}>{w("close_incident")}</button>
      <button type="button" class="button" data-testid="cancel-incident" onClick={() => { dialog.value = "cancel"; }}>{w("cancel_incident")}</button>
    </div>
  );
}

function Units({ incident }: { incident: Incident }) {
  const rows = assignmentsOf(situation.value, incident.id);
  if (rows.length === 0) return null;
  return (
    <section aria-label={w("assigned_units")}>
      <div class="pane-head"><h2>{w("assigned_units")}</h2></div>
      <ul class="rows" data-testid="assignments">
        {rows.map((assignment) => <AssignedRow key={assignment.id} assignment={assignment} />)}
      </ul>
    </section>
  );
}

function AssignedRow({ assignment }: { assignment: Assignment }) {
  const eta = situation.value.etas.get(assignment.id);
  const isRolling = ["SENT", "DELIVERED", "ACCEPTED", "EN_ROUTE", "STAGED"].includes(assignment.status);
  const mine = opdId.value === null || opdId.value === assignment.opd_id;
  return (
    <>
      <li class={`assigned-row${assignment.holds_unit ? "" : " is-over"}`} data-testid={`assignment-${assignment.id}`} data-unit={assignment.call_sign} data-status={assignment.status}>
        <div class="grow">
          <div class="line start">
            <span class="strong">{assignment.call_sign}</span>
            <span class="tag" data-testid="assignment-status">{w(`status_${assignment.status}`)}</span>
          </div>
          <div class="small quiet">
            {w("since", { time: clockTime(assignment.status_since, zone.value) })}
            {isRolling && eta?.distance_m != null && ` · ${distance(eta.distance_m, language.value)}`}
          </div>
        </div>
        {isRolling && (
          <span class="eta" data-testid="assignment-eta">
            {etaInWords(assignment, eta)}
            <span class="small quiet block">{w("minutes_short")}</span>
          </span>
        )}
        {mine && assignment.holds_unit && <Radio assignment={assignment} />}
      </li>
      {proposals.value.filter((one) => one.assignment.id === assignment.id).map(({ proposal }) => (
        <ProposalRow key={proposal.id} assignment={assignment} proposal={proposal} />
      ))}
    </>
  );
}

/** Counted down while the fix is fresh; from a minute on the interval in which it can arrive. */
function etaInWords(assignment: Assignment, eta: Eta | undefined): string {
  if (!eta || eta.eta_s === null) return assignment.eta_s_when_sent === null ? "–" : stopwatch(assignment.eta_s_when_sent);
  const found = arrival({ eta_s: eta.eta_s, at: eta.at }, now.value);
  const guess = eta.eta_source === "straight_line" ? "≈ " : "";
  return guess + (found.kind === "between" ? minutesRange(found.interval) : stopwatch(found.left_s));
}

/** What the position speaks for. It is entered by this tap alone; the first of the list by a key as well. */
function ProposalRow({ assignment, proposal }: { assignment: Assignment; proposal: Proposal }) {
  const isFirst = proposals.value[0]?.proposal.id === proposal.id;
  const { distance_m, fixes } = proposal.evidence;
  const goal = proposal.status === "IN_QUARTERS" ? "evidence_post" : "evidence_tkp";
  return (
    <li class="proposal-row" data-testid={`proposal-${assignment.call_sign}-${proposal.status}`}>
      <span class="grow">
        <span class="strong block">{w("proposal", { status: w(`status_${proposal.status}`), time: clockTime(proposal.at, zone.value) })}</span>
        <span class="small quiet">
          {w(goal, { distance: distance(distance_m, language.value) })}{fixes !== null && ` · ${w("evidence_fixes", { n: fixes })}`}
        </span>
      </span>
      <button type="button" class="button is-main" data-testid="proposal-confirm" onClick={() => void confirmProposal({ assignment, proposal })}>
        {w("confirm")} {isFirst && <kbd>Y</kbd>}
      </button>
      <button type="button" class="button" data-testid="proposal-dismiss" onClick={() => void dismissProposal({ assignment, proposal })}>
        {w("dismiss")} {isFirst && <kbd>N</kbd>}
      </button>
    </li>
  );
}

const RADIO_ORDER: AssignmentStatus[] = [
  "ACCEPTED", "EN_ROUTE", "STAGED", "ON_SCENE", "AT_PATIENT", "TRANSPORTING", "AT_FACILITY", "RESOLVED", "CLEAR", "DECLINED", "CANCELLED",
];

/** What the unit says over the radio, entered for it. */
function Radio({ assignment }: { assignment: Assignment }) {
  const next = reference.value?.assignment_next[assignment.status] ?? [];
  const isAmbulance = situation.value.units.get(assignment.unit_id)?.opd_kind === "ambulance";
  const patient = ["AT_PATIENT", "TRANSPORTING", "AT_FACILITY"];
  const choices = RADIO_ORDER.filter((status) => next.includes(status) && (isAmbulance || !patient.includes(status)));
  if (choices.length === 0 || me.value?.role === "call_taker") return null;
  return (
    <select
      class="input radio" aria-label={w("by_radio", { unit: assignment.call_sign })} title={w("by_radio", { unit: assignment.call_sign })}
      data-testid={`radio-${assignment.call_sign}`} value=""
      onChange={(event) => {
        const status = event.currentTarget.value as AssignmentStatus | "";
        event.currentTarget.value = "";
        if (status) void reportByRadio(assignment, status, status === "DECLINED" ? "radio" : undefined);
      }}
    >
      <option value="">{w("radio_short")}</option>
      {choices.map((status) => <option key={status} value={status}>{w(`status_${status}`)}</option>)}
    </select>
  );
}

function Chronology() {
  const more = detail.value?.id === selected.value?.id ? detail.value : null;
  return (
    <section aria-label={w("chronology")}>
      <div class="pane-head"><h2>{w("chronology")}</h2></div>
      {!more ? (
        <p class="empty">{w("chronology_loading")}</p>
      ) : (
        <ol class="chronology" data-testid="chronology">
          {more.chronology.filter(isForPeople).reverse().map((moment) => (
            <li key={`${moment.at}${moment.kind}${moment.call_sign ?? ""}${moment.status ?? ""}`}>
              <time>{clockTime(moment.at, zone.value)}</time>
              <span>{momentInWords(moment)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const KINDS = {
  "call.ringing": "happened_ringing", "call.answered": "happened_answered", "call.classified": "happened_classified",
  "call.linked": "happened_linked", "call.closed": "happened_call_closed", "call.abandoned": "happened_abandoned",
  "incident.drafted": "happened_drafted", "incident.tkp_confirmed": "happened_tkp", "incident.escalated": "happened_escalated",
  "incident.received": "happened_received", "incident.verified": "happened_verified", "incident.rejected": "happened_rejected",
  "incident.dispatched": "happened_dispatched", "incident.en_route": "happened_en_route", "incident.on_scene": "happened_on_scene",
  "incident.resolved": "happened_resolved", "incident.reopened": "happened_reopened",
  "incident.call_joined": "happened_joined", "incident.call_left": "happened_left", "incident.closed": "happened_closed", "incident.cancelled": "happened_cancelled",
} as const;

/** What follows from another line, and what was only proposed, is no line of its own. */
const isForPeople = (moment: Moment) => !moment.kind.startsWith("incident.unit_") && moment.kind !== "assignment.proposal";

function momentInWords(moment: Moment): string {
  const actor = moment.actor_name ? ` · ${moment.actor_name}` : "";
  if (moment.kind.startsWith("assignment.") && moment.call_sign) {
    const status = moment.status ? w(`status_${moment.status}` as "status_SENT") : moment.kind;
    return `${moment.call_sign}: ${status}${actor}`;
  }
  const key = KINDS[moment.kind as keyof typeof KINDS];
  return (key ? w(key) : moment.kind) + actor;
}
