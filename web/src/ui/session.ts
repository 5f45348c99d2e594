// Who is signed in, and whose page this is. A page opened by the wrong role goes to the right one.

import { ask, Refusal } from "../core/api.ts";
import type { Me, Role } from "../core/types.ts";

export const HOME: Record<Role, string> = {
  call_taker: "/call", dispatcher: "/board", crew: "/crew", supervisor: "/supervisor", planner: "/planner",
  administrator: "/supervisor", telephony: "/",
};

export const PAGES: Record<string, Role[]> = {
  "/call": ["call_taker", "supervisor", "administrator"],
  "/board": ["dispatcher", "supervisor", "administrator"],
  "/crew": ["crew"],
  "/supervisor": ["supervisor", "administrator"],
  "/planner": ["planner", "supervisor", "administrator"],
  "/devices": ["administrator"],
};

const CHANNEL = "geo112.session";

export function goToSignIn(): void {
  location.assign(`/?next=${encodeURIComponent(location.pathname)}`);
}

/** Tell the other windows of this browser who sits here from now on: they have one session together. */
export function tellOthers(person: Me | null): void {
  if (typeof BroadcastChannel !== "function") return; // each finds out at its next request
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(person?.id ?? null);
  channel.close();
}

/** Leave this page when another window signs out, or somebody else signs in there. */
export function leaveWithOthers(person: Me): void {
  if (typeof BroadcastChannel !== "function") return;
  new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<number | null>) => {
    if (data !== person.id) goToSignIn();
  };
}

/** Sign out and go to the sign-in page; where the server cannot be reached, say so by staying. */
export async function signOut(): Promise<void> {
  await ask("DELETE", "/api/session");
  tellOthers(null);
  location.assign("/");
}

/** The person at this page, or null after sending the browser elsewhere. */
export async function personFor(page: string): Promise<Me | null> {
  try {
    const me = await ask<Me>("GET", "/api/session");
    if (PAGES[page]?.includes(me.role)) return me;
    location.replace(HOME[me.role]);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    goToSignIn();
  }
  return null;
}
