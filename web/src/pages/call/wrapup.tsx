// After sending: what became of it, and the note that closes the call. Also the calls that are no emergency.

import { useState } from "preact/hooks";
import { sceneName } from "../../core/format.ts";
import { assignmentsOf } from "../../core/situation.ts";
import type { CallClass } from "../../core/types.ts";
import { opds, reference, situation, types } from "../../ui/desk.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { common, label } from "../../ui/words.ts";
import { abandoned, change, close, dialog, dispose, draft, incident, isBusy, proposedNote } from "./state.ts";
import { w } from "./words.ts";

export function WrapUp() {
  const sent = incident.value;
  if (!sent) return null;
  const units = assignmentsOf(situation.value, sent.id).filter((one) => one.holds_unit);
  const type = types.value.get(sent.type);
  return (
    <section class="wrapup" data-testid="wrapup" data-incident={sent.id}>
      <div class="notice is-good">
        <Icon name={type?.icon ?? "dots"} size="1.8rem" />
        <div class="grow">
          <p class="title"><span class={`badge p${sent.priority}`}>P{sent.priority}</span> {label(type, sent.type)} · <span data-testid="incident-number">{sent.number}</span></p>
          <p>{sceneName(sent.tkp_label, sent.tkp_areas)}</p>
          <p class="small quiet">{w("sent_to", { opds: sent.opds.map((one) => opds.value.get(one.opd_id)?.name ?? "").filter(Boolean).join(", ") || "–" })}</p>
        </div>
      </div>
      <div data-testid="tell-caller">
        <h3 class="label">{w("tell_caller")}</h3>
        {units.length === 0 ? <p class="quiet">{w("tell_waiting")}</p> : (
          <ul>{units.map((unit) => <li key={unit.id}><b>{unit.call_sign}</b> · {w(`unit_${unit.status}` as "unit_SENT")}</li>)}</ul>
        )}
      </div>
      <CloseForm />
    </section>
  );
}

function CloseForm() {
  const note = draft.value?.note ?? proposedNote();
  const [isMissing, setMissing] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!note.trim()) return setMissing(true);
    void close(note);
  };
  return (
    <form class="close-form" onSubmit={submit}>
      <label class="field">
        <span class="label">{w("note")}</span>
        <textarea id="note" class="input" rows={4} data-testid="note" value={note} onInput={(event) => change({ note: event.currentTarget.value })} />
      </label>
      {isMissing && !note.trim() && <p class="bad small" role="alert">{w("note_missing")}</p>}
      <button class="button is-main" disabled={isBusy.value} data-testid="close-call">{w("close_call")} <kbd>Ctrl+Enter</kbd></button>
    </form>
  );
}

/** Ctrl+Enter in the wrap-up. */
export function closeWithNote(): void {
  const note = draft.value?.note ?? proposedNote();
  if (note.trim()) void close(note);
}

type Other = Exclude<CallClass, "emergency">;
const OTHERS: Other[] = ["prank", "ghost", "information", "test", "wrong_area"];

export function Disposition() {
  const present = draft.value;
  if (!present) return null;
  const kind = present.disposition;
  const note = present.note ?? proposedNote();
  const steps = reference.value?.silent_steps ?? [];
  const open = steps.filter((step) => !present.silentSteps.includes(step.code));
  const isReady = kind !== null && note.trim() !== "" && (kind !== "ghost" || open.length === 0);
  const shut = () => { dialog.value = null; };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isReady) return;
    void dispose(kind, present.silentSteps, note).then((isDone) => isDone && shut());
  };
  const toggle = (code: string) =>
    change({ silentSteps: present.silentSteps.includes(code) ? present.silentSteps.filter((one) => one !== code) : [...present.silentSteps, code] });
  return (
    <Dialog title={w("disposition")} testid="disposition" onClose={shut}>
      <form
        class="plain disposition" onSubmit={submit}
        onKeyDown={(event) => {
          const digit = Number(event.key);
          const isText = event.target instanceof HTMLTextAreaElement;
          if (!isText && digit >= 1 && digit <= OTHERS.length) change({ disposition: OTHERS[digit - 1]!, note: null });
          if (event.key === "Enter" && event.ctrlKey) submit(event);
        }}
      >
        <div class="grid" role="group" aria-label={w("disposition")}>
          {OTHERS.map((one, index) => (
            <button key={one} type="button" class="button" aria-pressed={kind === one} data-testid={`class-${one}`} autofocus={index === 0} onClick={() => change({ disposition: one, note: null })}>
              <kbd>{index + 1}</kbd> {w(`class_${one}`)}
            </button>
          ))}
        </div>
        {kind === "ghost" && (
          <fieldset class="steps" data-testid="silent-steps">
            <legend class="label">{w("silent_protocol")}</legend>
            {steps.map((step) => (
              <label key={step.code} class="check">
                <input type="checkbox" checked={present.silentSteps.includes(step.code)} data-testid={`silent-${step.code}`} onChange={() => toggle(step.code)} /> {label(step)}
              </label>
            ))}
            {open.length > 0 && <p class="small warn" role="status">▲ {w("silent_open", { n: open.length })}</p>}
          </fieldset>
        )}
        {kind && (
          <label class="field">
            <span class="label">{w("note")}</span>
            <textarea class="input" rows={2} data-testid="disposition-note" value={note} onInput={(event) => change({ note: event.currentTarget.value })} />
          </label>
        )}
        <div class="buttons">
          <button type="button" class="button" data-testid="abandoned" onClick={() => void abandoned().then((isDone) => isDone && shut())}>{w("hung_up")}</button>
          <span class="grow" />
          <button type="button" class="button" data-testid="disposition-back" onClick={shut}>{common("cancel")}</button>
          <button class="button is-main" disabled={!isReady || isBusy.value} data-testid="disposition-send">{w("close_call")}</button>
        </div>
      </form>
    </Dialog>
  );
}
