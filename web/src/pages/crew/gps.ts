// Where the phone is: watched while the page is open (no browser can do it in the background), kept, sent in batches.

import { signal } from "@preact/signals";
import { uuid } from "../../core/uuid.ts";
import { addFix, centreNow, duty, lastPoint, speed } from "./state.ts";

export type GpsState = "waiting" | "good" | "denied" | "unavailable" | "insecure" | "off_duty";
export const gps = signal<GpsState>("waiting");

const HEARTBEAT_MS = 60_000; // standing still is told too, but less often

let newest: GeolocationPosition | null = null;
let sentAt = 0;
let sentPosition: GeolocationPosition | null = null;
let battery: { level: number } | null = null;

export function watchPosition(): void {
  if (!window.isSecureContext) {
    gps.value = "insecure";
    return;
  }
  if (!("geolocation" in navigator)) {
    gps.value = "unavailable";
    return;
  }
  void (navigator as unknown as { getBattery?: () => Promise<{ level: number }> }).getBattery?.().then((found) => { battery = found; });
  navigator.geolocation.watchPosition(
    (position) => {
      newest = position;
      gps.value = "good";
      const { longitude: lon, latitude: lat, accuracy } = position.coords;
      lastPoint.value = { lon, lat, accuracy_m: accuracy, at: Date.now() };
      void record();
    },
    (error) => { gps.value = error.code === error.PERMISSION_DENIED ? "denied" : newest ? gps.value : "unavailable"; },
    { enableHighAccuracy: true, maximumAge: 2000, timeout: 30_000 },
  );
  setInterval(() => void record(), 1000);
}

/** Keep a fix when the interval is over and there is a newer one; else, once a minute, say that we stand. */
async function record(): Promise<void> {
  if (duty.value?.unit.service === "OFF_DUTY") {
    gps.value = "off_duty"; // nobody's way home is recorded
    return;
  }
  if (!newest || !duty.value) return;
  if (gps.value === "off_duty") gps.value = "good";
  const since = Date.now() - sentAt;
  const isNew = newest !== sentPosition;
  // At ten times the speed of training time the interval shrinks, but not below a second.
  const interval = Math.max(1000, (duty.value.ping_interval_s * 1000) / speed.value);
  if (!(isNew && since >= interval) && !(since >= HEARTBEAT_MS)) return;
  sentAt = Date.now();
  sentPosition = newest;
  const { longitude, latitude, accuracy, speed: speed_mps, heading } = newest.coords;
  const age = isNew ? Math.max(0, Date.now() - newest.timestamp) * speed.value : 0;
  await addFix({
    kind: "fix",
    fix: {
      id: uuid(), kind: isNew ? "fix" : "heartbeat", fixed_at: new Date(centreNow() - age).toISOString(),
      lon: longitude, lat: latitude, accuracy_m: accuracy, speed_mps: speed_mps ?? null,
      bearing_deg: heading === null || Number.isNaN(heading) ? null : heading, battery: battery?.level ?? null,
    },
  });
}

/** Keep the screen on: a dark screen stops the page, and with it the position. Lost when hidden, so asked for again. */
export function keepScreenOn(): void {
  const request = async () => {
    try {
      if (!document.hidden) await navigator.wakeLock?.request("screen");
    } catch {
      // Low battery or an old browser: the phone sleeps as it is set to.
    }
  };
  document.addEventListener("visibilitychange", () => void request());
  void request();
}
