// A modal dialog: the browser's own, which keeps the focus inside and closes with Escape.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { common } from "./words.ts";

type Props = { title: string; testid: string; onClose: () => void; isWide?: boolean; children: ComponentChildren };

export function Dialog({ title, testid, onClose, isWide, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key is pressed, not after the next paint: F12 and 2 are typed in one go.
  useLayoutEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog${isWide ? " is-wide" : ""}`}
      aria-labelledby={id}
      data-testid={testid}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="body">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

type Key = [keys: string[], meaning: string];

/** The overlay of `?`: which keys there are, in groups. */
export function Help({ groups, onClose }: { groups: [title: string, keys: Key[]][]; onClose: () => void }) {
  return (
    <Dialog title={common("help_title")} testid="help" onClose={onClose}>
      <dl class="keys">
        {groups.flatMap(([title, keys]) => [
          <h3 key={title}>{title}</h3>,
          ...keys.flatMap(([names, meaning]) => [
            <dt key={`${title}${meaning}k`}>
              {names.map((name, index) => (
                <>
                  {index > 0 && " "}
                  <kbd>{name}</kbd>
                </>
              ))}
            </dt>,
            <dd key={`${title}${meaning}`}>{meaning}</dd>,
          ]),
        ])}
      </dl>
      <div class="buttons">
        <button type="button" class="button is-main" data-testid="help-close" onClick={onClose}>
          {common("close")}
        </button>
      </div>
    </Dialog>
  );
}
