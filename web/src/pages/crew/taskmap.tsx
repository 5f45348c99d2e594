// The map on the phone: loaded only when it is asked for, after everything that matters works.

import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../../core/api.ts";
import type { Route } from "../../core/types.ts";
import type { CityMap } from "../../map/citymap.ts";
import { theme } from "../../ui/settings.ts";
import { common } from "../../ui/words.ts";
import { city, duty, lastPoint } from "./state.ts";
import { w } from "./words.ts";

export function MapToggle() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button big" aria-expanded={isOpen} data-testid="map-toggle" onClick={() => setOpen(!isOpen)}>
        {isOpen ? w("hide_map") : w("show_map")}
      </button>
      {isOpen && <TaskMap />}
    </>
  );
}

function TaskMap() {
  const element = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<CityMap | null>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    let made: CityMap | null = null;
    let isGone = false;
    void Promise.all([import("../../map/citymap.ts"), import("../../map/pin.ts")]).then(
      ([{ createCityMap }, { tkpPin }]) => {
        const tkp = duty.value?.incident?.tkp;
        if (isGone || !element.current || !city.value || !tkp) return;
        made = createCityMap(element.current, city.value, theme.value);
        tkpPin(made.gl, () => undefined, { isFixed: true }).show(tkp, "confirmed", w("scene"));
        made.showAll(lastPoint.value ? [tkp, lastPoint.value] : [tkp], 16);
        setMap(made);
      },
      () => setBroken(true),
    );
    return () => {
      isGone = true;
      made?.remove();
    };
  }, []);
  useEffect(() => {
    const assignment = duty.value?.assignment;
    if (!map || !assignment) return;
    ask<Route>("GET", `/api/assignments/${assignment.id}/route`).then(
      (route) => map.overlay.routes([{ route, kind: "assigned" }]),
      () => undefined, // offline: the pin is there, the line is not
    );
  }, [map, duty.value?.assignment?.id]);
  useEffect(() => {
    const at = lastPoint.value;
    const unit = duty.value?.unit;
    if (!map || !at || !unit) return;
    const position = { ...at, fixed_at: "", received_at: "", speed_mps: null, bearing_deg: null, battery: null };
    map.overlay.units([{ unit: { ...unit, position }, status: "enroute", isStale: false, isFaded: false, isSelected: true }]);
  }, [map, lastPoint.value]);
  return (
    <div class="task-map" data-testid="task-map">
      <div class="canvas" ref={element} />
      {!map && <p class="empty" role="status">{isBroken ? w("map_offline") : common("map_loading")}</p>}
    </div>
  );
}
