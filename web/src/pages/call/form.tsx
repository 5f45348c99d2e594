// The form in the order in which one asks: what, where, at which landmark, what exactly, how urgent.

import { age, distance } from "../../core/format.ts";
import { assignmentsOf } from "../../core/situation.ts";
import type { Priority } from "../../core/types.ts";
import { reference, situation, types } from "../../ui/desk.ts";
import { Icon } from "../../ui/icon.tsx";
import { language } from "../../ui/settings.ts";
import { common, label } from "../../ui/words.ts";
import { Location } from "./location.tsx";
import { change, draft, duplicates, join, notTheSame, priority, problem, suggestion, type } from "./state.ts";
import { w } from "./words.ts";

export function Form() {
  const present = draft.value;
  if (!present) return null;
  return (
    <form class="call-form" data-testid="call-form" onSubmit={(event) => event.preventDefault()}>
      <Types />
      <Location />
      <label class="field">
        <span class="label">{w("landmark")} <kbd>F3</kbd></span>
        <input id="landmark" class="input" autocomplete="off" maxLength={500} data-testid="landmark" placeholder={w("landmark_example")} value={present.landmark} onInput={(event) => change({ landmark: event.currentTarget.value })} />
      </label>
      <label class="field">
        <span class="label">{w("words")} <kbd>F4</kbd></span>
        <textarea id="words" class="input" rows={3} maxLength={4000} data-testid="words" placeholder={w("words_example")} value={present.words} onInput={(event) => change({ words: event.currentTarget.value })} />
      </label>
      <Priorities />
      <Duplicates />
      <details class="caller" data-testid="caller-more">
        <summary>{w("caller")}{present.callerName && `: ${present.callerName}`}</summary>
        <div class="two">
          <label class="field">
            <span class="label">{w("caller_name")}</span>
            <input class="input" autocomplete="off" data-testid="caller-name" value={present.callerName} onInput={(event) => change({ callerName: event.currentTarget.value })} />
          </label>
          <label class="field">
            <span class="label">{w("caller_address")}</span>
            <input class="input" autocomplete="off" data-testid="caller-address" value={present.callerAddress} onInput={(event) => change({ callerAddress: event.currentTarget.value })} />
          </label>
        </div>
      </details>
    </form>
  );
}

export const typeCodes = () => [...types.value.keys()];

function Types() {
  return (
    <fieldset class="types" aria-describedby={problem.value === "type" ? "type-missing" : undefined}>
      <legend class="label">{w("what")} <kbd>Alt+1–{Math.min(9, types.value.size)}</kbd></legend>
      <div class="grid">
        {[...types.value.values()].map((one, index) => (
          <button
            key={one.code} type="button" class="type" aria-pressed={one.code === type.value?.code} data-testid={`type-${one.code}`}
            onClick={() => change({ type: one.code })}
          >
            <Icon name={one.icon} size="1.7rem" />
            <span><b>{index + 1}</b> {label(one)}</span>
          </button>
        ))}
      </div>
      {problem.value === "type" && <p class="bad small" role="alert" id="type-missing">{w("type_missing")}</p>}
    </fieldset>
  );
}

function Priorities() {
  const because = suggestion.value
    ? w("suggested", { p: `P${suggestion.value.priority}`, why: suggestion.value.reason ? w(`danger_${suggestion.value.reason}` as "danger_trapped") : w("suggested_by_type") })
    : w("suggested_none");
  return (
    <fieldset class="priorities">
      <legend class="label">{w("priority")} <span class="small quiet normal" data-testid="suggestion">{because}</span></legend>
      <div class="three">
        {([1, 2, 3] as Priority[]).map((one) => (
          <button
            key={one} type="button" class={`priority p${one}`} aria-pressed={priority.value === one} data-testid={`priority-${one}`}
            onClick={() => change({ priority: one })}
          >
            {common(`p${one}`)}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

function Duplicates() {
  const first = duplicates.value[0];
  if (!first || !reference.value) return null;
  const { incident } = first;
  const held = assignmentsOf(situation.value, incident.id).filter((one) => one.holds_unit).length;
  return (
    <div class="notice is-warn duplicates" role="alert" data-testid="duplicates" data-incident={incident.id}>
      <div class="grow">
        <p>
          <b>{w("maybe_same")}</b>{" "}
          {[incident.number, label(types.value.get(incident.type), incident.type), distance(first.distance_m, language.value), w("ago", { age: age(first.age_s, language.value) }), held > 0 ? w("units_on_it", { n: held }) : w("no_unit_yet")].join(" · ")}
          {duplicates.value.length > 1 && ` ${w("and_more", { n: duplicates.value.length - 1 })}`}
        </p>
        <p class="row">
          <button type="button" class="button" data-testid="join" onClick={() => void join(first)}>{w("join")} <kbd>G</kbd></button>
          <button type="button" class="button" data-testid="not-the-same" onClick={notTheSame}>{w("not_the_same")} <kbd>B</kbd></button>
        </p>
      </div>
    </div>
  );
}
