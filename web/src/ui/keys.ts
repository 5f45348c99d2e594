// Keys of a page. Single letters act only while no field has the focus and no dialog is open (WCAG 2.1.4).

import { useEffect, useRef } from "preact/hooks";

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

export const isDialogOpen = () => document.querySelector("dialog[open]") !== null;

/** Name of a pressed key with its modifiers: "Ctrl+Enter", "Alt+1", "F8", "?", "z". */
export function nameOf(event: KeyboardEvent): string {
  // Alt changes what some layouts type; the place of the digit on the keyboard does not.
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  const key = event.altKey && digit ? digit : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${key}`;
}

type Keys = Record<string, (event: KeyboardEvent) => void>;

/** `always` acts everywhere but in dialogs (function keys, Ctrl, Alt), `idle` only while nothing is being typed. */
export function useKeys({ always = {}, idle = {} }: { always?: Keys; idle?: Keys }): void {
  const newest = useRef({ always, idle });
  newest.current = { always, idle };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || isDialogOpen()) return;
      const name = nameOf(event);
      const act = newest.current.always[name] ?? (isTyping(event.target) ? undefined : newest.current.idle[name]);
      if (!act) return;
      // Enter and Space on a focused button press that button.
      const onButton = event.target instanceof HTMLElement && event.target.closest("button, a, summary");
      if (onButton && (name === "Enter" || name === " ")) return;
      event.preventDefault();
      act(event);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
