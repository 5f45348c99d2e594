// The command line at the foot: the same words as on the radio.

import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ask } from "../../core/api.ts";
import { named, parseCommand } from "../../core/command.ts";
import { sceneLines } from "../../core/format.ts";
import type { Incident, Place } from "../../core/types.ts";
import { situation } from "../../ui/desk.ts";
import { say, sayRefusal } from "../../ui/messages.tsx";
import { assign, found, reportByRadio } from "./state.ts";
import { w } from "./words.ts";

const places = signal<Place[]>([]);
const placeIndex = signal(0);
const history: string[] = [];

export const focusCommandLine = () => document.getElementById("command")?.focus();

export function CommandLine() {
  const element = useRef<HTMLInputElement>(null);
  const historyIndex = useRef(0);

  const leave = () => {
    places.value = [];
    if (element.current) element.current.value = "";
    element.current?.blur();
  };
  const choose = (place: Place) => {
    const [lon, lat] = place.geometry.coordinates;
    found.value = { at: { lon, lat }, label: place.properties.label };
    leave();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") return leave();
    if (places.value.length > 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      placeIndex.value = (placeIndex.value + step + places.value.length) % places.value.length;
    } else if (event.key === "ArrowUp" && history.length > 0) {
      event.preventDefault();
      historyIndex.current = Math.min(history.length, historyIndex.current + 1);
      element.current!.value = history.at(-historyIndex.current) ?? "";
    } else if (event.key === "Enter") {
      event.preventDefault();
      const picked = places.value[placeIndex.value];
      if (picked) return choose(picked);
      const line = element.current!.value;
      if (line.trim()) history.push(line);
      historyIndex.current = 0;
      void run(line).then((isDone) => isDone && leave());
    }
  };

  return (
    <footer class="command">
      <div class="command-field">
        {places.value.length > 0 && (
          <ul class="places" role="listbox" id="command-places" data-testid="command-places">
            {places.value.map((place, index) => (
              <li key={`${place.properties.label}${index}`} role="option" aria-selected={index === placeIndex.value} onMouseDown={(event) => { event.preventDefault(); choose(place); }}>
                <span class="strong">{sceneLines(place.properties.label, place.properties.areas)[0]}</span>{" "}
                <span class="quiet small">{sceneLines(place.properties.label, place.properties.areas)[1]}</span>
              </li>
            ))}
          </ul>
        )}
        <input
          ref={element} id="command" class="input" data-testid="command" autocomplete="off" spellcheck={false}
          aria-label={w("command")} placeholder={w("command_example")} onKeyDown={press} onInput={() => { places.value = []; }}
        />
      </div>
      <div class="hints small quiet">
        <span><kbd>↑</kbd> <kbd>↓</kbd> {w("hint_select")}</span>
        <span><kbd>1</kbd>–<kbd>9</kbd> {w("hint_assign")}</span>
        <span><kbd>Z</kbd> {w("hint_undo")}</span>
        <span><kbd>{w("space")}</kbd> {w("hint_acknowledge")}</span>
        <span><kbd>/</kbd> {w("hint_command")}</span>
        <span><kbd>?</kbd> {w("hint_help")}</span>
      </div>
    </footer>
  );
}

/** Carry out a line. Returns whether it is done with, so that a line that was not understood stays to be mended. */
async function run(line: string): Promise<boolean> {
  const command = parseCommand(line);
  const { incidents, units, assignments } = situation.value;
  switch (command.kind) {
    case "unclear":
      if (command.code !== "empty") say("bad", w(`unclear_${command.code}`, { word: command.word }));
      return command.code === "empty";
    case "assign": {
      const incident = incidentNamed(incidents.values(), command.incident);
      const unit = named(units.values(), (one) => one.call_sign, command.unit);
      if (!incident) return no(w("no_incident", { word: command.incident }));
      if (!unit) return no(w("no_unit", { word: command.unit }));
      await assign(unit.id, incident.id);
      return true;
    }
    case "status": {
      const unit = named(units.values(), (one) => one.call_sign, command.unit);
      if (!unit) return no(w("no_unit", { word: command.unit }));
      const assignment = [...assignments.values()].find((one) => one.unit_id === unit.id && one.holds_unit);
      if (!assignment) return no(w("no_assignment", { unit: unit.call_sign }));
      if (command.status === "DECLINED" || command.status === "CANCELLED") return reportByRadio(assignment, command.status, "radio");
      return reportByRadio(assignment, command.status);
    }
    case "search":
      try {
        const answer = await ask<{ features: Place[] }>("GET", `/api/places/search?q=${encodeURIComponent(command.words)}&limit=6`);
        if (answer.features.length === 0) return no(w("no_place", { words: command.words }));
        placeIndex.value = 0;
        places.value = answer.features;
      } catch (error) {
        sayRefusal(error);
      }
      return false;
    case "note":
      return no(w("note_not_yet"));
  }
}

const incidentNamed = (incidents: Iterable<Incident>, word: string) =>
  named(incidents, (one) => one.short, word) ?? named(incidents, (one) => one.number, word);

function no(sentence: string): false {
  say("bad", sentence);
  return false;
}
