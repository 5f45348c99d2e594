// No call in hand: what rings, longest first, and what was left unfinished.

import { ageS } from "../../core/clock.ts";
import { stopwatch } from "../../core/format.ts";
import { now, reference, situation } from "../../ui/desk.ts";
import { answer, isBusy, ringing } from "./state.ts";
import { w } from "./words.ts";

export function Ringing() {
  const target = reference.value?.clocks.find((clock) => clock.code === "answer")?.target_s ?? 15;
  return (
    <section class="ringing" aria-label={w("ringing")} data-testid="ringing">
      <h2>{w("ringing")}</h2>
      {ringing.value.length === 0 ? (
        <p class="empty" data-testid="ringing-empty">{situation.value.isKnown ? w("ringing_none") : w("ringing_loading")}</p>
      ) : (
        <ol>
          {ringing.value.map((one, index) => {
            const waited = ageS(one.received_at, now.value) ?? 0;
            return (
              <li key={one.id} class="notice is-plain ringing-row" data-testid={`ringing-${one.id}`}>
                <span class={`timer ${waited > target ? "bad" : ""}`}>{waited > target ? "▲ " : "● "}{stopwatch(waited)}</span>
                <span class="grow cut">{one.operator ?? w("operator_unknown")}</span>
                <button type="button" class={`button${index === 0 ? " is-send" : ""}`} disabled={isBusy.value} data-testid={index === 0 ? "answer" : `answer-${one.id}`} onClick={() => void answer(one)}>
                  {w("answer")} {index === 0 && <kbd>Enter</kbd>}
                </button>
              </li>
            );
          })}
        </ol>
      )}
      <p class="small quiet">{w("number_after_answer")}</p>
    </section>
  );
}
