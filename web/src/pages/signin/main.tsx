// Sign-in: who are you, and then to the page of your role.

import "../../ui/base.css";
import "./signin.css";
import { signal } from "@preact/signals";
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Refusal } from "../../core/api.ts";
import type { City, Me } from "../../core/types.ts";
import { HOME, PAGES, tellOthers } from "../../ui/session.ts";
import { SettingsChoices } from "../../ui/settingsmenu.tsx";
import { common, sentenceOf, words } from "../../ui/words.ts";
import { signin as en } from "../../words/en/signin.ts";
import { signin as id } from "../../words/id/signin.ts";

const w = words(id, en);
const city = signal<City | null>(null);

/** Where to go: the page that asked for a sign-in if the role may see it, else the role's own. */
function destination(me: Me): string | null {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  if (PAGES[wanted]?.includes(me.role)) return wanted;
  return HOME[me.role] === "/" ? null : HOME[me.role];
}

function SignIn() {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [isShown, setShown] = useState(false);
  const [hasCapsLock, setCapsLock] = useState(false);
  const password = useRef<HTMLInputElement>(null);

  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = { username: String(form.get("username")).trim(), password: String(form.get("password")) };
    if (!wanted.username || !wanted.password) return setProblem(w("fill_both"));
    setBusy(true);
    setProblem(null);
    try {
      const me = await ask<Me>("POST", "/api/session", wanted);
      tellOthers(me);
      const page = destination(me);
      if (page) return location.assign(page);
      setProblem(w("no_page"));
    } catch (error) {
      const status = error instanceof Refusal ? error.status : -1;
      setProblem(status === 401 ? w("wrong") : status === 429 ? w("too_many") : sentenceOf(error));
      password.current?.select();
    }
    setBusy(false);
  };

  return (
    <main class="signin">
      <section class="card">
        <header>
          <img src="/assets/icon.svg" alt="" width="52" height="52" />
          <div>
            <p class="quiet">{w("subtitle")}</p>
            <h1 data-testid="city-name">{city.value?.name ?? "112"}</h1>
          </div>
        </header>
        {city.value?.is_invented ? (
          <p class="notice is-warn" data-testid="invented">{w("invented")}</p>
        ) : (
          city.value?.is_demonstration && <p class="notice is-warn" data-testid="demonstration">{w("demonstration")}</p>
        )}
        <form onSubmit={(event) => void enter(event)} data-testid="signin-form">
          <label class="field">
            <span class="label">{w("username")}</span>
            <input class="input" name="username" autocomplete="username" autocapitalize="none" spellcheck={false} autofocus data-testid="username" />
          </label>
          <label class="field">
            <span class="label">
              {w("password")}
              {hasCapsLock && <span class="warn small" role="status">▲ {w("caps_lock")}</span>}
            </span>
            <span class="with-button">
              <input
                ref={password} class="input" name="password" type={(isShown ? "text" : "password") as "password"} autocomplete="current-password"
                data-testid="password" onKeyUp={(event) => setCapsLock(event.getModifierState("CapsLock"))}
              />
              <button type="button" class="button" aria-pressed={isShown} data-testid="show-password" onClick={() => setShown(!isShown)}>
                {isShown ? w("hide") : w("show")}
              </button>
            </span>
          </label>
          <div class="problem" role="alert">
            {problem && <p class="notice is-bad" data-testid="signin-problem">{problem}</p>}
          </div>
          <button class="button is-main" disabled={isBusy} data-testid="sign-in">
            {isBusy ? w("entering") : w("enter")}
          </button>
        </form>
        <details>
          <summary data-testid="signin-settings">{common("settings")}</summary>
          <div class="settings"><SettingsChoices withSound={false} /></div>
        </details>
      </section>
      {city.value?.attribution && <p class="small quiet">{w("attribution", { attribution: plain(city.value.attribution) })}</p>}
    </main>
  );
}

/** Attributions may carry links for the map's corner; here they are words. */
function plain(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
}

function Page() {
  useEffect(() => {
    document.title = city.value ? `${city.value.name} · 112` : document.title;
  }, [city.value]);
  return <SignIn />;
}

render(<Page />, document.getElementById("page")!);

// Somebody already signed in goes on; the name of the city may come late without holding up the form.
void ask<City>("GET", "/api/city").then((found) => { city.value = found; }, () => undefined);
void ask<Me>("GET", "/api/session").then(
  (me) => {
    const page = destination(me);
    if (page) location.replace(page);
  },
  () => undefined,
);
