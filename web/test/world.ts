// Small verbs to build what the server would say.

import type { Assignment, Call, Change, Incident, Snapshot, Unit } from "../src/core/types.ts";

export const T0 = "2026-11-24T15:00:00Z";
export const at = (seconds: number) => new Date(Date.parse(T0) + seconds * 1000).toISOString();

export function incident(id: number, more: Partial<Incident> = {}): Incident {
  return {
    id, number: `KCT-261124-${String(id).padStart(4, "0")}`, short: String(id).padStart(4, "0"), type: "fire", priority: 1,
    state: "ESCALATED", state_since: T0, created_at: T0, tkp: { lon: 109.2, lat: -11.6 }, tkp_label: "Jalan Melati", tkp_areas: [],
    tkp_method: "map", tkp_uncertainty_m: 10, caller_id: 1, opds: [{ opd_id: 1, state: "ESCALATED", state_since: T0 }],
    times: { created_at: T0, opened_at: T0, escalated_at: T0 }, needs: [], report: null, call_count: 1, ...more,
  };
}

export function unit(id: number, more: Partial<Unit> = {}): Unit {
  return {
    id, call_sign: `DMK-${100 + id}`, opd_id: 1, opd_code: "DAMKAR", opd_kind: "fire", profile: "fire_engine", capabilities: ["fire"],
    post_name: "Pos", post: { lon: 109.2, lat: -11.6 }, service: "IN_SERVICE", service_reason: null, availability: "AVAILABLE",
    assignment_id: null, position: null, ...more,
  };
}

export function assignment(id: number, incident_id: number, unit_id: number, more: Partial<Assignment> = {}): Assignment {
  return {
    id, incident_id, incident_number: "", unit_id, call_sign: `DMK-${100 + unit_id}`, opd_id: 1, status: "SENT", status_since: T0, sent_at: T0,
    sent_by_name: null, eta_s_when_sent: 180, eta_source: "road", times: { SENT: T0 }, holds_unit: true, proposals: [], ...more,
  };
}

export function call(id: number, more: Partial<Call> = {}): Call {
  return {
    id, state: "RINGING", call_class: null, operator: null, received_at: T0, answered_at: null, classified_at: null, linked_at: null,
    closed_at: null, taken_by: null, incident_id: null, incident_number: null, caller_id: 1, position: null, position_uncertainty_m: null,
    position_source: null, note: null, silent_steps: [], ...more,
  };
}

export function position(seconds: number, lon = 109.2) {
  return { lon, lat: -11.6, fixed_at: at(seconds), received_at: at(seconds), accuracy_m: 5, speed_mps: 0, bearing_deg: 0, battery: 1 };
}

export function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return { id: 10, now: T0, speed: 1, calls: [], incidents: [], assignments: [], units: [], ...more };
}

export function change(id: number, object: Change["object"], value: { id: number }): Change {
  return { id, at: T0, kind: `${object}.changed`, object, object_id: value.id, actor: null, value };
}

/** Let everything happen that waits for nothing but its turn. */
export const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 2));
