// The planner's page: where incidents gathered in a span of days, as a map that can be taken along and opens offline.

import "../../ui/base.css";
import "../../ui/desk.css";
import "./planner.css";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../../core/api.ts";
import { figure, isoDay } from "../../core/format.ts";
import { now, types, zone } from "../../ui/desk.ts";
import { Help } from "../../ui/dialog.tsx";
import { openPage } from "../../ui/frame.tsx";
import { Header } from "../../ui/header.tsx";
import { useKeys } from "../../ui/keys.ts";
import { language } from "../../ui/settings.ts";
import { label, sentenceOf } from "../../ui/words.ts";
import { w } from "./words.ts";

type Figures = { cells_shown: number; incidents_shown: number; incidents_left_out: number; cell_m: number; minimum: number };
type Wish = { from: string; to: string; type: string };

const DAY_MS = 86_400_000;
const wish = signal<Wish | null>(null);
const shown = signal<Wish | null>(null);
const figures = signal<Figures | null>(null);
const problem = signal<string | null>(null);
const isDrawing = signal(false);
const isHelpOpen = signal(false);

const query = (one: Wish) => new URLSearchParams({ from: one.from, to: one.to, ...(one.type ? { type: one.type } : {}), lang: language.value }).toString();

function lastDays(days: number): Wish {
  const today = isoDay(now.value, zone.value);
  return { from: isoDay(now.value - (days - 1) * DAY_MS, zone.value), to: today, type: wish.value?.type ?? "" };
}

async function draw(): Promise<void> {
  const one = wish.value;
  if (!one) return;
  if (one.from > one.to) {
    problem.value = w("span_backwards");
    return;
  }
  problem.value = null;
  figures.value = null;
  isDrawing.value = true;
  shown.value = one;
  try {
    figures.value = await ask<Figures>("GET", `/api/reports/heatmap/cells?${query(one)}`);
  } catch (error) {
    problem.value = sentenceOf(error);
    isDrawing.value = false;
    shown.value = null;
  }
}

function Planner() {
  useEffect(() => {
    wish.value = lastDays(30);
    void draw();
  }, []);
  useKeys({ idle: { "?": () => { isHelpOpen.value = true; } } });
  const one = wish.value;
  if (!one) return null;
  const change = (patch: Partial<Wish>) => { wish.value = { ...one, ...patch }; };
  const span = (days: number) => { wish.value = lastDays(days); void draw(); };
  return (
    <main class="planner">
      <Header isLive={false} />
      <div class="sides">
        <section class="left" aria-label={w("choose")}>
          <h1>{w("title")}</h1>
          <form onSubmit={(event) => { event.preventDefault(); void draw(); }} data-testid="heatmap-form">
            <div class="choice">
              {[7, 30, 90, 365].map((days) => (
                <button key={days} type="button" class="button" data-testid={`days-${days}`} aria-pressed={one.from === lastDays(days).from && one.to === lastDays(days).to} onClick={() => span(days)}>
                  {w("last_days", { n: days })}
                </button>
              ))}
            </div>
            <div class="two">
              <label class="field"><span class="label">{w("from")}</span><input class="input" type="date" required value={one.from} max={one.to} data-testid="from" onInput={(event) => change({ from: event.currentTarget.value })} /></label>
              <label class="field"><span class="label">{w("to")}</span><input class="input" type="date" required value={one.to} data-testid="to" onInput={(event) => change({ to: event.currentTarget.value })} /></label>
            </div>
            <label class="field">
              <span class="label">{w("type")}</span>
              <select class="input" value={one.type} data-testid="type" onChange={(event) => change({ type: event.currentTarget.value })}>
                <option value="">{w("all_types")}</option>
                {[...types.value.values()].map((type) => <option key={type.code} value={type.code}>{label(type)}</option>)}
              </select>
            </label>
            <button class="button is-main" data-testid="draw">{w("draw")}</button>
          </form>
          {problem.value && <p class="notice is-bad" role="alert" data-testid="heatmap-problem">{problem.value}</p>}
          <LeftOut />
          {shown.value && (
            <a class="button" data-testid="download" href={`/api/reports/heatmap?${query(shown.value)}&download=1`} download>{w("download")}</a>
          )}
          <p class="small quiet">{w("download_words")}</p>
        </section>
        <div class="report">
          {shown.value ? (
            <iframe key={query(shown.value)} title={w("title")} src={`/api/reports/heatmap?${query(shown.value)}`} data-testid="heatmap" onLoad={() => { isDrawing.value = false; }} />
          ) : (
            <p class="empty">{w("choose_first")}</p>
          )}
          {isDrawing.value && <p class="over drawing" role="status"><span class="spinner" aria-hidden="true" /> {w("drawing")}</p>}
        </div>
      </div>
      {isHelpOpen.value && <Help onClose={() => { isHelpOpen.value = false; }} groups={[[w("title"), [[["Enter"], w("draw")], [["?"], w("key_help")]]]]} />}
    </main>
  );
}

/** What may not be shown is said in numbers, not left unsaid. */
function LeftOut() {
  const found = figures.value;
  if (!found) return null;
  const n = (value: number) => figure(value, language.value);
  return (
    <div class="notice is-plain" data-testid="left-out">
      <div class="grow">
        <p><b>{w("shown", { n: n(found.incidents_shown), cells: n(found.cells_shown) })}</b></p>
        <p>{found.incidents_left_out > 0 ? w("left_out", { n: n(found.incidents_left_out), min: n(found.minimum), m: n(found.cell_m) }) : w("nothing_left_out")}</p>
        {found.incidents_shown === 0 && <p class="warn">{w("empty_map")}</p>}
      </div>
    </div>
  );
}

openPage("/planner", { live: false }, () => <Planner />);
