// Language, theme, size and sound as signals, so that a switch is seen at once everywhere.

import { signal } from "@preact/signals";
import * as kept from "../core/preferences.ts";
import type { Language, Theme } from "../core/preferences.ts";

const root = document.documentElement;
const pageDefault = root.dataset.defaultTheme ?? "light";

export const language = signal<Language>(kept.language());
export const theme = signal<Theme>(root.dataset.theme === "dark" ? "dark" : "light");
export const scale = signal(kept.scalePercent());
export const isSoundOn = signal(kept.isSoundOn());

export function chooseLanguage(wanted: Language): void {
  kept.keepLanguage(wanted);
  root.lang = wanted;
  language.value = wanted;
}

export function chooseTheme(wanted: Theme): void {
  kept.keepTheme(wanted, pageDefault);
  root.dataset.theme = wanted;
  theme.value = wanted;
}

export function chooseScale(percent: number): void {
  kept.keepScale(percent);
  root.style.setProperty("--scale", String(percent / 100));
  scale.value = percent;
}

export function chooseSound(isOn: boolean): void {
  kept.keepSound(isOn);
  isSoundOn.value = isOn;
}
