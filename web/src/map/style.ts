// The base map: our own vector tiles from PostGIS, drawn with our own two fonts. Nothing comes from another host.

import bold from "@fontsource/noto-sans/files/noto-sans-latin-700-normal.woff2?url";
import regular from "@fontsource/noto-sans/files/noto-sans-latin-400-normal.woff2?url";
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Theme } from "../core/preferences.ts";
import type { City } from "../core/types.ts";
import { type Palette, palette } from "./palette.ts";

const REGULAR = ["Noto Sans Regular"];
const BOLD = ["Noto Sans Bold"];
const SOURCE = "city";

/** The whole style for a city. `attribution` is set on the source: without it the credit that ODbL asks for vanishes. */
export function cityStyle(city: City, theme: Theme): StyleSpecification {
  const colours = palette(theme);
  return {
    version: 8,
    name: `Geo112 ${theme}`,
    "font-faces": { "Noto Sans Regular": [{ url: absolute(regular) }], "Noto Sans Bold": [{ url: absolute(bold) }] },
    sources: {
      [SOURCE]: {
        type: "vector",
        tiles: [`${location.origin}/api/tiles/{z}/{x}/{y}.mvt?v=${city.import_id}`],
        minzoom: 8,
        maxzoom: 17,
        bounds: city.bounds,
        attribution: city.attribution,
      },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colours.ground } },
      ...surfaces(colours),
      ...roads(colours),
      ...labels(colours),
    ],
  } as StyleSpecification;
}

const absolute = (path: string) => new URL(path, location.href).href;

/** Widths by zoom: pairs of zoom and pixels, growing by the square root of two in between. */
function widths(...pairs: [zoom: number, pixels: number][]): ExpressionSpecification {
  return ["interpolate", ["exponential", 1.4], ["zoom"], ...pairs.flat()] as unknown as ExpressionSpecification;
}

const kindIs = (...kinds: string[]): ExpressionSpecification => ["in", ["get", "kind"], ["literal", kinds]];

const GREEN = ["park", "forest", "wood", "grass", "garden", "cemetery", "recreation_ground", "golf_course", "pitch", "meadow", "farmland", "orchard", "scrub", "village_green", "nature_reserve", "playground", "farm", "paddy"];

function surfaces(c: Palette): LayerSpecification[] {
  return [
    {
      id: "landuse", type: "fill", source: SOURCE, "source-layer": "landuse",
      paint: {
        "fill-color": [
          "match", ["get", "kind"],
          GREEN, c.landuse.green!,
          ["hospital", "clinic"], c.landuse.care!,
          ["school", "university", "college"], c.landuse.learn!,
          ["industrial", "commercial", "retail", "railway", "military", "port"], c.landuse.work!,
          ["basin", "reservoir", "wetland"], c.landuse.water!,
          c.landuse.built!,
        ],
      },
    },
    {
      id: "water", type: "fill", source: SOURCE, "source-layer": "water",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": c.water, "fill-outline-color": c.waterLine },
    },
    {
      id: "waterway", type: "line", source: SOURCE, "source-layer": "water",
      filter: ["==", ["geometry-type"], "LineString"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": c.water, "line-width": widths([9, 0.8], [14, 3], [18, 16]) },
    },
    {
      id: "building", type: "fill", source: SOURCE, "source-layer": "building", minzoom: 15,
      paint: { "fill-color": c.building, "fill-outline-color": c.buildingLine },
    },
    {
      id: "area-fine", type: "line", source: SOURCE, "source-layer": "area", minzoom: 15, filter: kindIs("rw", "rt"),
      paint: { "line-color": c.area, "line-width": 0.8, "line-opacity": 0.5, "line-dasharray": [2, 3] },
    },
    {
      id: "area", type: "line", source: SOURCE, "source-layer": "area", filter: kindIs("kota", "kecamatan", "kelurahan", "area"),
      paint: {
        "line-color": c.area,
        "line-width": ["match", ["get", "kind"], "kota", 2.2, "kecamatan", 1.5, 1],
        "line-opacity": 0.7,
        "line-dasharray": [5, 3],
      },
    },
  ];
}

function roads(c: Palette): LayerSpecification[] {
  const classes: [kind: string, colour: string, ...width: [number, number][]][] = [
    ["service", c.local, [13, 0.6], [16, 3], [19, 12]],
    ["local", c.local, [12, 0.6], [14, 1.8], [16, 6], [19, 26]],
    ["tertiary", c.tertiary, [11, 0.8], [14, 3], [16, 8], [19, 32]],
    ["secondary", c.secondary, [9, 0.7], [14, 4], [16, 10], [19, 38]],
    ["primary", c.primary, [8, 0.8], [14, 5], [16, 12], [19, 44]],
    ["toll", c.toll, [8, 1], [14, 5.5], [16, 13], [19, 46]],
  ];
  const cased: LayerSpecification[] = classes.map(([kind, , ...pairs]) => ({
    id: `road-${kind}-casing`, type: "line", source: SOURCE, "source-layer": "road", filter: kindIs(kind),
    minzoom: kind === "service" ? 14 : 11,
    layout: { "line-join": "round", "line-cap": "butt" },
    paint: { "line-color": c.casing, "line-width": widths(...pairs.map(([z, w]): [number, number] => [z, w + Math.min(2.4, 0.7 + w / 8)])) },
  }));
  const filled: LayerSpecification[] = classes.map(([kind, colour, ...pairs]) => ({
    id: `road-${kind}`, type: "line", source: SOURCE, "source-layer": "road", filter: kindIs(kind),
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": colour, "line-width": widths(...pairs) },
  }));
  return [
    {
      id: "road-path", type: "line", source: SOURCE, "source-layer": "road", filter: kindIs("path"), minzoom: 14,
      layout: { "line-join": "round", "line-cap": "butt" },
      paint: { "line-color": c.path, "line-width": widths([14, 0.8], [16, 1.6], [19, 5]), "line-dasharray": [2.5, 1.2] },
    },
    ...cased,
    ...filled,
    {
      id: "rail", type: "line", source: SOURCE, "source-layer": "railway", minzoom: 10,
      paint: { "line-color": c.rail, "line-width": widths([10, 0.8], [16, 2.4]) },
    },
    {
      id: "rail-ties", type: "line", source: SOURCE, "source-layer": "railway", minzoom: 13,
      paint: { "line-color": c.rail, "line-width": widths([13, 3], [16, 7]), "line-dasharray": [0.25, 2.2] },
    },
    {
      id: "oneway", type: "symbol", source: SOURCE, "source-layer": "road", minzoom: 16,
      filter: ["all", ["to-boolean", ["get", "oneway"]], ["!", kindIs("path")]],
      layout: {
        "symbol-placement": "line", "symbol-spacing": 140, "icon-image": "base|oneway", "icon-size": 0.6,
        "icon-rotation-alignment": "map", "icon-padding": 4,
      },
      paint: { "icon-opacity": 0.75 },
    },
  ];
}

function labels(c: Palette): LayerSpecification[] {
  const text = (colour: string, halo = 1.4) => ({ "text-color": colour, "text-halo-color": c.halo, "text-halo-width": halo });
  return [
    {
      id: "house-number", type: "symbol", source: SOURCE, "source-layer": "house_number", minzoom: 17,
      layout: { "text-field": ["to-string", ["get", "number"]], "text-font": REGULAR, "text-size": 11 },
      paint: text(c.houseText, 1),
    },
    {
      id: "poi-minor", type: "symbol", source: SOURCE, "source-layer": "poi", minzoom: 15,
      filter: ["!", kindIs("hospital", "fire_station", "police", "ambulance_station")],
      layout: {
        "icon-image": ["concat", "poi|", ["get", "kind"]], "icon-size": 0.7,
        "text-field": ["get", "name"], "text-font": REGULAR, "text-size": 11, "text-max-width": 9,
        "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 0.9, "text-justify": "auto",
        "text-optional": true,
      },
      paint: text(c.poiText, 1.2),
    },
    {
      id: "road-label", type: "symbol", source: SOURCE, "source-layer": "road", minzoom: 12,
      filter: [
        "step", ["zoom"],
        ["all", ["has", "name"], kindIs("toll", "primary")],
        13, ["all", ["has", "name"], kindIs("toll", "primary", "secondary")],
        14, ["all", ["has", "name"], kindIs("toll", "primary", "secondary", "tertiary")],
        15, ["has", "name"],
      ],
      layout: {
        "symbol-placement": "line", "symbol-spacing": 320, "text-field": ["get", "name"], "text-font": REGULAR,
        "text-size": ["interpolate", ["linear"], ["zoom"], 12, 11, 16, 13, 19, 15],
        "text-max-angle": 35, "text-padding": 6,
        "symbol-sort-key": ["match", ["get", "kind"], "toll", 0, "primary", 1, "secondary", 2, "tertiary", 3, "local", 4, 5],
      },
      paint: text(c.roadText),
    },
    {
      id: "area-label-fine", type: "symbol", source: SOURCE, "source-layer": "area_label", minzoom: 16, filter: kindIs("rw"),
      layout: { "text-field": ["get", "name"], "text-font": BOLD, "text-size": 11 },
      paint: { ...text(c.areaText), "text-opacity": 0.75 },
    },
    {
      id: "area-label", type: "symbol", source: SOURCE, "source-layer": "area_label",
      filter: [
        "step", ["zoom"], kindIs("kota"), 10, kindIs("kota", "kecamatan"), 12.5, kindIs("kecamatan", "kelurahan", "area"), 14.5,
        kindIs("kelurahan", "area"),
      ],
      layout: {
        "text-field": ["get", "name"], "text-font": BOLD, "text-transform": "uppercase", "text-letter-spacing": 0.09,
        "text-size": ["interpolate", ["linear"], ["zoom"], 9, 11, 13, 12, 16, 14],
        "text-max-width": 8, "text-padding": 12,
      },
      paint: text(c.areaText, 1.6),
    },
    {
      id: "poi-major", type: "symbol", source: SOURCE, "source-layer": "poi", minzoom: 12,
      filter: kindIs("hospital", "fire_station", "police", "ambulance_station"),
      layout: {
        "icon-image": ["concat", "poi|", ["get", "kind"]],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.7, 15, 0.95],
        "text-field": ["step", ["zoom"], "", 14, ["get", "name"]], "text-font": REGULAR, "text-size": 11.5, "text-max-width": 9,
        "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 1.1, "text-justify": "auto",
        "text-optional": true,
      },
      paint: text(c.poiText, 1.3),
    },
  ];
}
