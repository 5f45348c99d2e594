// The panels of the day: tiles with targets, clocks, classes, hours, people.

import { age, clockTime, figure, percent, stopwatch } from "../../core/format.ts";
import type { Overview } from "../../core/types.ts";
import { situation, zone } from "../../ui/desk.ts";
import { language } from "../../ui/settings.ts";
import { common } from "../../ui/words.ts";
import { w } from "./words.ts";

type ClockOfDay = Overview["clocks"][number];
type Verdict = "good" | "warn" | "bad" | "none";

/** Within the target, less than five points below it, or worse; none where nothing was counted. */
function verdict(clock: ClockOfDay | undefined): Verdict {
  if (!clock || clock.within_share === null || clock.count === 0) return "none";
  const target = clock.target_share ?? 0.9;
  if (clock.within_share >= target) return "good";
  return clock.within_share >= target - 0.05 ? "warn" : "bad";
}

const SIGN: Record<Verdict, string> = { good: "✓", warn: "▲", bad: "✕", none: "–" };

export function Tiles({ day }: { day: Overview }) {
  const clock = (code: string, priority: number | null = null) => day.clocks.find((one) => one.code === code && one.priority === priority);
  const prank = (day.calls.by_class.prank ?? 0) + (day.calls.by_class.ghost ?? 0);
  const open = [...situation.value.incidents.values()].filter((one) => one.state !== "DRAFT");
  const waiting = open.filter((one) => ["ESCALATED", "RECEIVED", "VERIFIED", "OPEN", "REOPENED"].includes(one.state)).length;
  return (
    <section class="tiles" aria-label={w("kpi")}>
      <ClockTile testid="tile-answer" title={w("clock_answer")} clock={clock("answer")} />
      <ClockTile testid="tile-handling" title={w("clock_call_handling")} clock={clock("call_handling")} />
      <ClockTile testid="tile-dispatch" title={`${w("clock_dispatch")} P1`} clock={clock("dispatch", 1)} />
      <ClockTile testid="tile-total" title={w("clock_total")} clock={clock("total")} />
      <Tile testid="tile-ringing" title={w("ringing")} figureText={figure(day.calls.ringing, language.value)} note={w("calls_today", { n: figure(day.calls.total, language.value), open: figure(day.calls.open, language.value) })} verdict={day.calls.ringing > 2 ? "warn" : "none"} />
      <Tile testid="tile-open" title={w("open_incidents")} figureText={figure(open.length, language.value)} note={w("without_unit", { n: figure(waiting, language.value) })} verdict={waiting > 0 ? "warn" : "none"} />
      <Tile testid="tile-units" title={w("units_ready")} figureText={figure(day.units.available, language.value)} note={w("of_units", { n: figure(day.units.total, language.value) })} verdict={day.units.total > 0 && day.units.available / day.units.total < 0.25 ? "warn" : "none"} />
      <Tile testid="tile-prank" title={w("prank_share")} figureText={day.calls.total > 0 ? percent(prank / day.calls.total, language.value) : "–"} note={w("prank_count", { n: figure(prank, language.value) })} verdict="none" />
    </section>
  );
}

function ClockTile({ title, clock, testid }: { title: string; clock: ClockOfDay | undefined; testid: string }) {
  const share = clock?.within_share;
  const note = clock ? w("target", { share: percent(clock.target_share ?? 0.9, language.value), time: age(clock.target_s, language.value) }) : "";
  return <Tile testid={testid} title={title} figureText={share == null || clock?.count === 0 ? "–" : percent(share, language.value)} note={note} verdict={verdict(clock)} more={clock?.p50_s != null ? `p50 ${lasting(clock.p50_s)} · p90 ${lasting(clock.p90_s ?? 0)}` : w("nothing_counted")} />;
}

function Tile(props: { title: string; figureText: string; note: string; verdict: Verdict; testid: string; more?: string }) {
  return (
    <div class={`tile is-${props.verdict}`} data-testid={props.testid} data-verdict={props.verdict}>
      <h2>{props.title}</h2>
      <p class="big">{props.verdict !== "none" && <span class="sign" aria-label={w(`verdict_${props.verdict}`)}>{SIGN[props.verdict]} </span>}{props.figureText}</p>
      <p class="small quiet">{props.note}</p>
      {props.more && <p class="small">{props.more}</p>}
    </div>
  );
}

/** 8 dtk; from a minute on 1.01 mnt. */
function lasting(seconds: number): string {
  return seconds < 60 ? `${Math.round(seconds)} ${common("second_short")}` : `${stopwatch(seconds)} ${common("minute_short")}`;
}

export function Clocks({ day }: { day: Overview }) {
  return (
    <section class="panel" aria-labelledby="clocks">
      <h2 id="clocks">{w("clocks")}</h2>
      <table data-testid="clocks">
        <thead><tr><th>{w("clock")}</th><th>{w("target_short")}</th><th>n</th><th>p50</th><th>p90</th><th>{w("within")}</th></tr></thead>
        <tbody>
          {day.clocks.map((clock) => {
            const how = verdict(clock);
            return (
              <tr key={`${clock.code}${clock.priority}`} data-testid={`clock-${clock.code}${clock.priority ?? ""}`}>
                <th scope="row">{w(`clock_${clock.code}` as "clock_answer")}{clock.priority !== null && ` P${clock.priority}`}</th>
                <td>{age(clock.target_s, language.value)}</td>
                <td>{figure(clock.count, language.value)}</td>
                <td>{clock.p50_s === null ? "–" : lasting(clock.p50_s)}</td>
                <td>{clock.p90_s === null ? "–" : lasting(clock.p90_s)}</td>
                <td class={`strong ${how === "none" ? "" : how}`}>{SIGN[how]} {clock.within_share === null || clock.count === 0 ? "" : percent(clock.within_share, language.value)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

const CLASS_ORDER = ["emergency", "information", "prank", "ghost", "test", "wrong_area", "none"] as const;

export function Classes({ day }: { day: Overview }) {
  const most = Math.max(1, ...Object.values(day.calls.by_class));
  const rows = CLASS_ORDER.filter((code) => code !== "none" || (day.calls.by_class.none ?? 0) > 0);
  return (
    <section class="panel" aria-labelledby="classes">
      <h2 id="classes">{w("classes")}</h2>
      {day.calls.total === 0 ? <p class="empty">{w("no_calls")}</p> : (
        <table class="bars" data-testid="classes">
          <tbody>
            {rows.map((code) => {
              const count = day.calls.by_class[code] ?? 0;
              return (
                <tr key={code} data-testid={`class-${code}`}>
                  <th scope="row">{w(`class_${code}`)}</th>
                  <td class="bar-cell"><div class={`bar-fill is-${code}`} style={{ width: `${(count / most) * 100}%` }} /></td>
                  <td>{figure(count, language.value)}</td>
                  <td class="quiet">{percent(count / day.calls.total, language.value)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}

export function Hours({ day, hourNow }: { day: Overview; hourNow: number }) {
  const most = Math.max(1, ...day.hours.map((hour) => Math.max(hour.calls, hour.incidents)));
  return (
    <section class="panel" aria-labelledby="hours">
      <h2 id="hours">{w("hours")} <span class="small quiet"><i class="key is-calls" /> {w("calls")} <i class="key is-incidents" /> {w("incidents")}</span></h2>
      <ol class="hours" data-testid="hours">
        {day.hours.map((hour) => (
          <li key={hour.hour} class={hour.hour === hourNow ? "is-now" : ""} title={w("hour_title", { hour: String(hour.hour).padStart(2, "0"), calls: hour.calls, incidents: hour.incidents })} data-testid={`hour-${hour.hour}`}>
            <span class="column"><i class="is-calls" style={{ height: `${(hour.calls / most) * 100}%` }} /><i class="is-incidents" style={{ height: `${(hour.incidents / most) * 100}%` }} /></span>
            <span class="small">{hour.hour % 3 === 0 ? String(hour.hour).padStart(2, "0") : ""}</span>
            <span class="only-read">{w("hour_title", { hour: hour.hour, calls: hour.calls, incidents: hour.incidents })}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Sign-ins live in real time, whatever the speed of the centre's clock. */
export function People({ day }: { day: Overview }) {
  const people = [...day.signed_in].sort((a, b) => Number(b.is_live) - Number(a.is_live) || a.role.localeCompare(b.role) || a.name.localeCompare(b.name));
  return (
    <section class="panel people" aria-labelledby="people">
      <h2 id="people">{w("people")} <span class="small quiet">{w("people_live", { n: people.filter((one) => one.is_live).length, of: people.length })}</span></h2>
      {people.length === 0 ? <p class="empty">{w("nobody")}</p> : (
        <table data-testid="people">
          <thead><tr><th>{w("name")}</th><th>{w("role")}</th><th>{w("since")}</th><th>{w("state")}</th></tr></thead>
          <tbody>
            {people.map((one) => (
              <tr key={one.account_id} data-testid={`person-${one.account_id}`}>
                <th scope="row" class="cut">{one.name}</th>
                <td class="wrap">{common(`role_${one.role}`)}{one.opd_code && ` · ${one.opd_code}`}</td>
                <td>{clockTime(one.signed_in_at, zone.value, false)}</td>
                <td class={one.is_live ? "good strong" : "quiet"}>{one.is_live ? `● ${w("is_live")}` : `○ ${w("seen", { age: age(Math.max(0, (Date.now() - Date.parse(one.last_seen_at)) / 1000), language.value) })}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
