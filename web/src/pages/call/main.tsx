// The call taker's desk.

import "../../ui/base.css";
import "../../ui/desk.css";
import "./call.css";
import { useEffect } from "preact/hooks";
import { Help } from "../../ui/dialog.tsx";
import { openPage } from "../../ui/frame.tsx";
import { Header } from "../../ui/header.tsx";
import { useKeys } from "../../ui/keys.ts";
import { CallBar } from "./callbar.tsx";
import { CallMap } from "./callmap.tsx";
import { Form, typeCodes } from "./form.tsx";
import { Ringing } from "./ringing.tsx";
import { answer, call, change, confirmTkp, dialog, duplicates, incident, isBusy, join, notTheSame, ringing, send, startCalls } from "./state.ts";
import { closeWithNote, Disposition, WrapUp } from "./wrapup.tsx";
import { w } from "./words.ts";

const focusOn = (id: string) => () => {
  const field = document.getElementById(id);
  field?.focus();
  if (field instanceof HTMLInputElement) field.select();
};

function CallPage() {
  useEffect(startOnce, []);
  const ifForm = (act: () => void) => () => { if (call.value && !incident.value) act(); };
  useKeys({
    always: {
      F1: () => void answer(),
      F2: focusOn("location"),
      F3: focusOn("landmark"),
      F4: focusOn("words"),
      F8: confirmTkp,
      F12: ifForm(() => { dialog.value = "disposition"; }),
      "Ctrl+Enter": () => { if (incident.value) closeWithNote(); else void send(); },
      "Alt+g": ifForm(() => void join()),
      "Alt+b": ifForm(notTheSame),
      ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [
        `Alt+${index + 1}`,
        ifForm(() => {
          const code = typeCodes()[index];
          if (code) change({ type: code });
        }),
      ])),
    },
    idle: {
      Enter: () => { if (!call.value) void answer(); },
      g: ifForm(() => void join()),
      b: ifForm(notTheSame),
      "?": () => { dialog.value = "help"; },
    },
  });
  // A new call: the cursor stands where the first question is answered.
  useEffect(() => {
    if (call.value && !incident.value) focusOn("location")();
  }, [call.value?.id]);

  return (
    <main class="call-page">
      <Header />
      <CallBar />
      <div class="sides">
        <section class="left">
          {!call.value ? <Ringing /> : incident.value ? <WrapUp /> : <Form />}
        </section>
        <CallMap />
      </div>
      <Foot />
      {dialog.value === "disposition" && <Disposition />}
      {dialog.value === "help" && <CallHelp />}
    </main>
  );
}

let isStarted = false;
function startOnce(): void {
  if (!isStarted) startCalls();
  isStarted = true;
}

function Foot() {
  const hasForm = call.value !== null && incident.value === null;
  return (
    <footer class="foot">
      {hasForm && (
        <>
          <button type="button" class="button is-send" disabled={isBusy.value} data-testid="send" onClick={() => void send()}>{w("send")} · Ctrl+Enter</button>
          <button type="button" class="button" data-testid="open-disposition" onClick={() => { dialog.value = "disposition"; }}>{w("no_emergency")} <kbd>F12</kbd></button>
        </>
      )}
      <span class="small quiet cut">
        {!call.value ? w("hint_ringing", { n: ringing.value.length }) : hasForm ? w("hint_form") : w("hint_wrapup")}
        {hasForm && duplicates.value.length > 0 && ` · ${w("hint_duplicates")}`}
      </span>
      <span class="grow" />
      <button type="button" class="button is-bare" data-testid="open-help" onClick={() => { dialog.value = "help"; }}><kbd>?</kbd> {w("help")}</button>
    </footer>
  );
}

function CallHelp() {
  return (
    <Help
      onClose={() => { dialog.value = null; }}
      groups={[
        [w("help_call"), [[["Enter", "F1"], w("help_answer")], [["F12"], w("help_disposition")], [["Ctrl+Enter"], w("help_send")]]],
        [w("help_form"), [
          [["Alt+1", "…", "Alt+8"], w("help_type")], [["F2"], w("help_location")], [["↑", "↓", "Enter"], w("help_suggestions")],
          [["F3"], w("help_landmark")], [["F4"], w("help_words")], [["G", "Alt+G"], w("help_join")], [["B", "Alt+B"], w("help_new")],
        ]],
        [w("help_map"), [[["F8"], w("help_confirm")], [["←", "→", "↑", "↓"], w("help_arrows")], [["Shift", "+ ←→↑↓"], w("help_shift_arrows")]]],
      ]}
    />
  );
}

openPage("/call", { live: true }, () => <CallPage />);
