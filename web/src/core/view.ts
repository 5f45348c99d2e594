// What the windows of a browser look at, so that the server need not send at once what nobody sees.

/** Degrees, WGS 84. */
export type Box = { readonly west: number; readonly south: number; readonly east: number; readonly north: number };

/** The boxes that maps show, and whose units they draw (null: everybody's). */
export type View = { readonly boxes: readonly Box[]; readonly opd_ids: readonly number[] | null };

const BOXES_AT_MOST = 8; // that the server takes

/** All that any of the windows looks at; null where none has said anything. Many boxes become the one around them. */
export function union(views: readonly View[]): View | null {
  if (views.length === 0) return null;
  const boxes = [...new Map(views.flatMap((view) => view.boxes).map((box) => [JSON.stringify(box), box])).values()];
  const opd_ids = views.some((view) => view.opd_ids === null) ? null : [...new Set(views.flatMap((view) => view.opd_ids ?? []))];
  return { boxes: boxes.length > BOXES_AT_MOST ? [around(boxes)] : boxes, opd_ids };
}

function around(boxes: readonly Box[]): Box {
  return {
    west: Math.min(...boxes.map((box) => box.west)), south: Math.min(...boxes.map((box) => box.south)),
    east: Math.max(...boxes.map((box) => box.east)), north: Math.max(...boxes.map((box) => box.north)),
  };
}
