// Colours of the base map and of what lies on it. The base is without saturation on purpose: pure red, amber, green and
// blue belong to incidents, units and closures alone.

import type { Theme } from "../core/preferences.ts";

export type Palette = {
  ground: string; landuse: Record<string, string>; water: string; waterLine: string; building: string; buildingLine: string;
  toll: string; primary: string; secondary: string; tertiary: string; local: string; path: string; casing: string; rail: string;
  area: string; areaText: string; roadText: string; poiText: string; halo: string; houseText: string;
  route: string; routeCasing: string; preview: string; circle: string; select: string;
  p1: string; p2: string; p3: string; onPriority: string;
  available: string; enRoute: string; onScene: string; transporting: string; off: string; onUnit: string; outline: string;
};

const DARK: Palette = {
  ground: "#151b22",
  landuse: { green: "#17241f", water: "#16242f", built: "#181f27", care: "#211f2a", learn: "#1d2129", work: "#1b2026" },
  water: "#1b2e3e", waterLine: "#27425a", building: "#222b35", buildingLine: "#2b3540",
  toll: "#6a5d43", primary: "#55524a", secondary: "#464a50", tertiary: "#3b434c", local: "#313a44", path: "#36414c",
  casing: "#10151b", rail: "#5a6470",
  area: "#565b8c", areaText: "#a7abdb", roadText: "#b6c2ce", poiText: "#93a3b2", halo: "#12181f", houseText: "#7f8d9a",
  route: "#79b8ff", routeCasing: "#0c1a29", preview: "#b9d9ff", circle: "#79b8ff", select: "#ffffff",
  p1: "#ff6b63", p2: "#ffb93d", p3: "#79b8ff", onPriority: "#10151b",
  available: "#4ccb82", enRoute: "#6fb1ff", onScene: "#ffb93d", transporting: "#c9a2ff", off: "#8b98a5",
  onUnit: "#0e1419", outline: "#0e1419",
};

const LIGHT: Palette = {
  ground: "#f3f2ee",
  landuse: { green: "#e3eadd", water: "#d6e3ea", built: "#eeece7", care: "#f0e7ea", learn: "#efece0", work: "#e9e8e6" },
  water: "#c3d7e2", waterLine: "#9dbccb", building: "#e0dcd3", buildingLine: "#cfcabf",
  toll: "#d8c9a6", primary: "#e4dcc6", secondary: "#eee9dc", tertiary: "#fbfaf7", local: "#ffffff", path: "#d9d4c8",
  casing: "#cfc9bc", rail: "#9a9a98",
  area: "#8b86ad", areaText: "#55508a", roadText: "#3f4a54", poiText: "#55616c", halo: "#fbfaf8", houseText: "#6b7680",
  route: "#0b5cad", routeCasing: "#ffffff", preview: "#3f86c9", circle: "#0b5cad", select: "#14202b",
  p1: "#b3160d", p2: "#a35f00", p3: "#0b5cad", onPriority: "#ffffff",
  available: "#15713a", enRoute: "#0b5cad", onScene: "#b05a00", transporting: "#6c2fc7", off: "#5f6b76",
  onUnit: "#ffffff", outline: "#ffffff",
};

export function palette(theme: Theme): Palette {
  return theme === "dark" ? DARK : LIGHT;
}
