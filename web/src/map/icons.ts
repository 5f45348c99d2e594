// Images of the map, drawn when a style first asks for them: no sprite, no request.
// A name says all that is drawn: "incident|<icon>|<priority>", "unit|<icon>|<colour>|<fresh or stale>", "poi|<kind>".

import type { Theme } from "../core/preferences.ts";
import { type Palette, palette } from "./palette.ts";
import { strokes } from "./strokes.ts";

const RATIO = 2; // drawn at twice the size, sharp on dense screens

type Pen = CanvasRenderingContext2D;

/** The image of that name, or null where the name is none of ours. */
export function drawnImage(name: string, theme: Theme): { image: ImageData; pixelRatio: number } | null {
  const colours = palette(theme);
  const [family, ...rest] = name.split("|") as [string, ...string[]];
  const paint = PAINTERS[family];
  if (!paint) return null;
  const size = SIZES[family] ?? 24;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * RATIO;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return null;
  pen.scale(RATIO, RATIO);
  pen.lineCap = pen.lineJoin = "round";
  paint(pen, size, rest, colours);
  return { image: pen.getImageData(0, 0, canvas.width, canvas.height), pixelRatio: RATIO };
}

const SIZES: Record<string, number> = { incident: 38, unit: 28, dot: 12, poi: 22, base: 20 };

const PAINTERS: Record<string, (pen: Pen, size: number, words: string[], colours: Palette) => void> = {
  incident(pen, size, [icon = "dots", priority = "3"], colours) {
    const fill = priority === "1" ? colours.p1 : priority === "2" ? colours.p2 : colours.p3;
    const middle = size / 2;
    const radius = middle - 4;
    const shape = priority === "1" ? polygon(middle, radius + 1, 8) : priority === "2" ? square(middle, radius - 1, 5) : circle(middle, radius);
    pen.fillStyle = fill;
    pen.strokeStyle = colours.select;
    pen.lineWidth = 5;
    pen.stroke(shape); // a rim that parts it from the map
    pen.fill(shape);
    if (priority !== "3") {
      pen.strokeStyle = colours.onPriority;
      pen.lineWidth = 1.6;
      pen.setLineDash(priority === "2" ? [3, 2.6] : []);
      pen.stroke(priority === "1" ? polygon(middle, radius - 1.6, 8) : square(middle, radius - 3.4, 4));
      pen.setLineDash([]);
    }
    strokeIcon(pen, icon, middle, 19, colours.onPriority, 2.1);
  },

  unit(pen, size, [icon = "car", status = "available", fresh = "fresh"], colours) {
    const middle = size / 2;
    const fill = unitColour(status, colours);
    const shape = square(middle, middle - 3, 6);
    if (fresh === "stale") {
      pen.fillStyle = colours.ground;
      pen.globalAlpha = 0.82;
      pen.fill(shape);
      pen.globalAlpha = 1;
      pen.strokeStyle = fill;
      pen.lineWidth = 1.8;
      pen.setLineDash([3, 2.6]);
      pen.stroke(shape);
      pen.setLineDash([]);
      strokeIcon(pen, icon, middle, 16, fill, 1.9);
      return;
    }
    pen.strokeStyle = colours.outline;
    pen.lineWidth = 3;
    pen.stroke(shape);
    pen.fillStyle = fill;
    pen.fill(shape);
    strokeIcon(pen, icon, middle, 16.5, colours.onUnit, 2.1);
  },

  dot(pen, size, [status = "available", fresh = "fresh"], colours) {
    const middle = size / 2;
    const shape = square(middle, middle - 2, 2.5);
    pen.strokeStyle = fresh === "stale" ? unitColour(status, colours) : colours.outline;
    pen.fillStyle = fresh === "stale" ? colours.ground : unitColour(status, colours);
    pen.lineWidth = 1.6;
    pen.stroke(shape);
    pen.fill(shape);
  },

  poi(pen, size, [kind = ""], colours) {
    const middle = size / 2;
    const icon = POI_ICONS[kind];
    pen.fillStyle = colours.halo;
    pen.strokeStyle = colours.poiText;
    pen.lineWidth = 1;
    if (!icon) {
      pen.fillStyle = colours.poiText;
      pen.fill(circle(middle, 2.6));
      return;
    }
    pen.fill(circle(middle, middle - 1.5));
    pen.globalAlpha = 0.7;
    pen.stroke(circle(middle, middle - 1.5));
    pen.globalAlpha = 1;
    strokeIcon(pen, icon, middle, 13, colours.poiText, 2);
  },

  base(pen, size, _words, colours) {
    // The arrow of a one-way street, pointing along the line.
    const middle = size / 2;
    pen.strokeStyle = colours.roadText;
    pen.lineWidth = 2;
    pen.stroke(new Path2D(`M3 ${middle}H${size - 4}M${size - 9} ${middle - 4}L${size - 4} ${middle}L${size - 9} ${middle + 4}`));
  },
};

const POI_ICONS: Record<string, string> = {
  hospital: "building-hospital", clinic: "heartbeat", fire_station: "flame", police: "shield", ambulance_station: "ambulance",
};

export function unitColour(status: string, colours: Palette): string {
  const byStatus: Record<string, string> = {
    available: colours.available, enroute: colours.enRoute, onscene: colours.onScene, transporting: colours.transporting,
  };
  return byStatus[status] ?? colours.off;
}

function strokeIcon(pen: Pen, icon: string, middle: number, size: number, colour: string, width: number): void {
  pen.save();
  pen.translate(middle - size / 2, middle - size / 2);
  pen.scale(size / 24, size / 24);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  for (const d of strokes(icon)) pen.stroke(new Path2D(d));
  pen.restore();
}

function polygon(middle: number, radius: number, corners: number): Path2D {
  const path = new Path2D();
  for (let corner = 0; corner < corners; corner++) {
    const angle = (Math.PI * 2 * (corner + 0.5)) / corners;
    path.lineTo(middle + radius * Math.cos(angle), middle + radius * Math.sin(angle));
  }
  path.closePath();
  return path;
}

function square(middle: number, half: number, corner: number): Path2D {
  const path = new Path2D();
  path.roundRect(middle - half, middle - half, half * 2, half * 2, corner);
  return path;
}

function circle(middle: number, radius: number): Path2D {
  const path = new Path2D();
  path.arc(middle, middle, radius, 0, Math.PI * 2);
  return path;
}
