// The pin of the TKP: an HTML element, so that it can be dragged, focused, moved by arrow keys and found by tests.
// Hollow and grey is a guess, amber is proposed, solid red is confirmed: the shape changes with the colour.

import { type Map as GlMap, Marker } from "maplibre-gl";
import type { LonLat } from "../core/types.ts";
import { moved } from "./geometry.ts";

export type PinState = "guess" | "proposed" | "confirmed";

export type Pin = {
  show(at: LonLat, state: PinState, title: string): void;
  hide(): void;
  focus(): void;
};

const DROP = "M17 1.500C8.700 1.500 2 8.100 2 16.300 2 27.600 17 42.500 17 42.500S32 27.600 32 16.300C32 8.100 25.300 1.500 17 1.500Z";

const INSIDE: Record<PinState, string> = {
  guess: `<path class="pin-body" d="${DROP}"/><path class="pin-mark" d="M13.500 12.800a3.600 3.600 0 1 1 5.200 3.200c-1.200.6-1.700 1.300-1.700 2.500M17 22.300v.1"/>`,
  proposed: `<path class="pin-body" d="${DROP}"/><circle class="pin-mark" cx="17" cy="16" r="5.500"/>`,
  confirmed: `<path class="pin-body" d="${DROP}"/><path class="pin-mark" d="M11.500 16.300l4 4 7-7.600"/>`,
};

export function tkpPin(map: GlMap, onMoved: (to: LonLat, how: "drag" | "keys") => void, { isFixed = false } = {}): Pin {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "pin";
  element.dataset.testid = "pin-tkp";
  const marker = new Marker({ element, anchor: "bottom", draggable: !isFixed });
  let isShown = false;

  marker.on("dragend", () => {
    const { lng, lat } = marker.getLngLat();
    onMoved({ lon: lng, lat }, "drag");
  });
  element.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 25 : 5;
    const directions: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step],
    };
    const direction = directions[event.key];
    if (!direction || isFixed) return;
    event.preventDefault();
    event.stopPropagation();
    const { lng, lat } = marker.getLngLat();
    onMoved(moved({ lon: lng, lat }, ...direction), "keys");
  });
  element.addEventListener("click", (event) => event.stopPropagation());

  return {
    show(at, state, title) {
      marker.setLngLat([at.lon, at.lat]);
      if (element.dataset.state !== state) {
        element.dataset.state = state;
        element.innerHTML = `<svg viewBox="0 0 34 44" width="38" height="49" aria-hidden="true">${INSIDE[state]}</svg>`;
      }
      element.setAttribute("aria-label", title);
      element.title = title;
      element.dataset.lon = at.lon.toFixed(6);
      element.dataset.lat = at.lat.toFixed(6);
      if (!isShown) marker.addTo(map);
      isShown = true;
    },
    hide() {
      if (isShown) marker.remove();
      isShown = false;
    },
    focus: () => element.focus({ preventScroll: true }),
  };
}
