import { strokes } from "../map/strokes.ts";

export function Icon({ name, size }: { name: string; size?: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" style={size ? { width: size, height: size } : undefined}>
      {strokes(name).map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}
