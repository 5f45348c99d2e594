// HTTP to our own server: JSON in, JSON out, and a refusal that carries the sentence for the person at the desk.

import { language } from "./preferences.ts";

/** The server said no: `detail` is for people, `code` for programs, `status` is HTTP's (0: it could not be reached). */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  /** Nobody answered, or the server is not ready: asking again later may work. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Ask the server. `T` is what the contract promises; it is not checked again here.
 * @throws Refusal for every answer but 2xx, and with status 0 when there was no answer. */
export async function ask<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language() };
  const request: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  if (signal) request.signal = signal;

  let answer: Response;
  try {
    answer = await fetch(path, request);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal(0, "unreachable", "");
  }
  if (answer.status === 204) return undefined as T;
  if (answer.ok) return (await answer.json()) as T;
  throw await refusal(answer);
}

async function refusal(answer: Response): Promise<Refusal> {
  try {
    const problem = (await answer.json()) as { code?: string; detail?: unknown; title?: string };
    const detail = typeof problem.detail === "string" ? problem.detail : (problem.title ?? "");
    return new Refusal(answer.status, problem.code ?? `http_${answer.status}`, detail);
  } catch {
    return new Refusal(answer.status, `http_${answer.status}`, "");
  }
}
