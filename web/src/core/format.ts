// Figures as they are written in Indonesia: 22.14.07 WIB, 0,8 km, 1.814. English keeps the same clock, with its own decimals.

import type { Language } from "./preferences.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(ms: number, zone: string): Record<string, string> {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(ms).map((part) => [part.type, part.value]));
}

/** `22.14.07`, or `22.14` without seconds. */
export function clockTime(at: number | string, zone: string, withSeconds = true): string {
  const ms = typeof at === "string" ? Date.parse(at) : at;
  if (Number.isNaN(ms)) return "–";
  const p = parts(ms, zone);
  return withSeconds ? `${p.hour}.${p.minute}.${p.second}` : `${p.hour}.${p.minute}`;
}

const MONTHS: Record<Language, string[]> = {
  id: ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
  en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
};

/** `24 Nov`, in the centre's zone. */
export function dayAndMonth(at: string, zone: string, language: Language): string {
  const p = parts(Date.parse(at), zone);
  return `${Number(p.day)} ${MONTHS[language][Number(p.month) - 1]}`;
}

/** `2026-11-24` in the centre's zone, as the server takes days. */
export function isoDay(ms: number, zone: string): string {
  const p = parts(ms, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

/** Minutes and seconds, `3.01`; from an hour on `1.02.05`. Sign for what is past its limit is the caller's. */
export function stopwatch(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}.${two(minutes)}.${two(rest)}` : `${minutes}.${two(rest)}`;
}

/** A figure with the language's grouping and decimals: 1.814 or 1,814. */
export function figure(value: number, language: Language, decimals = 0): string {
  return new Intl.NumberFormat(language === "id" ? "id-ID" : "en-GB", {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  }).format(value);
}

/** Metres below one kilometre (`140 m`), else kilometres with one decimal (`0,8 km`). */
export function distance(metres: number, language: Language): string {
  if (metres < 995) return `${Math.round(metres < 100 ? metres : metres / 10) * (metres < 100 ? 1 : 10)} m`;
  return `${figure(metres / 1000, language, metres < 99_500 ? 1 : 0)} km`;
}

const UNITS: Record<Language, [string, string, string, string]> = {
  id: ["dtk", "mnt", "jam", "hari"],
  en: ["s", "min", "h", "d"],
};

/** An age in words: `2 dtk`, `3 mnt`, `5 jam`, `2 hari`. */
export function age(seconds: number, language: Language): string {
  const [s, min, h, d] = UNITS[language];
  if (seconds < 90) return `${Math.floor(seconds)} ${s}`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} ${min}`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} ${h}`;
  return `${Math.round(seconds / 86400)} ${d}`;
}

/** 0–1 as percent, `94 %`. */
export function percent(share: number, language: Language): string {
  return `${figure(share * 100, language)} %`;
}

/** Put values into a sentence: fill("Unit {sign}", {sign: "PMK-111"}). */
export function fill(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, key: string) => (key in values ? String(values[key]) : whole));
}

/** A scene in one line: its label, then the areas that the label does not name already. */
export function sceneName(label: string | null, areas: readonly string[] | null, joint = ", "): string {
  const named = label ?? "";
  const missing = (areas ?? []).filter((area) => !named.includes(area));
  return [named, ...missing].filter(Boolean).join(joint);
}

/** A scene in two lines: what to read first, and where that lies. */
export function sceneLines(label: string | null, areas: readonly string[] | null): [string, string] {
  const [first = "", ...rest] = sceneName(label, areas).split(", ");
  return [first, rest.join(", ")];
}
