// The board's map: units, incidents, the routes of those that drive, and of the one that might.

import { useComputed } from "@preact/signals";
import type { Feature } from "geojson";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../../core/api.ts";
import { age, clockTime } from "../../core/format.ts";
import { assignmentsOf } from "../../core/situation.ts";
import type { Route, Unit, UnitMotion } from "../../core/types.ts";
import { fixAgeS, isStale, STALE_AFTER_S, unitStatus } from "../../core/unitstatus.ts";
import type { RouteMark } from "../../map/overlay.ts";
import { incidents, looksAt, now, situation, types, zone } from "../../ui/desk.ts";
import { MapFrame, useCityMap, useDrawing } from "../../ui/mapview.tsx";
import { language } from "../../ui/settings.ts";
import { assign, found, hoveredUnitId, isMapLocked, opdId, pickedUnitId, ranking, select, selected, selectedId, sendable } from "./state.ts";
import { w } from "./words.ts";

const AFTER_FIX_MS = 400; // motion follows a fix by so much at most, on a machine that is not overloaded
const ROLLING = ["SENT", "DELIVERED", "ACCEPTED", "EN_ROUTE", "STAGED"];

export function BoardMap() {
  const view = useCityMap();
  const { map } = view;
  useEffect(() => map?.onView((box) => { looksAt.value = box; }), [map]);
  useRoutes(map);
  useWhereabouts(map);

  // Whether a fix is old changes with time alone, so marks are drawn anew at least every five seconds.
  const fiveSeconds = useComputed(() => Math.floor(now.value / 5000));
  useDrawing(map, (drawn) => {
    const { units, assignments } = situation.value;
    const at = fiveSeconds.value * 5000;
    const chosen = selectedId.value;
    const eligible = new Set(ranking.value?.incident_id === chosen ? ranking.value?.units.map((ranked) => ranked.unit.id) : []);
    const hovered = hoveredUnitId.value ?? pickedUnitId.value;
    const atScene = new Map<number, number>(); // incident → units drawn around it so far
    drawn.overlay.units([...units.values()].map((unit) => {
      const assignment = unit.assignment_id === null ? undefined : assignments.get(unit.assignment_id);
      const isOurs = assignment?.incident_id === chosen;
      const status = unitStatus(unit, assignment);
      let slot = 0;
      if (assignment && status === "onscene") {
        slot = (atScene.get(assignment.incident_id) ?? 0) + 1;
        atScene.set(assignment.incident_id, slot);
      }
      return {
        unit, status, slot, isStale: isStale(unit, at), isSelected: unit.id === hovered,
        isFaded: chosen !== null && !isOurs && eligible.size > 0 && !eligible.has(unit.id),
      };
    }));
  }, (drawn) => drawn.overlay.unitsDueAt());
  useDrawing(map, (drawn) => {
    const chosen = selectedId.value;
    drawn.overlay.incidents([...incidents.value.values()].filter((one) => one.state !== "DRAFT").map((incident) => ({
      incident, type: types.value.get(incident.type), isSelected: incident.id === chosen, label: "",
    })));
  });
  useDrawing(map, (drawn) => {
    const incident = selected.value;
    const marks = incident?.tkp && incident.tkp_uncertainty_m ? [{ middle: incident.tkp, radius_m: incident.tkp_uncertainty_m, kind: "uncertainty" as const }] : [];
    if (found.value) marks.push({ middle: found.value.at, radius_m: 60, kind: "uncertainty" });
    drawn.overlay.circles(marks);
  });

  // Follow the selection, unless the map is locked; do not move when the scene is in view already.
  useEffect(() => {
    const tkp = selected.peek()?.tkp;
    if (map && tkp && !isMapLocked.value && !map.isInView(tkp)) map.centreOn(tkp, 14);
  }, [map, selectedId.value]);
  useEffect(() => {
    if (map && found.value) map.centreOn(found.value.at, 16);
  }, [map, found.value]);
  useEffect(() => {
    if (!map) return;
    const tkps = [...situation.peek().incidents.values()].flatMap((incident) => (incident.tkp ? [incident.tkp] : []));
    const tkp = selected.peek()?.tkp;
    if (tkp) map.centreOn(tkp, 14);
    else map.showAll(tkps, 14);
    const { gl } = map;
    gl.on("click", (event) => {
      const hits = gl.queryRenderedFeatures([[event.point.x - 6, event.point.y - 6], [event.point.x + 6, event.point.y + 6]], { layers: ["incidents"] });
      if (hits[0]) select(Number(hits[0].properties.id));
      pickedUnitId.value = hits[0] ? null : (map.overlay.unitAt(event.point, 6)?.id ?? null);
    });
    gl.on("mousemove", (event) => {
      const isOver = map.overlay.unitAt(event.point) !== null || gl.queryRenderedFeatures(event.point, { layers: ["incidents"] }).length > 0;
      gl.getCanvas().style.cursor = isOver ? "pointer" : "";
    });
  }, [map]);

  return (
    <MapFrame view={view}>
      <Legend />
      <UnitCard />
      {found.value && (
        <div class="over found" data-testid="found">
          {found.value.label}
          <button type="button" class="button is-bare" aria-label={w("forget_place")} data-testid="found-close" onClick={() => { found.value = null; }}>✕</button>
        </div>
      )}
      {isMapLocked.value && <div class="over locked" data-testid="map-locked">{w("map_locked")} <kbd>L</kbd></div>}
    </MapFrame>
  );
}

/** Routes of the selected incident's units on their way, and a dashed one for the unit pointed at. */
function useRoutes(map: ReturnType<typeof useCityMap>["map"]): void {
  const [routes, setRoutes] = useState<RouteMark[]>([]);
  const [preview, setPreview] = useState<RouteMark | null>(null);
  const previews = useRef(new Map<string, { at: number; route: Route }>());

  const rolling = useComputed(() =>
    selectedId.value === null ? "" : assignmentsOf(situation.value, selectedId.value)
      .filter((a) => a.holds_unit && ROLLING.includes(a.status)).map((a) => `${a.id}.${a.status}`).join());
  const quarterMinute = useComputed(() => (rolling.value ? Math.floor(Date.now() / 15_000) + 0 * now.value : 0));
  useEffect(() => {
    const abort = new AbortController();
    const ids = rolling.value.split(",").filter(Boolean).map((one) => one.split(".")[0]);
    void Promise.allSettled(ids.map((id) => ask<Route>("GET", `/api/assignments/${id}/route`, undefined, abort.signal)))
      .then((answers) => {
        if (abort.signal.aborted) return;
        setRoutes(answers.flatMap((answer) => (answer.status === "fulfilled" ? [{ route: answer.value, kind: "assigned" as const }] : [])));
      });
    return () => abort.abort();
  }, [rolling.value, quarterMinute.value]);

  // The unit pointed at; else the first of the list while nobody has been sent.
  const candidate = useComputed(() => {
    const ids = new Set(sendable.value.map((ranked) => ranked.unit.id));
    if (hoveredUnitId.value !== null) return ids.has(hoveredUnitId.value) ? hoveredUnitId.value : null;
    return rolling.value === "" ? (sendable.value[0]?.unit.id ?? null) : null;
  });
  useEffect(() => {
    const [incidentId, unitId] = [selectedId.value, candidate.value];
    if (incidentId === null || unitId === null) return setPreview(null);
    const key = `${incidentId}.${unitId}`;
    const kept = previews.current.get(key);
    if (kept && Date.now() - kept.at < 15_000) return setPreview({ route: kept.route, kind: "preview" });
    const abort = new AbortController();
    ask<Route>("GET", `/api/incidents/${incidentId}/route?unit_id=${unitId}`, undefined, abort.signal).then(
      (route) => {
        previews.current.set(key, { at: Date.now(), route });
        setPreview({ route, kind: "preview" });
      },
      () => {
        if (!abort.signal.aborted) setPreview(null); // no route is no reason to disturb: the row says how the time was found
      },
    );
    return () => abort.abort();
  }, [selectedId.value, candidate.value]);

  useEffect(() => map?.overlay.routes(preview ? [preview, ...routes] : routes), [map, routes, preview]);
}

/** The areas that units with an old fix can have reached: where to look for them, instead of a wrong dot. Of the unit
 * pointed at, and of those on their way to the incident in front. */
function useWhereabouts(map: ReturnType<typeof useCityMap>["map"]): void {
  const lost = useComputed(() => {
    const { units } = situation.value;
    const rolling = selectedId.value === null ? [] : assignmentsOf(situation.value, selectedId.value)
      .filter((a) => a.holds_unit && ROLLING.includes(a.status) && (opdId.value ?? a.opd_id) === a.opd_id).map((a) => a.unit_id);
    const at = Math.floor(now.value / 15_000) * 15_000;
    return [...new Set([hoveredUnitId.value ?? pickedUnitId.value, ...rolling])]
      .filter((id) => id !== null && units.get(id)?.position && isStale(units.get(id)!, at)).join();
  });
  const quarterMinute = useComputed(() => Math.floor(now.value / 15_000)); // it grows
  useEffect(() => {
    if (!map) return;
    if (lost.value === "") return map.overlay.areas([]);
    const abort = new AbortController();
    const asked = lost.value.split(",").map((id) => ask<Feature>("GET", `/api/units/${id}/whereabouts`, undefined, abort.signal));
    void Promise.allSettled(asked).then((answers) => {
      // Without an area the dashed mark still says that the fix is old.
      if (!abort.signal.aborted) map.overlay.areas(answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : [])));
    });
    return () => abort.abort();
  }, [map, lost.value, lost.value === "" ? null : quarterMinute.value]);
}

/** Whether a unit drives or stands, read again with every newer fix; null until it is known. */
function useMotion(unit: Unit): UnitMotion | null {
  const [motion, setMotion] = useState<UnitMotion | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const wait = setTimeout(() => {
      ask<UnitMotion | null>("GET", `/api/units/${unit.id}/motion`, undefined, abort.signal).then(setMotion, () => undefined);
    }, AFTER_FIX_MS);
    return () => {
      clearTimeout(wait);
      abort.abort();
    };
  }, [unit.id, unit.position?.fixed_at]);
  return motion?.unit_id === unit.id ? motion : null;
}

const STATUSES = ["available", "enroute", "onscene", "transporting", "off"] as const;

function Legend() {
  return (
    <details class="over legend small" open={innerWidth > 820} data-testid="legend">
      <summary>{w("legend")}</summary>
      <ul>
        {STATUSES.map((status) => <li key={status}><i class={`swatch is-${status}`} />{w(`unit_${status}`)}</li>)}
        <li><i class="swatch is-stale" />{w("unit_stale", { s: STALE_AFTER_S })}</li>
      </ul>
    </details>
  );
}

function UnitCard() {
  const unit = pickedUnitId.value === null ? undefined : situation.value.units.get(pickedUnitId.value);
  return unit ? <Picked unit={unit} /> : null;
}

function Picked({ unit }: { unit: Unit }) {
  const assignment = unit.assignment_id === null ? undefined : situation.value.assignments.get(unit.assignment_id);
  const fixAge = fixAgeS(unit, now.value);
  const motion = useMotion(unit);
  const canSend = sendable.value.some((ranked) => ranked.unit.id === unit.id);
  return (
    <div class="over unit-card" data-testid="unit-card">
      <div class="line">
        <span class="strong">{unit.call_sign}</span>
        <button type="button" class="button is-bare" aria-label={w("close_card")} data-testid="unit-card-close" onClick={() => { pickedUnitId.value = null; }}>✕</button>
      </div>
      <p class="small">
        {assignment ? `${w(`status_${assignment.status}`)} · ${assignment.incident_number}` : w(`availability_${unit.availability}`)}
        {unit.service_reason && ` · ${unit.service_reason}`}
      </p>
      <p class="small quiet">
        {[motion && w(motion.home_since ? "stands_at_post" : motion.is_moving ? "drives" : "stands", { time: clockTime(motion.home_since ?? motion.since, zone.value, false) }), unit.opd_code, unit.post_name, fixAge === null ? w("no_position") : w("position_age", { age: age(fixAge, language.value) })].filter(Boolean).join(" · ")}
      </p>
      {canSend && <button type="button" class="button is-main" data-testid="unit-card-assign" onClick={() => void assign(unit.id)}>{w("assign")}</button>}
    </div>
  );
}
