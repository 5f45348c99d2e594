// What one person prefers on one machine: language, theme, size of text. Kept in this browser, never on the server.

export type Language = "id" | "en";
export type Theme = "dark" | "light";
export const SCALES = [90, 100, 110, 125, 150] as const;

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage can be switched off; the page must work all the same
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // lost with the page, which is all that can be done
  }
}

export function language(): Language {
  return kept("geo112.language") === "en" ? "en" : "id";
}

export function keepLanguage(wanted: Language): void {
  keep("geo112.language", wanted);
}

/** Desks of different kinds have different defaults (a dispatcher's is dark), so each default keeps its own choice. */
export function keepTheme(wanted: Theme, pageDefault: string): void {
  keep(`geo112.theme.${pageDefault}`, wanted);
}

export function scalePercent(): number {
  const wanted = Number(kept("geo112.scale"));
  return SCALES.find((scale) => scale === wanted) ?? 100;
}

export function keepScale(percent: number): void {
  keep("geo112.scale", String(percent));
}

/** Browser tests ask for `window.__map` and `window.ready` with `?test=1`, or once for all with this flag. */
export function isTest(): boolean {
  return new URLSearchParams(location.search).get("test") === "1" || kept("geo112.test") === "1";
}

export function isSoundOn(): boolean {
  return kept("geo112.sound") !== "off";
}

export function keepSound(isOn: boolean): void {
  keep("geo112.sound", isOn ? "on" : "off");
}
