// One map of the city: base style, theme, credit, and the layers of the moment on top. Only this folder knows MapLibre.

import "maplibre-gl/dist/maplibre-gl.css";
import { AttributionControl, Map as GlMap, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { isTest, language, type Theme } from "../core/preferences.ts";
import type { City, LonLat } from "../core/types.ts";
import type { Box } from "../core/view.ts";
import { drawnImage } from "./icons.ts";
import { Overlay } from "./overlay.ts";
import { cityStyle } from "./style.ts";

setWorkerUrl(workerUrl);

export type CityMap = {
  readonly gl: GlMap;
  readonly overlay: Overlay;
  setTheme(theme: Theme): void;
  setCity(city: City): void;
  /** Move so that the points are seen, without flying: what moves distracts. */
  showAll(points: LonLat[], maxZoom?: number): void;
  centreOn(point: LonLat, zoom?: number): void;
  isInView(point: LonLat): boolean;
  /** Tell what the map shows, now and whenever it has come to rest elsewhere. */
  onView(listener: (box: Box) => void): void;
  remove(): void;
};

const MAP_WORDS = {
  id: {
    "NavigationControl.ZoomIn": "Perbesar", "NavigationControl.ZoomOut": "Perkecil", "NavigationControl.ResetBearing": "Utara di atas",
    "Map.Title": "Peta", "Marker.Title": "Penanda", "AttributionControl.ToggleAttribution": "Sumber peta",
    "ScaleControl.Meters": "m", "ScaleControl.Kilometers": "km",
  },
  en: { "Map.Title": "Map" },
};

export function createCityMap(container: HTMLElement, city: City, theme: Theme): CityMap {
  let present = { city, theme };
  const gl = new GlMap({
    container,
    style: cityStyle(city, theme),
    center: [city.centre.lon, city.centre.lat],
    zoom: 13,
    minZoom: 7,
    maxZoom: 19.5,
    maxPitch: 0,
    dragRotate: false,
    pitchWithRotate: false,
    attributionControl: false,
    fadeDuration: isTest() ? 0 : 120,
    locale: MAP_WORDS[language()],
    // A city at the edge of the sea is not lost when somebody drags too far.
    maxBounds: padded(city.bounds, 0.6),
  });
  gl.touchZoomRotate.disableRotation();
  gl.keyboard.disableRotation();
  gl.addControl(new NavigationControl({ showCompass: false }), "top-right");
  gl.addControl(new ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-left");
  gl.addControl(new AttributionControl({ compact: false }), "bottom-right");
  gl.setMissingStyleImageResolver(async (name: string) => {
    const drawn = drawnImage(name, present.theme);
    if (drawn && !gl.hasImage(name)) gl.addImage(name, drawn.image, { pixelRatio: drawn.pixelRatio });
  });

  const overlay = new Overlay(gl, () => present.theme);
  gl.on("style.load", () => overlay.attach());
  const stopRetries = retryMissedTiles(gl);

  const watcher = new ResizeObserver(() => gl.resize());
  watcher.observe(container);

  if (isTest()) {
    const open = window as unknown as { __map: GlMap; __units: () => Overlay["unitsShown"]; ready: boolean };
    open.__map = gl;
    open.__units = () => overlay.unitsShown;
    open.ready = false;
    const isReady = () => {
      open.ready = true;
    };
    gl.once("load", isReady); // with units that move, a slow machine may never be idle
    gl.on("idle", isReady);
  }

  return {
    gl,
    overlay,
    setTheme(next) {
      if (next === present.theme) return;
      present = { ...present, theme: next };
      gl.setStyle(cityStyle(present.city, next), { diff: false });
    },
    setCity(next) {
      const isOther = next.import_id !== present.city.import_id;
      present = { ...present, city: next };
      if (!isOther) return;
      gl.setMaxBounds(padded(next.bounds, 0.6));
      gl.setStyle(cityStyle(next, present.theme), { diff: false });
    },
    showAll(points, maxZoom = 16) {
      if (points.length === 0) return;
      const lons = points.map((point) => point.lon);
      const lats = points.map((point) => point.lat);
      gl.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], {
        padding: { top: 70, bottom: 70, left: 60, right: 60 }, maxZoom, animate: false,
      });
    },
    centreOn(point, zoom) {
      gl.jumpTo({ center: [point.lon, point.lat], ...(zoom === undefined ? {} : { zoom: Math.max(zoom, gl.getZoom()) }) });
    },
    isInView(point) {
      const pixel = gl.project([point.lon, point.lat]);
      const { clientWidth, clientHeight } = gl.getContainer();
      return pixel.x > 40 && pixel.y > 40 && pixel.x < clientWidth - 40 && pixel.y < clientHeight - 40;
    },
    onView(listener) {
      const tell = () => {
        const bounds = gl.getBounds();
        listener({ west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() });
      };
      gl.on("moveend", tell);
      gl.on("resize", tell);
      tell();
    },
    remove() {
      watcher.disconnect();
      stopRetries();
      gl.remove();
    },
  };
}

const RETRY_FIRST_MS = 2_000;
const RETRY_LAST_MS = 30_000;

/** Ask again for tiles that did not come, ever more patiently: a server that was away must not leave holes in the map. */
function retryMissedTiles(gl: GlMap): () => void {
  let wait_ms = RETRY_FIRST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  gl.on("error", (event) => {
    const { sourceId } = event as { sourceId?: string };
    if (sourceId === undefined) return console.error(event.error); // not a tile: a fault of ours
    timer ??= setTimeout(() => {
      timer = undefined;
      wait_ms = Math.min(wait_ms * 2, RETRY_LAST_MS);
      if (gl.getSource(sourceId)) gl.refreshTiles(sourceId);
    }, wait_ms);
  });
  gl.on("idle", () => {
    if (timer === undefined) wait_ms = RETRY_FIRST_MS;
  });
  return () => clearTimeout(timer);
}

function padded([west, south, east, north]: City["bounds"], share: number): [number, number, number, number] {
  const [wide, high] = [Math.max(east - west, 0.05) * share, Math.max(north - south, 0.05) * share];
  return [west - wide, Math.max(-85, south - high), east + wide, Math.min(85, north + high)];
}
