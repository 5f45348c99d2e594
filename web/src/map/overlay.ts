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
import { type Sprite, UnitLayer } from "./unitlayer.ts";

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
const UNITS_EVERY_MS = 200;
const UNITS_AT_LEAST_EVERY_MS = 800; // and some frames later: each position of a unit that sends one a second is seen
const SHARE = 4; // of the time, at most one part in so many goes into drawing units: a slow machine draws them less often

export class Overlay {
  private readonly gl: GlMap;
  private readonly theme: () => Theme;
  private readonly shown: Record<SourceName, Features> = { areas: NONE, circles: NONE, candidates: NONE, routes: NONE, units: NONE, incidents: NONE };
  private unitLayer: UnitLayer | null = null;
  private sprites: (Sprite & { call_sign: string; isSelected: boolean })[] = [];
  private unitsDrawnAt = 0;
  private unitsCost_ms = 0;
  private isGrey = false;

  constructor(gl: GlMap, theme: () => Theme) {
    this.gl = gl;
    this.theme = theme;
    gl.on("moveend", () => this.nameUnits());
  }

  /** Add our sources and layers to a style that has just been loaded. */
  attach(): void {
    for (const name of SOURCES) {
      if (!this.gl.getSource(name)) this.gl.addSource(name, { type: "geojson", data: this.shown[name] });
    }
    for (const layer of layers(this.theme())) if (!this.gl.getLayer(layer.id)) this.gl.addLayer(layer);
    this.unitLayer = new UnitLayer(this.theme()); // its images have the colours of the theme
    this.unitLayer.set(this.sprites);
    if (!this.gl.getLayer(this.unitLayer.id)) this.gl.addLayer(this.unitLayer, "unit-labels");
  }

  units(marks: UnitMark[]): void {
    const sprites = marks.flatMap(({ unit, status, isStale, isFaded, isSelected, slot = 0 }) => {
      const at = unit.position ?? unit.post;
      if (!at) return [];
      const fresh = isStale ? "stale" : "fresh";
      return [{
        id: unit.id, at, status, call_sign: unit.call_sign, isSelected,
        icon: `unit|${unitIcon(unit.opd_kind, unit.profile)}|${status}|${fresh}`, dot: `dot|${status}|${fresh}`,
        opacity: isFaded && !isSelected ? 0.45 : 1, order: isSelected ? 3 : isFaded ? 0 : status === "available" ? 1 : 2,
        offset: slot === 0 ? AT_ITS_PLACE : AROUND[(slot - 1) % AROUND.length]!,
      }];
    });
    this.sprites = sprites.sort((a, b) => a.order - b.order);
    this.unitLayer?.set(this.sprites);
    this.nameUnits();
    this.weighUnits();
  }

  /** The topmost unit within some pixels of a point of the map's canvas. */
  unitAt(point: { x: number; y: number }, reach = 0): Sprite | null {
    return this.unitLayer?.at(point, reach) ?? null;
  }

  /** The units that the last frame showed. */
  get unitsShown(): readonly Sprite[] {
    return this.unitLayer?.shown ?? [];
  }

  /** Call signs of what is in view, where the scale leaves room for them, and the ring around the unit pointed at. */
  private nameUnits(): void {
    const isClose = this.gl.getZoom() >= NAMES_FROM;
    const bounds = this.gl.getBounds();
    const named = this.sprites.filter((one) => one.isSelected || (isClose && bounds.contains([one.at.lon, one.at.lat])));
    this.show("units", named.flatMap(({ id, at, call_sign, opacity, isSelected }) => point(at, id, { id, call_sign, opacity, selected: isSelected })));
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

  /** Where units with an old fix may be by now. Blocks between the roads are left filled: a dashed ring around each
   * would look like an old mark of a unit. */
  areas(marks: Feature[]): void {
    this.show("areas", marks.map(withoutHoles));
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

  /** When to draw units next (of `performance.now()`): five times a second where that is light work. */
  unitsDueAt(): number {
    return this.unitsDrawnAt + Math.min(UNITS_AT_LEAST_EVERY_MS, Math.max(UNITS_EVERY_MS, SHARE * this.unitsCost_ms));
  }

  /** Note how long it takes until two frames have come after the one with the units that are drawn now. */
  private weighUnits(): void {
    const began = performance.now();
    this.unitsDrawnAt = began;
    this.gl.once("render", () => requestAnimationFrame(() => requestAnimationFrame(() => {
      this.unitsCost_ms = performance.now() - began;
    })));
  }

  private show(name: SourceName, features: Feature[]): void {
    if (features.length === 0 && this.shown[name].features.length === 0) return; // each call paints the whole map anew
    this.shown[name] = { type: "FeatureCollection", features };
    const source = this.gl.getSource(name) as GeoJSONSource | undefined;
    if (source) void source.setData(this.shown[name]);
  }
}

function point(at: LonLat, id: number, properties: Record<string, unknown>): Feature {
  return { type: "Feature", id, geometry: { type: "Point", coordinates: [at.lon, at.lat] }, properties };
}

function withoutHoles(area: Feature): Feature {
  const { geometry } = area;
  if (geometry.type === "Polygon") return { ...area, geometry: { ...geometry, coordinates: geometry.coordinates.slice(0, 1) } };
  if (geometry.type === "MultiPolygon") return { ...area, geometry: { ...geometry, coordinates: geometry.coordinates.map((one) => one.slice(0, 1)) } };
  return area;
}

const NAMES_FROM = 14.5;

/** Pixels from the scene for the units there, clockwise from the right. */
const AROUND = Array.from({ length: 8 }, (_, index) => {
  const angle = (index * Math.PI) / 4;
  return [Math.round(36 * Math.cos(angle)), Math.round(36 * Math.sin(angle))] as const;
});
const AT_ITS_PLACE = [0, 0] as const;

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
      id: "unit-labels", type: "symbol", source: "units", minzoom: NAMES_FROM,
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
