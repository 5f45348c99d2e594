// Dialogs of the board: close with a report, cancel or reject with a reason.

import { useState } from "preact/hooks";
import { me } from "../../ui/desk.ts";
import { Dialog, Help } from "../../ui/dialog.tsx";
import { common } from "../../ui/words.ts";
import { cancelIncident, type Closing, closeIncident, dialog, reject, selected } from "./state.ts";
import { w } from "./words.ts";

const shut = () => { dialog.value = null; };

export function Dialogs() {
  switch (dialog.value) {
    case "help": return <BoardHelp />;
    case "close": return <CloseDialog />;
    case "cancel": return <ReasonDialog testid="cancel-dialog" title={w("cancel_title")} verb={w("cancel_incident")} act={cancelIncident} />;
    case "reject": return <ReasonDialog testid="reject-dialog" title={w("reject_title")} verb={w("reject")} act={reject} />;
    default: return null;
  }
}

function CloseDialog() {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const mayForce = me.value?.role === "supervisor" || me.value?.role === "administrator";
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    if (!text("summary")) return setProblem(w("report_needed"));
    const closing: Closing = { report: { summary: text("summary") } };
    if (text("victims")) closing.report.victims = Number(text("victims"));
    if (text("actions")) closing.report.actions = text("actions");
    if (text("reason")) closing.reason = text("reason");
    setBusy(true);
    if (await closeIncident(closing)) shut();
    setBusy(false);
  };
  return (
    <Dialog title={w("close_title", { number: selected.value?.number ?? "" })} testid="close-dialog" onClose={shut}>
      <form class="plain" onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span class="label">{w("report_summary")}</span>
          <textarea class="input" name="summary" autofocus data-testid="report-summary" aria-invalid={problem !== null} />
        </label>
        {problem && <p class="bad" role="alert" data-testid="report-problem">{problem}</p>}
        <label class="field">
          <span class="label">{w("report_victims")}</span>
          <input class="input" name="victims" type="number" min="0" max="100000" inputMode="numeric" data-testid="report-victims" />
        </label>
        <label class="field">
          <span class="label">{w("report_actions")}</span>
          <textarea class="input" name="actions" data-testid="report-actions" />
        </label>
        {mayForce && (
          <label class="field">
            <span class="label">{w("force_reason")}</span>
            <input class="input" name="reason" data-testid="force-reason" />
          </label>
        )}
        <div class="buttons">
          <button type="button" class="button" data-testid="close-back" onClick={shut}>{common("cancel")}</button>
          <button class="button is-main" disabled={isBusy} data-testid="close-send">{w("close_incident")}</button>
        </div>
      </form>
    </Dialog>
  );
}

function ReasonDialog(props: { testid: string; title: string; verb: string; act: (reason: string) => Promise<boolean> }) {
  const [problem, setProblem] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason") ?? "").trim();
    if (!reason) return setProblem(true);
    if (await props.act(reason)) shut();
  };
  return (
    <Dialog title={props.title} testid={props.testid} onClose={shut}>
      <form class="plain" onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span class="label">{w("reason")}</span>
          <textarea class="input" name="reason" autofocus data-testid="reason" />
        </label>
        {problem && <p class="bad" role="alert">{w("reason_needed")}</p>}
        <div class="buttons">
          <button type="button" class="button" data-testid="reason-back" onClick={shut}>{common("cancel")}</button>
          <button class="button is-danger" data-testid="reason-send">{props.verb}</button>
        </div>
      </form>
    </Dialog>
  );
}

function BoardHelp() {
  return (
    <Help
      onClose={shut}
      groups={[
        [w("help_queue"), [
          [["↑", "↓"], w("help_select")], [["Enter"], w("help_open")], [[w("space")], w("help_acknowledge")], [["V"], w("verify")],
        ]],
        [w("help_units"), [[["1", "…", "9"], w("help_assign")], [["Z"], w("help_undo")], [["Y"], w("help_confirm")], [["N"], w("help_dismiss")]]],
        [w("help_map"), [[["L"], w("help_lock")]]],
        [w("help_commands"), [
          [["/"], w("help_command_line")], [["T 0231 PMK-111"], w("help_t")], [["S AMB-851 TIBA"], w("help_s")],
          [["C Jl. Sudirman"], w("help_c")], [["?"], w("help_help")],
        ]],
      ]}
    />
  );
}
