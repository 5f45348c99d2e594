// Units as a layer of their own: one buffer of small squares and one draw call, however many they are. As symbols of the
// map each would be cut into tiles and laid out anew by a worker at every position, which costs six times as much.
// The map never turns nor tilts, so a unit's pixel is a sum and a product, and what lies outside is left out.

import { type CustomLayerInterface, type Map as GlMap, MercatorCoordinate } from "maplibre-gl";
import type { Theme } from "../core/preferences.ts";
import type { LonLat } from "../core/types.ts";
import type { UnitStatus } from "../core/unitstatus.ts";
import { drawnImage } from "./icons.ts";

export type Sprite = {
  id: number;
  at: LonLat;
  status: UnitStatus;
  icon: string; // names of images, see icons.ts
  dot: string;
  opacity: number;
  offset: readonly [number, number]; // pixels to the right and down
};

const ICONS_FROM = 12.5; // below this zoom a unit is a small square in its colour
const ICON = 28; // pixels, as it is drawn at zoom 15 or so
const CELL = 56; // pixels of the sheet: an icon on a dense screen
const COLUMNS = 10;
const FLOATS = 4; // of a unit: x, y, cell of the sheet, opacity
const MARGIN = 40; // pixels beyond the edge that still may show something

const VERTEX = `#version 300 es
  layout(location = 0) in vec4 unit;
  uniform vec2 view;
  uniform float reach;
  out vec2 place;
  out float opacity;
  void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec2 at = unit.xy + (corner * 2.0 - 1.0) * reach;
    gl_Position = vec4(at.x / view.x * 2.0 - 1.0, 1.0 - at.y / view.y * 2.0, 0.0, 1.0);
    place = (vec2(mod(unit.z, ${COLUMNS}.0), floor(unit.z / ${COLUMNS}.0)) + corner) / ${COLUMNS}.0;
    opacity = unit.w;
  }`;
const FRAGMENT = `#version 300 es
  precision mediump float;
  uniform sampler2D sheet;
  in vec2 place;
  in float opacity;
  out vec4 colour;
  void main() { colour = texture(sheet, place) * opacity; }`;

type Placed = Sprite & { readonly x: number; readonly y: number }; // of the world, 0 to 1

export class UnitLayer implements CustomLayerInterface {
  readonly id = "units";
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  private readonly theme: Theme;
  private map: GlMap | null = null;
  private drawing: Drawing | null = null;
  private placed: readonly Placed[] = [];
  private drawn: Placed[] = [];
  private floats = new Float32Array(0);

  constructor(theme: Theme) {
    this.theme = theme;
  }

  /** Show these from the next frame on, the last on top. */
  set(sprites: readonly Sprite[]): void {
    this.placed = sprites.map((sprite) => ({ ...sprite, ...world(sprite.at) }));
    this.map?.triggerRepaint();
  }

  /** What the last frame showed, from the bottom up. */
  get shown(): readonly Sprite[] {
    return this.drawn;
  }

  /** The topmost unit within `reach` pixels of a point of the canvas, or null. */
  at(point: { x: number; y: number }, reach: number): Sprite | null {
    const far = reach + this.reach();
    for (let index = this.drawn.length - 1; index >= 0; index--) {
      const [x, y] = [this.floats[index * FLOATS]!, this.floats[index * FLOATS + 1]!];
      if (Math.abs(x - point.x) <= far && Math.abs(y - point.y) <= far) return this.drawn[index]!;
    }
    return null;
  }

  onAdd(map: GlMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.drawing = prepare(gl, this.theme);
  }

  onRemove(_map: GlMap, gl: WebGL2RenderingContext): void {
    if (!this.drawing) return;
    gl.deleteProgram(this.drawing.program);
    gl.deleteBuffer(this.drawing.buffer);
    gl.deleteTexture(this.drawing.sheet);
    gl.deleteVertexArray(this.drawing.arrays);
    this.drawing = null;
    this.map = null;
  }

  render(gl: WebGL2RenderingContext): void {
    if (!this.map || !this.drawing) return;
    const { program, buffer, sheet, arrays, cell } = this.drawing;
    const { clientWidth: width, clientHeight: height } = this.map.getCanvas();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, sheet);
    this.place(width, height, cell);
    if (this.drawn.length === 0) return;
    gl.useProgram(program);
    gl.uniform2f(this.drawing.view, width, height);
    gl.uniform1f(this.drawing.reach, (CELL / 4) * this.scale());
    gl.bindVertexArray(arrays);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, this.floats.subarray(0, this.drawn.length * FLOATS), gl.STREAM_DRAW);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.drawn.length);
    gl.bindVertexArray(null);
  }

  /** Fill `floats` and `drawn` with the units in view. */
  private place(width: number, height: number, cell: (name: string) => number): void {
    const map = this.map!;
    const zoom = map.getZoom();
    const middle = MercatorCoordinate.fromLngLat(map.getCenter());
    const size = 512 * 2 ** zoom; // pixels of the whole world
    const isDot = zoom < ICONS_FROM;
    if (this.floats.length < this.placed.length * FLOATS) this.floats = new Float32Array(this.placed.length * FLOATS * 2);
    this.drawn = [];
    const { floats, drawn } = this;
    for (const one of this.placed) {
      const x = (one.x - middle.x) * size + width / 2 + one.offset[0];
      const y = (one.y - middle.y) * size + height / 2 + one.offset[1];
      if (x < -MARGIN || y < -MARGIN || x > width + MARGIN || y > height + MARGIN) continue;
      const next = drawn.length * FLOATS;
      floats[next] = x;
      floats[next + 1] = y;
      floats[next + 2] = cell(isDot ? one.dot : one.icon);
      floats[next + 3] = one.opacity;
      drawn.push(one);
    }
  }

  /** 0.8 at zoom 9, 0.85 where icons begin, 1.05 from zoom 16 on. */
  private scale(): number {
    const zoom = this.map!.getZoom();
    if (zoom < ICONS_FROM) return 0.8 + 0.05 * Math.max(0, (zoom - 9) / (ICONS_FROM - 9));
    return 0.85 + 0.2 * Math.min(1, (zoom - ICONS_FROM) / (16 - ICONS_FROM));
  }

  /** Half the width of what a unit looks like, in pixels. */
  private reach(): number {
    if (!this.map) return 0;
    return (this.map.getZoom() < ICONS_FROM ? 6 : ICON / 2) * this.scale();
  }
}

type Drawing = ReturnType<typeof prepare>;

function prepare(gl: WebGL2RenderingContext, theme: Theme) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "no program for units");

  const arrays = gl.createVertexArray();
  const buffer = gl.createBuffer();
  gl.bindVertexArray(arrays);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, FLOATS, gl.FLOAT, false, 0, 0);
  gl.vertexAttribDivisor(0, 1);
  gl.bindVertexArray(null);

  const sheet = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, sheet);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, CELL * COLUMNS, CELL * COLUMNS);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.LINEAR);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);

  const cells = new Map<string, number>();
  /** Where on the sheet an image lies; it is drawn there when it is first asked for. The sheet is bound. */
  const cell = (name: string): number => {
    const known = cells.get(name);
    if (known !== undefined) return known;
    const next = Math.min(cells.size, COLUMNS * COLUMNS - 1);
    cells.set(name, next);
    const drawn = drawnImage(name, theme);
    if (!drawn) return next;
    const [column, row] = [next % COLUMNS, Math.floor(next / COLUMNS)];
    const [left, top] = [(CELL - drawn.image.width) / 2, (CELL - drawn.image.height) / 2];
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, column * CELL + left, row * CELL + top, gl.RGBA, gl.UNSIGNED_BYTE, drawn.image);
    return next;
  };
  return {
    program, buffer, sheet, arrays, cell,
    view: gl.getUniformLocation(program, "view"), reach: gl.getUniformLocation(program, "reach"),
  };
}

function world(at: LonLat): { x: number; y: number } {
  const { x, y } = MercatorCoordinate.fromLngLat([at.lon, at.lat]);
  return { x, y };
}
