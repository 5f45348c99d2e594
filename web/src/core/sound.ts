// One tone for a new P1, one for a target that was missed, never a continuous one. Browsers allow sound only after
// the person has pressed something; until then a tone is simply not heard.

import { isSoundOn } from "./preferences.ts";

let context: AudioContext | null = null;

function unlocked(): AudioContext | null {
  context ??= "AudioContext" in globalThis ? new AudioContext() : null;
  if (context?.state === "suspended") void context.resume();
  return context;
}

/** Call once at start: the first press or key unlocks sound for this page. */
export function unlockSoundOnFirstPress(): void {
  const unlock = () => void unlocked();
  addEventListener("pointerdown", unlock, { once: true });
  addEventListener("keydown", unlock, { once: true });
}

export type Tone = "new_p1" | "late" | "ringing" | "task";

const NOTES: Record<Tone, number[]> = { new_p1: [880, 660, 880], late: [440], ringing: [740, 740], task: [660, 880, 1040] };

export function play(tone: Tone): void {
  if (!isSoundOn() || !context || context.state !== "running") return;
  NOTES[tone].forEach((hertz, index) => {
    const start = context!.currentTime + index * 0.16;
    const oscillator = context!.createOscillator();
    const volume = context!.createGain();
    oscillator.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.22, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.14);
    oscillator.connect(volume).connect(context!.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.15);
  });
}
