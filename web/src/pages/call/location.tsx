// The field for the place, with its suggestions: found while typing, chosen by ↑ ↓ Enter.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask } from "../../core/api.ts";
import { distance, sceneLines, sceneName } from "../../core/format.ts";
import type { Place } from "../../core/types.ts";
import { metresBetween } from "../../map/geometry.ts";
import { language } from "../../ui/settings.ts";
import { sentenceOf } from "../../ui/words.ts";
import { call, candidates, change, draft, problem, propose } from "./state.ts";
import { w } from "./words.ts";

const DEBOUNCE_MS = 60;

export function Location() {
  const places = useSignal<Place[] | null>(null); // null: nothing asked
  const index = useSignal(0);
  const failure = useSignal<string | null>(null);
  const isOpen = useSignal(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const asking = useRef<AbortController | undefined>(undefined);
  const query = draft.value?.query ?? "";

  useEffect(() => () => {
    clearTimeout(timer.current);
    asking.current?.abort();
    candidates.value = { places: [], index: 0 };
  }, []);
  // What the list shows lies on the map too, and the one under the hand is in view in both.
  useEffect(() => {
    candidates.value = { places: isOpen.value ? (places.value ?? []) : [], index: index.value };
    document.getElementById(`location-${index.value}`)?.scrollIntoView({ block: "nearest" });
  }, [isOpen.value, places.value, index.value]);

  const search = (words: string) => {
    clearTimeout(timer.current);
    asking.current?.abort();
    if (words.trim().length < 2) {
      places.value = null;
      isOpen.value = false;
      return;
    }
    timer.current = setTimeout(async () => {
      const abort = new AbortController();
      asking.current = abort;
      const near = call.value?.position;
      const focus = near ? `&lat=${near.lat}&lon=${near.lon}` : "";
      try {
        const path = `/api/places/search?q=${encodeURIComponent(words.trim())}&limit=8&lang=${language.value}${focus}`;
        const answer = await ask<{ features: Place[] }>("GET", path, undefined, abort.signal);
        places.value = answer.features;
        index.value = 0;
        failure.value = null;
        isOpen.value = true;
      } catch (error) {
        if (abort.signal.aborted) return;
        failure.value = sentenceOf(error);
        isOpen.value = true;
      }
    }, DEBOUNCE_MS);
  };

  const choose = (place: Place) => {
    clearTimeout(timer.current);
    asking.current?.abort(); // an answer still on its way must not open the list again
    isOpen.value = false;
    places.value = null;
    propose(place);
  };

  const press = (event: KeyboardEvent) => {
    const found = places.value ?? [];
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found.length > 0) {
      event.preventDefault();
      isOpen.value = true;
      index.value = (index.value + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
    } else if (event.key === "Enter" && !event.ctrlKey && isOpen.value && found[index.value]) {
      event.preventDefault();
      choose(found[index.value]!);
    } else if (event.key === "Escape" && isOpen.value) {
      event.preventDefault();
      isOpen.value = false;
    }
  };

  const missing = problem.value === "tkp";
  return (
    <div class="field location">
      <label class="label" for="location">{w("location")} <kbd>F2</kbd></label>
      <input
        id="location" class="input" role="combobox" aria-expanded={isOpen.value} aria-controls="location-list" aria-autocomplete="list"
        aria-activedescendant={isOpen.value ? `location-${index.value}` : undefined} aria-invalid={missing}
        autocomplete="off" spellcheck={false} data-testid="location" placeholder={w("location_example")} value={query}
        onInput={(event) => { change({ query: event.currentTarget.value, said: event.currentTarget.value }); search(event.currentTarget.value); }}
        onKeyDown={press} onBlur={() => { isOpen.value = false; }}
      />
      {missing && <p class="bad small" role="alert">{w("location_missing")}</p>}
      {isOpen.value && (
        <ul class="suggestions" id="location-list" role="listbox" data-testid="suggestions">
          {failure.value && <li class="note bad">{failure.value}</li>}
          {!failure.value && places.value?.length === 0 && <li class="note quiet">{w("location_none")}</li>}
          {!failure.value && places.value?.map((place, at) => (
            <li
              key={`${at}${place.properties.label}`} id={`location-${at}`} role="option" aria-selected={at === index.value}
              data-testid={`suggestion-${at}`} onMouseDown={(event) => { event.preventDefault(); choose(place); }}
            >
              <span class="number" aria-hidden="true">{at + 1}</span>
              <span class="grow">
                <span class="strong">{at === index.value ? "⏎ " : ""}{sceneLines(place.properties.label, place.properties.areas)[0]}</span>{" "}
                <span class="small quiet">{sceneLines(place.properties.label, place.properties.areas)[1]}</span>
                <span class="why small quiet">{place.properties.why}</span>
              </span>
              <span class="sure small quiet nowrap">
                <b>{sure(place)}</b>
                <span>{far(place)}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <Chosen />
    </div>
  );
}

/** How sure it is that this was meant, in a word; the figures behind it are for those who tune the search. */
function sure({ properties: { confidence = 0 } }: Place): string {
  return w(confidence >= 0.9 ? "sure" : confidence >= 0.5 ? "likely" : "maybe");
}

function far({ geometry, properties }: Place): string {
  const near = call.value?.position;
  const [lon, lat] = geometry.coordinates;
  const radius = properties.uncertainty_m === null ? "" : `±${distance(properties.uncertainty_m, language.value)}`;
  return near ? `${radius} · ${w("from_cell", { far: distance(metresBetween(near, { lon, lat }), language.value) })}` : radius;
}

/** How the scene stands: guessed, proposed, confirmed; how sure, how found. */
function Chosen() {
  const tkp = draft.value?.tkp;
  if (!tkp) return <p class="small quiet tkp-state" data-testid="tkp-state" data-state="none">{w("tkp_none")}</p>;
  const where = sceneName(tkp.label, tkp.areas);
  const how = `±${distance(tkp.uncertainty_m, language.value)}, ${w(`method_${tkp.method}`)}`;
  return (
    <p class={`small tkp-state is-${tkp.state}`} data-testid="tkp-state" data-state={tkp.state}>
      <b>{w(`pin_${tkp.state}`)}</b> {where && `${where} · `}{how}
      {problem.value === "unconfirmed" && <span class="bad" role="alert"> ▲ {w("confirm_first")}</span>}
    </p>
  );
}
