// The bar of the call in hand: who rings, from where, for how long. The number is asked for only after answering.

import { ageS } from "../../core/clock.ts";
import { dayAndMonth, distance, stopwatch } from "../../core/format.ts";
import { now, zone } from "../../ui/desk.ts";
import { language } from "../../ui/settings.ts";
import { call, caller, ringing } from "./state.ts";
import { w } from "./words.ts";

export function CallBar() {
  const present = call.value;
  if (!present) return null;
  const earlier = caller.value?.earlier_calls ?? [];
  const days = [...new Set(earlier.map((one) => dayAndMonth(one.received_at, zone.value, language.value)))].slice(0, 3);
  const isAnswered = present.answered_at !== null;
  return (
    <div class="call-bar" data-testid="call-bar" data-call={present.id}>
      <span class="number" data-testid="ani">{caller.value ? (caller.value.number ? grouped(caller.value.number) : w("number_hidden")) : "…"}</span>
      <span class="cut">
        {[present.operator, caller.value && (earlier.length === 0 ? w("no_earlier") : w("earlier", { n: earlier.length, days: days.join(", ") }))].filter(Boolean).join(" · ")}
      </span>
      <span class="outlined" data-testid="cell">
        {present.position ? w("cell", { m: distance(present.position_uncertainty_m ?? 0, language.value) }) : w("no_cell")}
      </span>
      <span class="grow" />
      {ringing.value.length > 0 && <span class="outlined is-ringing" data-testid="others-ringing">{w("others_ringing", { n: ringing.value.length })}</span>}
      <span class="timer" data-testid="call-timer" title={w("timer_title")}>
        ● {stopwatch(ageS(isAnswered ? present.answered_at : present.received_at, now.value) ?? 0)}
      </span>
    </div>
  );
}

/** 081299114471 → 0812-9911-4471, as numbers are read aloud. */
export function grouped(number: string): string {
  const digits = number.replace(/[^\d+]/g, "");
  if (digits.startsWith("+")) return number;
  return digits.replace(/^(\d{4})(\d{4})(\d+)$/, "$1-$2-$3").replace(/^(\d{4})(\d{3})$/, "$1-$2");
}
