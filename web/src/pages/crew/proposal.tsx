// A step that the position speaks for: one tap confirms it with its own time. Nothing is entered without the tap.

import { clockTime } from "../../core/format.ts";
import { city, confirmProposal, dismissProposal, isOnline, proposal } from "./state.ts";
import { w } from "./words.ts";

export function ProposalCard() {
  const found = proposal.value;
  if (!found || !city.value) return null;
  const { assignment, proposal: { status, at, evidence } } = found;
  const time = clockTime(at, city.value.time_zone, false);
  const goal = status === "IN_QUARTERS" ? "evidence_post" : "evidence_tkp";
  const facts = [w(goal, { m: Math.round(evidence.distance_m) }), evidence.accuracy_m === null ? "" : `GPS ±${Math.round(evidence.accuracy_m)} m`, evidence.fixes === null ? "" : w("evidence_fixes", { n: evidence.fixes })];
  return (
    <section class="card plain proposal" data-testid="proposal" data-status={status}>
      <div class="inside">
        <h2>{w(`proposal_${status}` as "proposal_ON_SCENE", { time })}</h2>
        <p class="quiet">{facts.filter(Boolean).join(" · ")}</p>
        <button type="button" class="button is-send big" data-testid="proposal-confirm" onClick={() => void confirmProposal(assignment, found.proposal)}>
          ✓ {w("proposal_yes", { time })}
        </button>
        <button type="button" class="button big" disabled={!isOnline.value} data-testid="proposal-dismiss" onClick={() => void dismissProposal(found.proposal)}>
          {w("proposal_no")}
        </button>
      </div>
    </section>
  );
}
