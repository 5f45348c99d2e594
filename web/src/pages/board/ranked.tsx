// The ranked units: who can be there soonest, and what speaks against them. A digit sends.

import { minutesRange } from "../../core/aging.ts";
import { age, distance, stopwatch } from "../../core/format.ts";
import type { RankedUnit } from "../../core/types.ts";
import { STALE_AFTER_S } from "../../core/unitstatus.ts";
import { unitIcon } from "../../map/strokes.ts";
import { opds, reference, situation } from "../../ui/desk.ts";
import { Icon } from "../../ui/icon.tsx";
import { language } from "../../ui/settings.ts";
import { label, sentenceOf, text } from "../../ui/words.ts";
import { assign, hoveredUnitId, ranking, rankingProblem, selected, selectedId, sendable } from "./state.ts";
import { w } from "./words.ts";

export function Ranked() {
  const incident = selected.value;
  if (!incident || ["CLOSED", "CANCELLED", "MERGED", "HANDED_OVER"].includes(incident.state)) return null;
  const list = ranking.value?.incident_id === selectedId.value ? ranking.value : null;
  return (
    <section class="ranked" aria-label={w("ranked")}>
      <div class="pane-head">
        <h2>{w("ranked")}</h2>
        <span class="small quiet">{w("press_digit")}</span>
      </div>
      {list && <Needs />}
      <Body list={list !== null} />
    </section>
  );
}

function Body({ list }: { list: boolean }) {
  if (!list) {
    if (rankingProblem.value) return <p class="empty bad" role="alert" data-testid="ranking-problem">{sentenceOf(rankingProblem.value)}</p>;
    return <p class="empty" data-testid="ranking-loading">{selected.value?.tkp ? w("ranking_loading") : w("ranking_no_tkp")}</p>;
  }
  if (sendable.value.length === 0) return <p class="empty" data-testid="ranking-empty">{w("ranking_empty")}</p>;
  return (
    <ol class="rows" data-testid="ranked">
      {sendable.value.map((ranked, index) => (
        <Row key={ranked.unit.id} ranked={ranked} place={index + 1} />
      ))}
    </ol>
  );
}

/** What the response plan asks for and how much of it is on its way. */
function Needs() {
  const names = new Map((reference.value?.capabilities ?? []).map((one) => [one.code, one]));
  const needs = ranking.value!.needs;
  if (needs.length === 0) return null;
  return (
    <ul class="needs" aria-label={w("needs")} data-testid="needs">
      {needs.map((need) => (
        <li key={need.capability} class={`tag ${need.assigned >= need.count ? "good" : "warn"}`}>
          {need.assigned >= need.count ? "✓ " : ""}
          {label(names.get(need.capability), need.capability)} {need.assigned}/{need.count}
        </li>
      ))}
    </ul>
  );
}

/** One figure while the fix is fresh; where it is old, between when and when it can be there. */
function etaInWords(ranked: RankedUnit): string {
  if (ranked.eta_s === null) return "–";
  const guess = ranked.eta_source === "straight_line" ? "≈ " : "";
  if (ranked.eta_soonest_s === null || ranked.eta_latest_s === null) return guess + stopwatch(ranked.eta_s);
  return guess + minutesRange({ soonest_s: ranked.eta_soonest_s, latest_s: ranked.eta_latest_s });
}

function Row({ ranked, place }: { ranked: RankedUnit; place: number }) {
  const { unit } = ranked;
  const isOld = ranked.fix_age_s === null || ranked.fix_age_s > STALE_AFTER_S;
  const saysAge = ranked.reasons.some((reason) => reason.code === "old_position" || reason.code === "no_position");
  const facts = [
    opds.value.get(unit.opd_id)?.code ?? unit.opd_code,
    ranked.distance_m === null ? null : distance(ranked.distance_m, language.value),
    saysAge ? null : ranked.fix_age_s === null ? w("no_position") : w("position_age", { age: age(ranked.fix_age_s, language.value) }),
  ];
  const newest = situation.value.units.get(unit.id) ?? unit;
  return (
    <li>
      <button
        type="button" class="ranked-row" data-testid={`rank-${place}`} data-unit={unit.call_sign}
        onClick={() => void assign(unit.id)}
        onMouseEnter={() => { hoveredUnitId.value = unit.id; }}
        onMouseLeave={() => { hoveredUnitId.value = null; }}
        onFocus={() => { hoveredUnitId.value = unit.id; }}
        onBlur={() => { hoveredUnitId.value = null; }}
      >
        <kbd>{place <= 9 ? place : "–"}</kbd>
        <span class={`vehicle${isOld ? " is-old" : ""}`}><Icon name={unitIcon(unit.opd_kind, unit.profile)} /></span>
        <span class="grow">
          <span class="line">
            <span class="strong">{unit.call_sign}</span>
            <span class={`tag ${newest.availability === "AVAILABLE" ? "good" : "warn"}`}>{w(`availability_${newest.availability}`)}</span>
          </span>
          <span class="small quiet cut block">{facts.filter(Boolean).join(" · ")}</span>
          {ranked.reasons.length > 0 && (
            <span class="small warn cut block" title={ranked.reasons.map(text).join(" · ")}>▲ {ranked.reasons.map(text).join(" · ")}</span>
          )}
        </span>
        <span class="eta">
          {etaInWords(ranked)}
          <span class="small quiet block">{w("minutes_short")}</span>
        </span>
      </button>
    </li>
  );
}
