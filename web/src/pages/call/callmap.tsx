// The map of the call: the cell's circle, the pin of the scene, what is going on around it.

import { useEffect, useRef } from "preact/hooks";
import { distance } from "../../core/format.ts";
import type { CircleMark } from "../../map/overlay.ts";
import type { Pin } from "../../map/pin.ts";
import { metresBetween, moved } from "../../map/geometry.ts";
import { situation, types } from "../../ui/desk.ts";
import { MapFrame, useCityMap, useDrawing } from "../../ui/mapview.tsx";
import { language } from "../../ui/settings.ts";
import { call, candidates, confirmTkp, draft, incident, putPin } from "./state.ts";
import { w } from "./words.ts";

const NEAR_M = 500;
const LOOK_AFTER_MS = 250; // while words are typed the map does not jump with every letter

export function CallMap() {
  const view = useCityMap();
  const { map } = view;
  const pin = useRef<Pin | null>(null);

  useEffect(() => {
    if (!map) return;
    void import("../../map/pin.ts").then(({ tkpPin }) => {
      pin.current = tkpPin(map.gl, putPin);
      drawPin();
    });
    map.gl.on("click", (event) => putPin({ lon: event.lngLat.lng, lat: event.lngLat.lat }));
  }, [map]);

  const drawPin = () => {
    const sent = incident.value;
    const tkp = draft.value?.tkp;
    if (sent?.tkp) pin.current?.show(sent.tkp, "confirmed", w("pin_confirmed"));
    else if (tkp) pin.current?.show(tkp.at, tkp.state, `${w(`pin_${tkp.state}`)} ±${distance(tkp.uncertainty_m, language.value)}. ${w("pin_keys")}`);
    else pin.current?.hide();
  };
  useDrawing(map, drawPin);

  useDrawing(map, (drawn) => {
    const present = call.value;
    const tkp = draft.value?.tkp;
    const circles: CircleMark[] = [];
    if (present?.position && present.position_uncertainty_m) circles.push({ middle: present.position, radius_m: present.position_uncertainty_m, kind: "cell" });
    if (tkp && tkp.state !== "guess") circles.push({ middle: tkp.at, radius_m: tkp.uncertainty_m, kind: "uncertainty" });
    drawn.overlay.circles(circles);
  });

  useDrawing(map, (drawn) => {
    const { places, index } = candidates.value;
    drawn.overlay.candidates(places.map(({ geometry: { coordinates: [lon, lat] }, properties }, at) => (
      { at: { lon, lat }, radius_m: properties.uncertainty_m ?? 100, number: at + 1, isChosen: at === index }
    )));
  });

  // Look at the candidate under the hand, with all of its circle.
  const { places, index } = candidates.value;
  const under = places[index];
  useEffect(() => {
    if (!map || !under) return;
    const timer = setTimeout(() => {
      const [lon, lat] = under.geometry.coordinates;
      const reach = under.properties.uncertainty_m ?? 100;
      map.showAll([moved({ lon, lat }, -reach, -reach), moved({ lon, lat }, reach, reach)], 16.5);
    }, LOOK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [map, under]);

  useDrawing(map, (drawn) => {
    const tkp = draft.value?.tkp;
    const around = tkp && tkp.state !== "guess" ? tkp.at : null;
    drawn.overlay.incidents([...situation.value.incidents.values()].filter((one) => one.state !== "DRAFT" && one.id !== incident.value?.id).map((one) => {
      const far = around && one.tkp ? metresBetween(around, one.tkp) : Infinity;
      return {
        incident: one, type: types.value.get(one.type), isSelected: false, isFaded: around !== null && far > NEAR_M,
        label: far <= NEAR_M ? `${one.short} · ${distance(far, language.value)}` : "",
      };
    }));
  });

  // Look where the place was found or the phone is; never while somebody moves the pin by hand.
  const place = draft.value?.tkp;
  const target = place?.method === "map" ? null : place;
  const key = target ? `${call.value?.id}.${target.at.lon}.${target.at.lat}.${target.state === "guess"}` : `${call.value?.id ?? "none"}`;
  useEffect(() => {
    if (!map || !target) return;
    if (target.state === "guess" && call.value?.position_uncertainty_m) map.centreOn(target.at, 13.5);
    else map.centreOn(target.at, 16.5);
  }, [map, key.endsWith("true") ? key : target ? key : null]);

  const state = draft.value?.tkp?.state;
  return (
    <MapFrame view={view}>
      {call.value && !incident.value && (
        <div class={`over confirm is-${state ?? "none"}`} data-testid="confirm-card">
          {state === "confirmed" ? <><b>✓ {w("pin_confirmed")}</b> {w("may_still_move")}</> : (
            <>
              <b>{w("confirm_tkp")}</b> {w("confirm_how")}
              <button type="button" class="button" disabled={state !== "proposed"} data-testid="confirm-tkp" onClick={confirmTkp}>{w("confirm")} <kbd>F8</kbd></button>
            </>
          )}
        </div>
      )}
    </MapFrame>
  );
}
