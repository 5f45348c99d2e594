// The administrator's devices: one made in a minute with a QR code, a lost one revoked, and what was put aside.

import "../../ui/base.css";
import "../../ui/desk.css";
import "./devices.css";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../../core/api.ts";
import { age, figure } from "../../core/format.ts";
import { now } from "../../ui/desk.ts";
import { Help } from "../../ui/dialog.tsx";
import { openPage } from "../../ui/frame.tsx";
import { Header } from "../../ui/header.tsx";
import { useKeys } from "../../ui/keys.ts";
import { say, sayRefusal } from "../../ui/messages.tsx";
import { language } from "../../ui/settings.ts";
import { sentenceOf } from "../../ui/words.ts";
import { w } from "./words.ts";

type Device = {
  id: number; sender: string; label: string; unit_id: number | null; call_sign: string | null; priority: number;
  revoked_at: string | null; heard_at: string | null; believed_at: string | null; clock_offset_s: number;
};
type Onboarding = { key: string; link: string | null; qr: string; qr_svg: string; by_hand: Record<string, string> };
type Made = { device: Device; onboarding: Onboarding | null };
type Aside = { id: number; label: string | null; sender: string; code: string; said_id: string; address: string; received_at: string; body: string };
type Quarantine = { newest: Aside[]; counts: { put_aside: number; dropped: number }[] };
type Kept = { code: string; label_id: string; label_en: string; days: number; setting: string; deleted_at: string | null; deleted_rows: number | null };
type Unit = { id: number; call_sign: string };

const APPS: Record<string, string> = {
  traccar_client: "Traccar Client", owntracks: "OwnTracks", osmand: "OsmAnd", gpslogger: "GPSLogger", overland: "Overland",
};
const CODES = ["unknown_key", "revoked", "unknown_vehicle", "unreadable", "encrypted", "too_large"] as const;
const EVERY_MS = 10_000;

const devices = signal<Device[] | null>(null);
const quarantine = signal<Quarantine | null>(null);
const kept = signal<Kept[]>([]);
const units = signal<Unit[]>([]);
const made = signal<Made | null>(null);
const problem = signal<string | null>(null);
const isHelpOpen = signal(false);

async function read(): Promise<void> {
  try {
    [devices.value, quarantine.value] = await Promise.all([
      ask<Device[]>("GET", "/api/devices"),
      ask<Quarantine>("GET", "/api/quarantine?limit=50"),
    ]);
    problem.value = null;
  } catch (error) {
    problem.value = sentenceOf(error);
  }
}

async function make(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  const wanted = {
    sender: String(form.get("sender")), label: String(form.get("label")).trim(),
    unit_id: Number(form.get("unit")), priority: Number(form.get("priority")),
  };
  try {
    made.value = await ask<Made>("POST", "/api/devices", wanted);
    await read();
  } catch (error) {
    sayRefusal(error);
  }
}

async function revoke(device: Device): Promise<void> {
  try {
    await ask<Device>("POST", `/api/devices/${device.id}/revoke`);
    say("good", w("revoked_now", { label: device.label }));
    if (made.value?.device.id === device.id) made.value = null;
    await read();
  } catch (error) {
    sayRefusal(error);
  }
}

function Devices() {
  useEffect(() => {
    void read();
    void ask<Kept[]>("GET", "/api/retention").then((found) => { kept.value = found; }, sayRefusal);
    void ask<Unit[]>("GET", "/api/units").then((found) => { units.value = found; }, sayRefusal);
    const timer = setInterval(() => { if (!document.hidden) void read(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  useKeys({ idle: { "?": () => { isHelpOpen.value = true; }, r: () => void read() } });
  return (
    <main class="devices">
      <Header isLive={false} />
      <div class="sides">
        <section class="left" aria-label={w("make")}>
          <h1>{w("make")}</h1>
          <form onSubmit={(event) => void make(event)} data-testid="device-form">
            <label class="field">
              <span class="label">{w("app")}</span>
              <select class="input" name="sender" data-testid="sender">
                {Object.entries(APPS).map(([code, name]) => <option key={code} value={code}>{name}</option>)}
              </select>
            </label>
            <label class="field">
              <span class="label">{w("unit")}</span>
              <select class="input" name="unit" required data-testid="unit">
                <option value="">{w("choose_unit")}</option>
                {units.value.map((unit) => <option key={unit.id} value={unit.id}>{unit.call_sign}</option>)}
              </select>
            </label>
            <label class="field">
              <span class="label">{w("label")}</span>
              <input class="input" name="label" required maxLength={60} placeholder={w("label_hint")} data-testid="label" />
            </label>
            <label class="field">
              <span class="label">{w("priority")}</span>
              <select class="input" name="priority" data-testid="priority">
                <option value="1">{w("priority_1")}</option>
                <option value="2">{w("priority_2")}</option>
                <option value="3">{w("priority_3")}</option>
              </select>
            </label>
            <button class="button is-main" data-testid="make">{w("create")}</button>
          </form>
          <HowToSet />
        </section>
        <div class="right">
          {problem.value && <p class="notice is-bad" role="alert" data-testid="devices-problem">{problem.value}</p>}
          <List />
          <PutAside />
          <Retention />
        </div>
      </div>
      {isHelpOpen.value && <Help onClose={() => { isHelpOpen.value = false; }} groups={[[w("keys"), [[["R"], w("key_reload")], [["?"], w("key_help")]]]]} />}
    </main>
  );
}

function HowToSet() {
  const how = made.value?.onboarding;
  if (!made.value || !how) return null;
  const picture = `data:image/svg+xml;utf8,${encodeURIComponent(how.qr_svg)}`;
  return (
    <section class="onboarding" aria-live="polite" data-testid="onboarding">
      <p><b>{made.value.device.label} · {made.value.device.call_sign}</b></p>
      <p>{w("scan", { app: APPS[made.value.device.sender] ?? "" })}</p>
      <img src={picture} alt={how.qr} width="320" height="320" data-testid="qr" />
      {how.link && <a class="button" href={how.link} data-testid="open-link">{w("open_link")}</a>}
      <p class="warn">{w("shown_once")}</p>
      <details>
        <summary>{w("by_hand")}</summary>
        <dl>{Object.entries(how.by_hand).map(([name, value]) => <div key={name}><dt class="quiet">{name}</dt><dd>{value}</dd></div>)}</dl>
      </details>
    </section>
  );
}

function List() {
  const all = devices.value;
  if (!all) return null;
  return (
    <section class="panel" aria-labelledby="title">
      <h2 id="title">{w("title")}</h2>
      {all.length === 0 ? <p class="empty">{w("none")}</p> : (
        <table data-testid="devices">
          <thead><tr><th>{w("owner")}</th><th>{w("label")}</th><th>{w("app")}</th><th>{w("priority")}</th><th>{w("heard")}</th><th>{w("fixed")}</th><th>{w("clock")}</th><th /></tr></thead>
          <tbody>
            {all.map((one) => (
              <tr key={one.id} class={one.revoked_at ? "is-revoked" : ""} data-testid={`device-${one.id}`}>
                <th scope="row">{one.call_sign ?? "—"}</th>
                <td class="label">{one.label}</td>
                <td>{one.sender === "crew" ? w("crew") : one.sender === "traccar_server" ? "Traccar" : APPS[one.sender]}</td>
                <td>{one.priority}</td>
                <td>{ago(one.heard_at)}</td>
                <td>{ago(one.believed_at)}</td>
                <td class={one.clock_offset_s ? "warn" : ""}>{clockOf(one.clock_offset_s)}</td>
                <td class="act">{one.revoked_at ? w("revoked") : <button type="button" class="button" data-testid={`revoke-${one.id}`} onClick={() => void revoke(one)}>{w("revoke")}</button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function PutAside() {
  const found = quarantine.value;
  if (!found) return null;
  const sum = (name: "put_aside" | "dropped") => figure(found.counts.reduce((total, one) => total + one[name], 0), language.value);
  return (
    <section class="panel" aria-labelledby="aside">
      <h2 id="aside">{w("aside")} <span class="small quiet">{w("counted", { n: sum("put_aside"), dropped: sum("dropped") })}</span></h2>
      <p class="small quiet">{w("aside_words")}</p>
      {found.newest.length === 0 ? <p class="empty">{w("aside_none")}</p> : (
        <table data-testid="quarantine">
          <thead><tr><th>{w("arrived")}</th><th>{w("why")}</th><th>{w("app")}</th><th>{w("from")}</th><th>{w("content")}</th></tr></thead>
          <tbody>
            {found.newest.map((one) => (
              <tr key={one.id} data-testid={`aside-${one.id}`}>
                <td>{ago(one.received_at)}</td>
                <td>{reason(one.code)}</td>
                <td>{APPS[one.sender] ?? one.sender}</td>
                <td>{one.label ?? (one.said_id || one.address)}</td>
                <td class="body" title={one.body}>{one.body}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Retention() {
  if (kept.value.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="retention">
      <h2 id="retention">{w("retention")}</h2>
      <p class="small quiet">{w("retention_words")}</p>
      <table data-testid="retention">
        <thead><tr><th>{w("class")}</th><th>{w("kept_for")}</th><th>{w("setting")}</th><th>{w("deleted")}</th></tr></thead>
        <tbody>
          {kept.value.map((one) => (
            <tr key={one.code}>
              <th scope="row">{language.value === "en" ? one.label_en : one.label_id}</th>
              <td>{w("days", { n: figure(one.days, language.value) })}</td>
              <td class="body">{one.setting}</td>
              <td>{one.deleted_at === null ? w("never") : w("deleted_rows", { n: figure(one.deleted_rows ?? 0, language.value), ago: ago(one.deleted_at) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function reason(code: string): string {
  const known = CODES.find((one) => one === code);
  return known ? w(`code_${known}`) : w("code_other", { code });
}

function ago(at: string | null): string {
  return at === null ? w("never") : w("ago", { age: age(Math.max(0, (now.value - Date.parse(at)) / 1000), language.value) });
}

/** What is added to the device's clock is how far it is behind. */
function clockOf(offsetS: number): string {
  const n = figure(Math.abs(offsetS), language.value);
  return offsetS === 0 ? w("clock_right") : offsetS < 0 ? w("clock_ahead", { n }) : w("clock_behind", { n });
}

openPage("/devices", { live: false }, () => <Devices />);
