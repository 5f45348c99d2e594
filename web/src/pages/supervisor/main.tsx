// The supervisor's day: is the centre within its targets, who is here, what kind of calls come.

import "../../ui/base.css";
import "../../ui/desk.css";
import "./supervisor.css";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../../core/api.ts";
import { clockTime, figure, percent } from "../../core/format.ts";
import type { Overview } from "../../core/types.ts";
import { city, health, me, now, zone, zoneLabel } from "../../ui/desk.ts";
import { Help } from "../../ui/dialog.tsx";
import { openPage } from "../../ui/frame.tsx";
import { Header } from "../../ui/header.tsx";
import { useKeys } from "../../ui/keys.ts";
import { language } from "../../ui/settings.ts";
import { sentenceOf } from "../../ui/words.ts";
import { LocalNames } from "./localnames.tsx";
import { Classes, Clocks, Hours, People, Tiles } from "./panels.tsx";
import { w } from "./words.ts";

const overview = signal<Overview | null>(null);
const problem = signal<string | null>(null);
const isHelpOpen = signal(false);
const EVERY_MS = 5000;

async function read(): Promise<void> {
  try {
    overview.value = await ask<Overview>("GET", "/api/supervision/overview");
    problem.value = null;
  } catch (error) {
    problem.value = sentenceOf(error);
  }
}

function Supervisor() {
  useEffect(() => {
    void read();
    const timer = setInterval(() => { if (!document.hidden) void read(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  useKeys({ idle: { "?": () => { isHelpOpen.value = true; }, r: () => void read(), p: () => print() } });
  const day = overview.value;
  return (
    <main class="supervisor">
      <Header>
        <nav class="pages no-print" aria-label={w("pages")}>
          <a class="button" href="/board" data-testid="to-board">{w("to_board")}</a>
          <a class="button" href="/call" data-testid="to-call">{w("to_call")}</a>
          <a class="button" href="/planner" data-testid="to-planner">{w("to_planner")}</a>
          {me.value?.role === "administrator" && <a class="button" href="/devices" data-testid="to-devices">{w("to_devices")}</a>}
        </nav>
      </Header>
      <div class="scroll">
        <div class="head">
          <h1>{w("day_of", { city: city.value?.name ?? "" })}</h1>
          <p class="quiet" data-testid="as-of">
            {day ? w("as_of", { day: dayInWords(day.day), time: clockTime(day.at, zone.value), zone: zoneLabel.value }) : w("loading")}
          </p>
          <button type="button" class="button no-print" data-testid="print" onClick={() => print()}>{w("print")} <kbd>P</kbd></button>
        </div>
        {problem.value && <p class="notice is-bad" role="alert" data-testid="overview-problem">{problem.value} {day && w("old_figures")}</p>}
        {day && (
          <>
            <Tiles day={day} />
            <div class="columns">
              <Clocks day={day} />
              <div class="stack">
                <Classes day={day} />
                <Hours day={day} hourNow={Number(clockTime(now.value, zone.value).slice(0, 2))} />
              </div>
              <div class="stack">
                <People day={day} />
                <LocalNames />
              </div>
            </div>
            <p class="small quiet">{w("share_note", { share: percent(0.9, language.value), n: figure(day.calls.total, language.value) })}{health.value === "disconnected" ? ` ${w("old_figures")}` : ""}</p>
          </>
        )}
      </div>
      {isHelpOpen.value && (
        <Help onClose={() => { isHelpOpen.value = false; }} groups={[[w("keys"), [[["R"], w("key_reload")], [["P"], w("print")], [["?"], w("key_help")]]]]} />
      )}
    </main>
  );
}

function dayInWords(day: string): string {
  return new Intl.DateTimeFormat(language.value === "id" ? "id-ID" : "en-GB", { dateStyle: "full", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

openPage("/supervisor", { live: true }, () => <Supervisor />);
