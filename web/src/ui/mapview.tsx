// The map as a part of a page. MapLibre is loaded when the first map is shown, so the queue is usable before it.

import { effect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CityMap } from "../map/citymap.ts";
import { city, health, now, isTrusted } from "./desk.ts";
import { theme } from "./settings.ts";
import { common } from "./words.ts";

/** The map once it is there, else null; `ref` goes on the element that holds it. */
export function useCityMap(): { map: CityMap | null; ref: (element: HTMLDivElement | null) => void; isBroken: boolean } {
  const [map, setMap] = useState<CityMap | null>(null);
  const [isBroken, setBroken] = useState(false);
  const element = useRef<HTMLDivElement | null>(null);
  useEffect(() => {
    let made: CityMap | null = null;
    let isGone = false;
    void import("../map/citymap.ts").then(({ createCityMap }) => {
      if (isGone || !element.current || !city.value) return;
      try {
        made = createCityMap(element.current, city.value, theme.value);
        setMap(made);
      } catch {
        setBroken(true); // no WebGL on this machine: the desk works on without a map, and says so
      }
    });
    return () => {
      isGone = true;
      made?.remove();
    };
  }, []);
  useEffect(() => map?.setTheme(theme.value), [map, theme.value]);
  useEffect(() => {
    if (city.value) map?.setCity(city.value);
  }, [map, city.value]);
  return {
    map,
    isBroken,
    ref: (found) => {
      element.current = found;
    },
  };
}

/** Draw on the map, again whenever a signal that was read has changed; from the moment on that there is a map.
 * However much comes at once, it is drawn once: after the frame that answers a key, and no sooner than `dueAt` says. */
export function useDrawing(map: CityMap | null, draw: (map: CityMap) => void, dueAt: (map: CityMap) => number = () => 0): void {
  useEffect(() => {
    if (!map) return;
    let cancel = () => {};
    let forget = () => {};
    const drawAndWait = () => {
      let isDrawn = false;
      forget = effect(() => {
        if (!isDrawn) {
          isDrawn = true;
          return draw(map);
        }
        forget(); // one change is enough: the next drawing reads them all
        cancel = afterFrame(drawAndWait, dueAt(map) - performance.now());
      });
    };
    drawAndWait();
    return () => {
      forget();
      cancel();
    };
  }, [map]);
}

/** Do something in so many milliseconds, but not before the page has been painted as it is now. Returns how to cancel it. */
function afterFrame(act: () => void, wait_ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;
  const painted = () => {
    timer = setTimeout(act);
  };
  const due = () => {
    if (document.hidden) painted(); // a window that nobody sees is given no frames
    else frame = requestAnimationFrame(painted);
  };
  if (wait_ms > 0) timer = setTimeout(due, wait_ms);
  else due();
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
}

export function MapFrame(props: { view: ReturnType<typeof useCityMap>; isLive?: boolean; children?: ComponentChildren }) {
  const isStale = props.isLive !== false && !isTrusted.value && health.value !== "connecting";
  void now.value;
  useEffect(() => props.view.map?.overlay.grey(isStale), [props.view.map, isStale]);
  return (
    <div class="map" data-testid="map">
      <div class="canvas" ref={props.view.ref} />
      {!props.view.map && (
        <p class="empty" role="status">{props.view.isBroken ? common("map_broken") : common("map_loading")}</p>
      )}
      {isStale && <div class="over stale" data-testid="map-stale">{common("map_stale")}</div>}
      {props.children}
    </div>
  );
}
