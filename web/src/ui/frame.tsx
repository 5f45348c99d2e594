// How a desk's page begins: words while it loads, words when it cannot, then the page.

import type { ComponentChild } from "preact";
import { render } from "preact";
import { unlockSoundOnFirstPress } from "../core/sound.ts";
import { failure, startDesk } from "./desk.ts";
import { Messages } from "./messages.tsx";
import { common, sentenceOf } from "./words.ts";

export function openPage(page: string, wants: { live: boolean }, content: () => ComponentChild): void {
  const root = document.getElementById("page")!;
  render(<Loading />, root);
  unlockSoundOnFirstPress();
  void startDesk(page, wants).then((isReady) => {
    if (isReady) render(<>{content()}<Messages /></>, root);
    else if (failure.value) render(<Failed />, root);
  });
}

function Loading() {
  return (
    <main class="whole">
      <div role="status" data-testid="loading">
        <span class="spinner" aria-hidden="true" /> {common("loading")}
      </div>
    </main>
  );
}

function Failed() {
  return (
    <main class="whole">
      <div class="notice is-bad" role="alert" data-testid="failed">
        <span class="grow">{sentenceOf(failure.value)}</span>
        <button type="button" class="button" data-testid="try-again" onClick={() => location.reload()}>
          {common("try_again")}
        </button>
      </div>
    </main>
  );
}
