// Tabler's icons as paths, for pages and for the map's canvas alike: one family, one weight of stroke.

import ambulance from "@tabler/icons/outline/ambulance.svg?raw";
import buildingHospital from "@tabler/icons/outline/building-hospital.svg?raw";
import car from "@tabler/icons/outline/car.svg?raw";
import carCrash from "@tabler/icons/outline/car-crash.svg?raw";
import dots from "@tabler/icons/outline/dots.svg?raw";
import firetruck from "@tabler/icons/outline/firetruck.svg?raw";
import flame from "@tabler/icons/outline/flame.svg?raw";
import flood from "@tabler/icons/outline/flood.svg?raw";
import heartbeat from "@tabler/icons/outline/heartbeat.svg?raw";
import lifebuoy from "@tabler/icons/outline/lifebuoy.svg?raw";
import motorbike from "@tabler/icons/outline/motorbike.svg?raw";
import mountain from "@tabler/icons/outline/mountain.svg?raw";
import shield from "@tabler/icons/outline/shield.svg?raw";
import shieldExclamation from "@tabler/icons/outline/shield-exclamation.svg?raw";
import tree from "@tabler/icons/outline/tree.svg?raw";
import truck from "@tabler/icons/outline/truck.svg?raw";
import users from "@tabler/icons/outline/users.svg?raw";

const FILES: Record<string, string> = {
  ambulance, "building-hospital": buildingHospital, car, "car-crash": carCrash, dots, firetruck, flame, flood, heartbeat,
  lifebuoy, motorbike, mountain, shield, "shield-exclamation": shieldExclamation, tree, truck, users,
};

/** The `d` of every path of an icon, on a 24 × 24 grid; the dots where the name is unknown. */
export function strokes(name: string): string[] {
  const file = FILES[name] ?? dots;
  return [...file.matchAll(/<path d="([^"]+)"/g)].map((found) => found[1]!);
}

/** Which vehicle stands for a unit. */
export function unitIcon(opdKind: string, profile: string): string {
  if (profile === "motorcycle") return "motorbike";
  const icons: Record<string, string> = {
    fire: "firetruck", ambulance: "ambulance", police: "car", disaster: "lifebuoy", order: "shield", traffic: "truck",
  };
  return icons[opdKind] ?? "car";
}
