// A suggested priority, with its reason, while the call taker types. Only a suggestion: the person decides.

import type { IncidentType, Priority } from "./types.ts";

/** Words that tell of danger to life. The reason is a key in the page's words. */
const DANGER: [RegExp, string][] = [
  [/\b(ter(jebak|jepit|kurung|perangkap|timbun|kubur)|trapped|stuck)\b/i, "trapped"],
  [/\b(tidak|tak|ga|gak|nggak|enggak|tdk)\s+(ber)?(na[fp]as|sadar)|\b(pingsan|henti\s+jantung|not\s+breathing|unconscious)\b/i, "unconscious"],
  [/\b(pendarahan|perdarahan|darahnya\s+banyak|luka\s+(berat|parah)|bleeding)\b/i, "bleeding"],
  [/\b(tenggelam|hanyut|terseret\s+arus|drowning)\b/i, "drowning"],
  [/\b(meledak|ledakan|explosion|exploded)\b/i, "explosion"],
  [/\b(pisau|golok|celurit|parang|senjata|pistol|ditusuk|dibacok|weapon|knife|gun)\b/i, "weapon"],
  [/\b(melahirkan|mau\s+lahir|ketuban|giving\s+birth)\b/i, "birth"],
  [/\b(serangan\s+jantung|nyeri\s+dada|stroke|sesak\s+na[fp]as|kejang|heart\s+attack)\b/i, "heart"],
];

const NEGATION = /\b(tidak\s+ada|tak\s+ada|gak\s+ada|nggak\s+ada|no|bukan)\s+(\S+\s+){0,2}$/i;

export type Suggestion = { priority: Priority; reason: string | null }; // reason null: the type's own default

export function suggestPriority(type: IncidentType | null, words: string): Suggestion | null {
  for (const [pattern, reason] of DANGER) {
    const found = pattern.exec(words);
    if (found && !NEGATION.test(words.slice(0, found.index))) return { priority: 1, reason };
  }
  return type ? { priority: type.default_priority, reason: null } : null;
}
