// The crew's page: net bar, task, four buttons. Without a map it stays below 30 kB, so that it opens on a weak network.

import "../../ui/base.css";
import "./crew.css";
import { render } from "preact";
import { clockTime, figure } from "../../core/format.ts";
import { unlockSoundOnFirstPress } from "../../core/sound.ts";
import { goToSignIn, signOut } from "../../ui/session.ts";
import { SettingsChoices } from "../../ui/settingsmenu.tsx";
import { language } from "../../ui/settings.ts";
import { common, sentenceOf } from "../../ui/words.ts";
import { gps, keepScreenOn, watchPosition } from "./gps.ts";
import { Idle } from "./idle.tsx";
import { ProposalCard } from "./proposal.tsx";
import { city, duty, hasNetwork, health, isOnline, isSignedOut, lastPoint, me, now, refusal, speed, startCrew, startProblem, waiting } from "./state.ts";
import { Task } from "./task.tsx";
import { w } from "./words.ts";

function NetBar() {
  const isConnecting = health.value === "connecting" && hasNetwork.value;
  const count = waiting.value.presses + waiting.value.fixes;
  const state = isOnline.value ? "online" : isConnecting ? "connecting" : "offline";
  return (
    <div class={`net is-${state}`} role="status" data-testid="net" data-state={state} data-waiting={count} data-presses={waiting.value.presses}>
      <b>{state === "online" ? `● ${w("connected")}` : state === "connecting" ? `○ ${common("connecting")}` : `▲ ${w("offline")}`}</b>
      <span>{[count > 1 || (count > 0 && !isOnline.value) ? w("queued", { n: count }) : "", gpsInWords()].filter(Boolean).join(" · ")}</span>
    </div>
  );
}

function gpsInWords(): string {
  if (gps.value === "good" && lastPoint.value) {
    return w("gps_good", { m: figure(Math.round(lastPoint.value.accuracy_m), language.value) });
  }
  return w(`gps_${gps.value}`);
}

function Page() {
  if (startProblem.value) {
    return (
      <main class="whole">
        <div class="notice is-bad" role="alert" data-testid="failed">
          <span class="grow">{sentenceOf(startProblem.value)}</span>
          <button type="button" class="button" data-testid="try-again" onClick={() => location.reload()}>{common("try_again")}</button>
        </div>
      </main>
    );
  }
  if (!duty.value || !me.value) return <main class="whole"><div role="status" data-testid="loading"><span class="spinner" aria-hidden="true" /> {common("loading")}</div></main>;
  return (
    <>
      <NetBar />
      <main class="crew">
        {isSignedOut.value && (
          <div class="notice is-bad" role="alert" data-testid="signed-out">
            <span class="grow">{w("signed_out")}</span>
            <button type="button" class="button" data-testid="sign-in-again" onClick={goToSignIn}>{w("sign_in")}</button>
          </div>
        )}
        {refusal.value && (
          <div class="notice is-bad" role="alert" data-testid="refused">
            <span class="grow">{w("refused", { why: refusal.value })}</span>
            <button type="button" class="button is-bare" aria-label={common("close")} data-testid="refused-close" onClick={() => { refusal.value = null; }}>✕</button>
          </div>
        )}
        {(gps.value === "denied" || gps.value === "insecure") && <p class="notice is-warn" role="alert" data-testid="gps-problem">{w(`gps_help_${gps.value}`)}</p>}
        <ProposalCard />
        {duty.value.assignment ? <Task /> : <Idle />}
        <footer>
          <p class="small quiet">
            {city.value?.name}{city.value?.is_invented && ` · ${common("invented_city")}`}
            {speed.value !== 1 && <> · <b data-testid="speed">{common("training", { speed: figure(speed.value, language.value) })}</b></>}
            {city.value && ` · ${clockTime(now.value, city.value.time_zone)} ${city.value.zone_label}`}
          </p>
          <details data-testid="settings">
            <summary data-testid="settings-open">{common("settings")} · {me.value.name}</summary>
            <div class="settings">
              <SettingsChoices />
              <p class="small quiet">{w("keep_open")}</p>
              <button type="button" class="button big" data-testid="sign-out" onClick={() => void leave()}>{common("sign_out")}</button>
            </div>
          </details>
        </footer>
      </main>
    </>
  );
}

/** Sign-out leaves nothing of the task on the phone; what waits in the outbox stays for the next sign-in. */
async function leave(): Promise<void> {
  try {
    await signOut();
    localStorage.removeItem("geo112.crew");
  } catch (error) {
    refusal.value = sentenceOf(error);
  }
}

render(<Page />, document.getElementById("page")!);
unlockSoundOnFirstPress();
void startCrew().then(() => {
  if (!duty.value) return;
  watchPosition();
  keepScreenOn();
});
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/crew-sw.js", { scope: "/crew" }).catch(() => undefined);
