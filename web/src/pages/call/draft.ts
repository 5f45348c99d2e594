// What has been typed for a call, kept in this tab by the call's id: a reload, or a look at another page, loses nothing.

import type { CallClass, LonLat, Priority } from "../../core/types.ts";
import { uuid } from "../../core/uuid.ts";

export type PinState = "guess" | "proposed" | "confirmed";
export type Method = "map" | "search" | "coordinates" | "caller_position";

export type Tkp = {
  at: LonLat;
  state: PinState;
  method: Method;
  uncertainty_m: number;
  label: string;
  areas: string[];
};

export type Draft = {
  callId: number;
  clientId: string; // of the incident: sending twice makes one
  incidentId: number | null; // made already, its TKP not yet
  type: string | null;
  query: string;
  said: string; // what was typed for the place last, before a candidate took its place
  tkp: Tkp | null;
  landmark: string;
  words: string;
  priority: Priority | null; // null: as suggested
  callerName: string;
  callerAddress: string;
  notTheSame: number[]; // incidents that were said to be others
  disposition: Exclude<CallClass, "emergency"> | null;
  silentSteps: string[];
  note: string | null; // null: as proposed
};

const keyOf = (callId: number) => `geo112.call.${callId}`;

export function emptyDraft(callId: number): Draft {
  return {
    callId, clientId: uuid(), incidentId: null, type: null, query: "", said: "", tkp: null, landmark: "", words: "", priority: null,
    callerName: "", callerAddress: "", notTheSame: [], disposition: null, silentSteps: [], note: null,
  };
}

export function keptDraft(callId: number): Draft {
  try {
    const kept = sessionStorage.getItem(keyOf(callId));
    if (kept) return { ...emptyDraft(callId), ...(JSON.parse(kept) as Partial<Draft>) };
  } catch {
    // Storage is switched off: the draft lives as long as the page.
  }
  return emptyDraft(callId);
}

export function keepDraft(draft: Draft): void {
  try {
    sessionStorage.setItem(keyOf(draft.callId), JSON.stringify(draft));
  } catch {
    // As above.
  }
}

export function forgetDraft(callId: number): void {
  try {
    sessionStorage.removeItem(keyOf(callId));
  } catch {
    // As above.
  }
}
