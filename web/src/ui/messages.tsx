// Short sentences at the bottom: what was done, what was refused. Refusals stay until read or eight seconds are over.

import { signal } from "@preact/signals";
import { common, sentenceOf } from "./words.ts";

type Message = { id: number; kind: "good" | "bad"; sentence: string; action?: { name: string; act: () => void } };

const shown = signal<Message[]>([]);
let nextId = 1;

export function say(kind: Message["kind"], sentence: string, action?: Message["action"], lastsMs = kind === "bad" ? 8000 : 4000): number {
  const id = nextId++;
  const message: Message = action ? { id, kind, sentence, action } : { id, kind, sentence };
  shown.value = [...shown.value.slice(-2), message];
  setTimeout(() => unsay(id), lastsMs);
  return id;
}

export function sayRefusal(error: unknown): void {
  say("bad", sentenceOf(error));
}

export function unsay(id: number): void {
  shown.value = shown.value.filter((message) => message.id !== id);
}

export function Messages() {
  return (
    <div class="messages" role="status" aria-live="polite" data-testid="messages">
      {shown.value.map((message) => (
        <div key={message.id} class={`message is-${message.kind}`} data-testid={`message-${message.kind}`}>
          <span class="grow">{message.sentence}</span>
          {message.action && (
            <button type="button" class="button" data-testid="message-action" onClick={message.action.act}>
              {message.action.name}
            </button>
          )}
          <button type="button" class="button is-bare" data-testid="message-close" aria-label={common("close")} onClick={() => unsay(message.id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
