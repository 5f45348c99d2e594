// Small shapes on the globe, for circles of uncertainty and for moving a pin by metres.

import type { LonLat } from "../core/types.ts";

const METRES_PER_DEGREE = 111_195; // of latitude, on a sphere of 6,371 km

/** The point `east_m` and `north_m` metres away; good to a few centimetres at the distances of a city. */
export function moved(from: LonLat, east_m: number, north_m: number): LonLat {
  return {
    lon: from.lon + east_m / (METRES_PER_DEGREE * Math.cos((from.lat * Math.PI) / 180)),
    lat: from.lat + north_m / METRES_PER_DEGREE,
  };
}

/** Metres between two points of one city. */
export function metresBetween(a: LonLat, b: LonLat): number {
  const east = (b.lon - a.lon) * METRES_PER_DEGREE * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return Math.hypot(east, (b.lat - a.lat) * METRES_PER_DEGREE);
}

/** A ring of 64 corners around a point. */
export function ring(middle: LonLat, radius_m: number): [number, number][] {
  return Array.from({ length: 65 }, (_, index) => {
    const angle = (index / 64) * Math.PI * 2;
    const point = moved(middle, radius_m * Math.cos(angle), radius_m * Math.sin(angle));
    return [point.lon, point.lat];
  });
}
