// No task: who we are, whether we are ready, and that the desk knows it.

import { useState } from "preact/hooks";
import { sentenceOf } from "../../ui/words.ts";
import { duty, isOnline, setService } from "./state.ts";
import { w } from "./words.ts";

const SERVICES = ["IN_SERVICE", "STANDBY", "LIMITED", "OUT_OF_SERVICE", "OFF_DUTY"] as const;
const NEEDS_REASON = ["LIMITED", "OUT_OF_SERVICE"];

export function Idle() {
  const [wanted, setWanted] = useState<(typeof SERVICES)[number] | null>(null);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const unit = duty.value!.unit;

  const change = async (service: (typeof SERVICES)[number]) => {
    if (service === unit.service) return;
    if (NEEDS_REASON.includes(service) && wanted !== service) return setWanted(service);
    if (NEEDS_REASON.includes(service) && !reason.trim()) return setProblem(w("reason_needed"));
    try {
      await setService(service, reason.trim());
      setWanted(null);
      setReason("");
      setProblem(null);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };

  return (
    <div class="idle" data-testid="idle">
      <section class="card plain">
        <div class="inside">
          <h1>{unit.call_sign}</h1>
          <p class="quiet">{[unit.post_name, unit.opd_code].filter(Boolean).join(" · ")}</p>
          <p class="waiting" data-testid="service">{w(`service_${unit.service}` as "service_IN_SERVICE")}{unit.service_reason && ` · ${unit.service_reason}`}</p>
          <p>{unit.service === "OFF_DUTY" ? w("off_duty_privacy") : w("waiting_for_task")}</p>
        </div>
      </section>
      <section class="services" role="group" aria-label={w("change_service")}>
        <h2>{w("change_service")}</h2>
        {!isOnline.value && <p class="notice is-warn">{w("service_needs_network")}</p>}
        {SERVICES.map((service) => (
          <button
            key={service} type="button" class="button big" aria-pressed={service === unit.service} disabled={!isOnline.value}
            data-testid={`service-${service}`} onClick={() => void change(service)}
          >
            {service === unit.service && "✓ "}{w(`service_${service}`)}
          </button>
        ))}
        {wanted && (
          <div class="field">
            <label class="label" for="reason">{w("reason")}</label>
            <input id="reason" class="input big" data-testid="service-reason" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
            <button type="button" class="button is-main big" data-testid="service-send" onClick={() => void change(wanted)}>{w("save")}</button>
          </div>
        )}
        {problem && <p class="notice is-bad" role="alert" data-testid="service-problem">{problem}</p>}
      </section>
    </div>
  );
}
