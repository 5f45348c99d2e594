// The words of a page in the chosen language. A page names the two word lists it needs, so it carries no other's.

import { fill } from "../core/format.ts";
import { Refusal } from "../core/api.ts";
import { common as commonEn } from "../words/en/common.ts";
import { common as commonId } from "../words/id/common.ts";
import { language } from "./settings.ts";

type SameWords<T> = { [key in keyof T]: string };

/** `const w = words(id, en)`, then `w("queue")` or `w("late", {n: 3})`. Reads the language's signal. */
export function words<T extends Record<string, string>>(indonesian: T, english: SameWords<T>) {
  return (key: keyof T, values?: Record<string, string | number>): string => {
    const sentence = (language.value === "en" ? english : indonesian)[key];
    return values ? fill(sentence, values) : sentence;
  };
}

export const common = words(commonId, commonEn);

/** The label of something that the server words in both languages. */
export function label(thing: { label_id: string; label_en: string } | undefined, otherwise = ""): string {
  if (!thing) return otherwise;
  return language.value === "en" ? thing.label_en : thing.label_id;
}

export function text(thing: { text_id: string; text_en: string }): string {
  return language.value === "en" ? thing.text_en : thing.text_id;
}

/** The sentence for a failure: the server's own, or ours where the server could not be asked. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Refusal) {
    if (error.message) return error.message;
    return error.status === 0 ? common("unreachable") : common("server_failed", { status: error.status });
  }
  return common("unexpected");
}
