// Names that people use and the map lacks: what scenes have proposed, what is in force, and a form for one more.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../../core/api.ts";
import { clockTime } from "../../core/format.ts";
import type { LocalName, Place } from "../../core/types.ts";
import { onChange, zone } from "../../ui/desk.ts";
import { language } from "../../ui/settings.ts";
import { sentenceOf } from "../../ui/words.ts";
import { w } from "./words.ts";

const PATH = "/api/places/local-names";

export function LocalNames() {
  const names = useSignal<LocalName[] | null>(null);
  const problem = useSignal<string | null>(null);

  const read = async () => {
    try {
      names.value = (await ask<LocalName[]>("GET", PATH)).filter((one) => one.state !== "REJECTED");
      problem.value = null;
    } catch (error) {
      problem.value = sentenceOf(error);
    }
  };
  const send = async (method: "POST" | "PUT", path: string, body: unknown): Promise<boolean> => {
    try {
      await ask(method, path, body);
      await read();
      return true;
    } catch (error) {
      problem.value = sentenceOf(error);
      return false;
    }
  };
  useEffect(() => {
    void read();
    return onChange((changed) => { if (changed.object === "local_name") void read(); });
  }, []);

  return (
    <section class="panel local-names" aria-labelledby="local-names" data-testid="local-names">
      <h2 id="local-names">{w("local_names")}</h2>
      <p class="small quiet">{w("local_names_how")}</p>
      {problem.value && <p class="bad small" role="alert" data-testid="local-problem">{problem.value}</p>}
      {names.value?.length === 0 && <p class="empty">{w("no_local_names")}</p>}
      {(names.value?.length ?? 0) > 0 && (
        <table>
          <thead><tr><th>{w("name")}</th><th class="left">{w("where")}</th><th class="left">{w("proposed_by")}</th><th class="no-print" /></tr></thead>
          <tbody>{names.value?.map((one) => <Row key={one.id} one={one} send={send} />)}</tbody>
        </table>
      )}
      <Add send={send} />
    </section>
  );
}

type Send = (method: "POST" | "PUT", path: string, body: unknown) => Promise<boolean>;

function Row({ one, send }: { one: LocalName; send: Send }) {
  const name = useSignal(one.name);
  const where = useSignal("");
  useEffect(() => {
    void ask<{ properties: { label: string } }>("GET", `/api/places/reverse?lat=${one.lat}&lon=${one.lon}`).then(
      (found) => { where.value = found.properties.label; }, () => undefined);
  }, [one.lat, one.lon]);
  const isProposed = one.state === "PROPOSED";
  const decide = (state: "APPROVED" | "REJECTED") => send("PUT", `${PATH}/${one.id}`, { state, name: state === "APPROVED" ? name.value : null });
  return (
    <tr data-testid={`local-${one.id}`} data-state={one.state}>
      <th scope="row">
        {isProposed ? (
          <input class="input" aria-label={w("name")} value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        ) : <b>{one.name}</b>}
      </th>
      <td class="left wrap">{where.value || `${one.lat.toFixed(5)}, ${one.lon.toFixed(5)}`}</td>
      <td class="left wrap small quiet">{day(one.proposed_at)} {clockTime(one.proposed_at, zone.value)}</td>
      <td class="no-print">
        {isProposed && <button type="button" class="button" data-testid={`approve-${one.id}`} onClick={() => void decide("APPROVED")}>{w("approve")}</button>}{" "}
        <button type="button" class="button" data-testid={`reject-${one.id}`} onClick={() => void decide("REJECTED")}>{w(isProposed ? "reject" : "take_out")}</button>
      </td>
    </tr>
  );
}

/** A name and the words for its place, which the search turns into a point. */
function Add({ send }: { send: Send }) {
  const name = useSignal("");
  const words = useSignal("");
  const found = useSignal<Place | null>(null);
  useEffect(() => {
    found.value = null;
    if (words.value.trim().length < 3) return;
    const timer = setTimeout(() => {
      void ask<{ features: Place[] }>("GET", `/api/places/search?q=${encodeURIComponent(words.value)}&limit=1&lang=${language.value}`).then(
        (answer) => { found.value = answer.features[0] ?? null; }, () => undefined);
    }, 150);
    return () => clearTimeout(timer);
  }, [words.value]);
  const add = async (event: Event) => {
    event.preventDefault();
    if (!found.value) return;
    const [lon, lat] = found.value.geometry.coordinates;
    if (await send("POST", PATH, { name: name.value, lon, lat })) {
      name.value = "";
      words.value = "";
    }
  };
  return (
    <form class="add no-print" onSubmit={(event) => void add(event)}>
      <label>{w("new_name")} <input class="input" data-testid="local-new" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} /></label>
      <label>{w("new_where")} <input class="input" data-testid="local-where" value={words.value} onInput={(event) => { words.value = event.currentTarget.value; }} /></label>
      <button type="submit" class="button" data-testid="local-add" disabled={!found.value || name.value.trim().length < 3}>{w("add")}</button>
      <p class="small quiet" data-testid="local-found">{found.value ? `→ ${found.value.properties.label}` : w("new_hint")}</p>
    </form>
  );
}

function day(at: string): string {
  return new Intl.DateTimeFormat(language.value === "id" ? "id-ID" : "en-GB", { day: "numeric", month: "short", timeZone: zone.value }).format(new Date(at));
}
