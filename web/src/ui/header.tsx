// The head of every desk: which city, how live the page is, who sits here, the centre's time.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { clockTime, figure } from "../core/format.ts";
import { city, health, lastByteAt, me, now, speed, zone, zoneLabel } from "./desk.ts";
import { SettingsMenu } from "./settingsmenu.tsx";
import { language } from "./settings.ts";
import { common } from "./words.ts";

/** ● Langsung 0,8 dtk · ▲ Tertunda 12 dtk · ■ Terputus — data per 22.13.40 */
export function LiveState() {
  const state = health.value;
  const silentS = lastByteAt.value === null ? 0 : Math.max(0, Date.now() - lastByteAt.value) / 1000;
  void now.value; // shown anew with every tick of the clock
  if (state === "connecting") {
    return <Badge kind="connecting" sentence={`○ ${common("connecting")}`} />;
  }
  if (state === "live") {
    return <Badge kind="live" sentence={`● ${common("live")} ${figure(silentS, language.value, 1)} ${common("second_short")}`} />;
  }
  if (state === "delayed") {
    return <Badge kind="delayed" sentence={`▲ ${common("delayed")} ${figure(silentS, language.value)} ${common("second_short")}`} />;
  }
  const asOf = now.value - silentS * 1000 * speed.value;
  const sentence = lastByteAt.value === null
    ? common("disconnected")
    : common("disconnected_as_of", { time: clockTime(asOf, zone.value) });
  return <Badge kind="disconnected" sentence={`■ ${sentence}`} />;
}

function Badge({ kind, sentence }: { kind: string; sentence: string }) {
  return (
    <span class={`chip live is-${kind}`} data-testid="live" data-state={kind}>
      {sentence}
    </span>
  );
}

export function TrainingBadge() {
  if (speed.value === 1) return null;
  return (
    <span class="chip is-training" data-testid="speed" title={common("training_title")}>
      {common("training", { speed: figure(speed.value, language.value) })}
    </span>
  );
}

export function CentreTime() {
  return (
    <time class="time" data-testid="clock">
      {clockTime(now.value, zone.value)} <span class="small">{zoneLabel.value}</span>
    </time>
  );
}

export function Header({ children, isLive = true }: { children?: ComponentChildren; isLive?: boolean }) {
  const person = me.value;
  return (
    <>
      <header class="header">
        <div class="place" title={city.value?.name}>112 · {city.value?.name}</div>
        {isLive && <LiveState />}
        <TrainingBadge />
        {children}
        <div class="grow" />
        <div class="who">
          <div class="strong cut" data-testid="person">{person?.name}</div>
          <div class="small quiet cut">{person?.opd?.name ?? (person && common(`role_${person.role}`))}</div>
        </div>
        <SettingsMenu />
        <CentreTime />
      </header>
      <CityNotes />
    </>
  );
}

const read = signal<ReadonlySet<string>>(new Set(JSON.parse(sessionStorage.getItem("geo112.notes") ?? "[]") as string[]));

const NOTES = {
  no_areas: "note_no_areas", no_posts: "note_no_posts", several_parts: "note_several_parts", posts_invented: "note_posts_invented",
  no_buildings: "note_no_buildings", no_places: "note_no_places", no_house_numbers: "note_no_house_numbers",
} as const;

/** What the map data of this city lack, in sentences; put away once read, for this sitting. */
export function CityNotes() {
  const present = city.value;
  if (!present) return null;
  const open = present.notes.filter((code) => code in NOTES && !read.value.has(`${present.import_id}.${code}`));
  if (present.is_invented && !read.value.has(`${present.import_id}.invented`)) open.unshift("invented");
  if (open.length === 0) return null;
  const putAway = () => {
    read.value = new Set([...read.value, ...open.map((code) => `${present.import_id}.${code}`)]);
    sessionStorage.setItem("geo112.notes", JSON.stringify([...read.value]));
  };
  return (
    <div class="notes no-print" role="note" data-testid="city-notes">
      <span class="grow">
        {open.map((code) => (code === "invented" ? common("invented_city") : common(NOTES[code as keyof typeof NOTES]))).join(" ")}
      </span>
      <button type="button" class="button is-bare" data-testid="city-notes-close" onClick={putAway}>
        {common("understood")}
      </button>
    </div>
  );
}
