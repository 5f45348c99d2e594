// What lies on the base map: incidents, units, routes, circles of uncertainty. It keeps what it was told and puts it
// back when the style changes, so that a switch from dark to light loses nothing.

import type { Feature, FeatureCollection } from "geojson";
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map as GlMap } from "maplibre-gl";
import type { Theme } from "../core/preferences.ts";
import type { Incident, IncidentType, LonLat, Route, Unit } from "../core/types.ts";
import { ring } from "./geometry.ts";
import type { UnitStatus } from "../core/unitstatus.ts";
import { palette } from "./palette.ts";
import { unitIcon } from "./strokes.ts";

export type UnitMark = {
  unit: Unit;
  status: UnitStatus;
  isStale: boolean;
  isFaded: boolean;
  isSelected: boolean;
  slot?: number; // 1–8: one of several units at a scene, drawn around it instead of below it
};
export type { UnitStatus };
export type IncidentMark = { incident: Incident; type: IncidentType | undefined; isSelected: boolean; label: string; isFaded?: boolean };
export type RouteMark = { route: Route; kind: "assigned" | "preview" };
/** A place that may be the scene, in the order of the list; its circle holds the scene nine times of ten. */
export type CandidateMark = { at: LonLat; radius_m: number; number: number; isChosen: boolean };
export type CircleMark = { middle: LonLat; radius_m: number; kind: "uncertainty" | "cell" };

type Features = FeatureCollection;
const NONE: Features = { type: "FeatureCollection", features: [] };
const SOURCES = ["areas", "circles", "candidates", "routes", "units", "incidents"] as const;
type SourceName = (typeof SOURCES)[number];
const DRAW_EVERY_MS = 200;

export class Overlay {
  private readonly gl: GlMap;
  private readonly theme: () => Theme;
  private readonly shown: Record<SourceName, Features> = { areas: NONE, circles: NONE, candidates: NONE, routes: NONE, units: NONE, incidents: NONE };
  private readonly drawnAt: Record<SourceName, number> = { areas: 0, circles: 0, candidates: 0, routes: 0, units: 0, incidents: 0 };
  private readonly isDue = new Set<SourceName>();
  private isGrey = false;

  constructor(gl: GlMap, theme: () => Theme) {
    this.gl = gl;
    this.theme = theme;
  }

  /** Add our sources and layers to a style that has just been loaded. */
  attach(): void {
    for (const name of SOURCES) {
      if (!this.gl.getSource(name)) this.gl.addSource(name, { type: "geojson", data: this.shown[name] });
    }
    for (const layer of layers(this.theme())) if (!this.gl.getLayer(layer.id)) this.gl.addLayer(layer);
  }

  units(marks: UnitMark[]): void {
    this.show("units", marks.flatMap(({ unit, status, isStale, isFaded, isSelected, slot = 0 }) => {
      const at = unit.position ?? unit.post;
      if (!at) return [];
      const fresh = isStale ? "stale" : "fresh";
      const icon = unitIcon(unit.opd_kind, unit.profile);
      return point(at, unit.id, {
        id: unit.id, call_sign: unit.call_sign, status, availability: unit.availability, fresh,
        icon: `unit|${icon}|${status}|${fresh}`, dot: `dot|${status}|${fresh}`,
        opacity: isFaded ? 0.45 : 1, order: isSelected ? 3 : isFaded ? 0 : status === "available" ? 1 : 2,
        selected: isSelected, slot: slot === 0 ? 0 : ((slot - 1) % 8) + 1,
      });
    }));
  }

  incidents(marks: IncidentMark[]): void {
    this.show("incidents", marks.flatMap(({ incident, type, isSelected, label, isFaded }) => {
      if (!incident.tkp) return [];
      return point(incident.tkp, incident.id, {
        id: incident.id, number: incident.number, state: incident.state, priority: incident.priority, label,
        icon: `incident|${type?.icon ?? "dots"}|${incident.priority}`, selected: isSelected,
        opacity: isFaded ? 0.6 : 1, order: isSelected ? 9 : 4 - incident.priority,
      });
    }));
  }

  routes(marks: RouteMark[]): void {
    this.show("routes", marks.map(({ route, kind }) => ({
      type: "Feature", geometry: route.geometry, properties: { kind, eta_source: route.properties.eta_source },
    })));
  }

  /** Where units with an old fix may be by now. */
  areas(marks: Feature[]): void {
    this.show("areas", marks);
  }

  circles(marks: CircleMark[]): void {
    this.show("circles", marks.map(({ middle, radius_m, kind }) => ({
      type: "Feature", geometry: { type: "Polygon", coordinates: [ring(middle, radius_m)] }, properties: { kind, radius_m },
    })));
  }

  candidates(marks: CandidateMark[]): void {
    const bottomUp = [...marks].sort((a, b) => Number(a.isChosen) - Number(b.isChosen) || b.number - a.number);
    this.show("candidates", bottomUp.flatMap(({ at, radius_m, number, isChosen }) => [
      { type: "Feature", geometry: { type: "Polygon", coordinates: [ring(at, radius_m)] }, properties: { number, isChosen } },
      point(at, number, { number, text: `${number}`, isChosen }),
    ]));
  }

  /** Greyed while nothing newer arrives: what is seen may no longer be so. */
  grey(isGrey: boolean): void {
    if (isGrey === this.isGrey) return;
    this.isGrey = isGrey;
    this.gl.getContainer().classList.toggle("is-grey", isGrey);
  }

  /** At most five times a second: several changes that come together are drawn together. */
  private show(name: SourceName, features: Feature[]): void {
    this.shown[name] = { type: "FeatureCollection", features };
    if (this.isDue.has(name)) return;
    this.isDue.add(name);
    setTimeout(() => {
      this.isDue.delete(name);
      const source = this.gl.getSource(name) as GeoJSONSource | undefined;
      void source?.setData(this.shown[name]);
    }, Math.max(0, this.drawnAt[name] + DRAW_EVERY_MS - Date.now()));
    this.drawnAt[name] = Math.max(Date.now(), this.drawnAt[name] + DRAW_EVERY_MS);
  }
}

function point(at: LonLat, id: number, properties: Record<string, unknown>): Feature {
  return { type: "Feature", id, geometry: { type: "Point", coordinates: [at.lon, at.lat] }, properties };
}

const ICONS_FROM = 12.5; // below this zoom a unit is a small square in its colour

/** Pixels from the scene for the units there, clockwise from the right. */
const AROUND = [
  "match", ["get", "slot"],
  ...Array.from({ length: 8 }, (_, index) => {
    const angle = (index * Math.PI) / 4;
    return [index + 1, ["literal", [Math.round(36 * Math.cos(angle)), Math.round(36 * Math.sin(angle))]]];
  }).flat(),
  ["literal", [0, 0]],
] as unknown as ExpressionSpecification;

function layers(theme: Theme): LayerSpecification[] {
  const c = palette(theme);
  const is = (kind: string): ExpressionSpecification => ["==", ["get", "kind"], kind];
  return [
    {
      id: "area-fill", type: "fill", source: "areas", paint: { "fill-color": c.off, "fill-opacity": 0.16 },
    },
    {
      id: "area-line", type: "line", source: "areas",
      paint: { "line-color": c.off, "line-width": 1.5, "line-dasharray": [2, 2] },
    },
    {
      id: "circle-fill", type: "fill", source: "circles",
      paint: { "fill-color": c.circle, "fill-opacity": ["match", ["get", "kind"], "cell", 0.03, 0.12] },
    },
    {
      id: "circle-line", type: "line", source: "circles",
      paint: { "line-color": c.circle, "line-width": 2, "line-dasharray": [3, 2.5] },
    },
    {
      id: "candidate-fill", type: "fill", source: "candidates", filter: ["all", ["==", ["geometry-type"], "Polygon"], ["get", "isChosen"]],
      paint: { "fill-color": c.p2, "fill-opacity": 0.14 },
    },
    {
      id: "candidate-line", type: "line", source: "candidates", filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "line-color": ["case", ["get", "isChosen"], c.p2, c.off], "line-width": ["case", ["get", "isChosen"], 2.5, 1.5] },
    },
    {
      id: "candidates", type: "circle", source: "candidates", filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": ["case", ["get", "isChosen"], 13, 10], "circle-color": ["case", ["get", "isChosen"], c.p2, c.off],
        "circle-stroke-color": c.halo, "circle-stroke-width": 2,
      },
    },
    {
      id: "candidate-numbers", type: "symbol", source: "candidates", filter: ["==", ["geometry-type"], "Point"],
      layout: {
        "text-field": ["get", "text"], "text-font": ["Noto Sans Bold"], "text-size": ["case", ["get", "isChosen"], 14, 12],
        "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: { "text-color": c.onPriority },
    },
    {
      id: "route-casing", type: "line", source: "routes", filter: is("assigned"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": c.routeCasing, "line-width": 9, "line-opacity": 0.9 },
    },
    {
      id: "routes", type: "line", source: "routes", filter: is("assigned"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": c.route, "line-width": 5 },
    },
    {
      id: "route-preview", type: "line", source: "routes", filter: is("preview"),
      layout: { "line-join": "round" },
      paint: { "line-color": c.preview, "line-width": 4, "line-dasharray": [1.6, 1.1] },
    },
    {
      id: "unit-halo", type: "circle", source: "units", filter: ["get", "selected"],
      paint: { "circle-radius": 19, "circle-color": c.select, "circle-opacity": 0.16, "circle-stroke-color": c.select, "circle-stroke-width": 2 },
    },
    {
      id: "units", type: "symbol", source: "units",
      layout: {
        "icon-image": ["step", ["zoom"], ["get", "dot"], ICONS_FROM, ["get", "icon"]],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.8, ICONS_FROM, 0.85, 16, 1.05],
        "icon-allow-overlap": true, "icon-ignore-placement": true, "symbol-sort-key": ["get", "order"],
        "icon-offset": AROUND,
      },
      paint: { "icon-opacity": ["get", "opacity"] },
    },
    {
      id: "unit-labels", type: "symbol", source: "units", minzoom: 14.5,
      layout: {
        "text-field": ["get", "call_sign"], "text-font": ["Noto Sans Bold"], "text-size": 12, "text-anchor": "top",
        "text-offset": [0, 1.15], "text-optional": true,
      },
      paint: { "text-color": c.roadText, "text-halo-color": c.halo, "text-halo-width": 1.6, "text-opacity": ["get", "opacity"] },
    },
    {
      id: "incident-ring", type: "circle", source: "incidents", filter: ["get", "selected"],
      paint: { "circle-radius": 25, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": c.select, "circle-stroke-width": 3 },
    },
    {
      id: "incidents", type: "symbol", source: "incidents",
      layout: {
        "icon-image": ["get", "icon"], "icon-allow-overlap": true, "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.75, 14, 0.95], "symbol-sort-key": ["get", "order"],
      },
      paint: { "icon-opacity": ["get", "opacity"] },
    },
    {
      id: "incident-labels", type: "symbol", source: "incidents", minzoom: 12,
      layout: {
        "text-field": ["get", "label"], "text-font": ["Noto Sans Bold"], "text-size": 12.5, "text-anchor": "left",
        "text-offset": [1.7, 0], "text-optional": true, "text-max-width": 14,
      },
      paint: { "text-color": c.roadText, "text-halo-color": c.halo, "text-halo-width": 2 },
    },
  ];
}
