// Every word of the interface exists in both languages, with the same placeholders, and none is empty.

import * as en from "../src/words/en.ts";
import * as id from "../src/words/id.ts";

type Words = Record<string, Record<string, string>>;

const complaints: string[] = [];
const [indonesian, english] = [id as Words, en as Words];
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort().join();

for (const room of new Set([...Object.keys(indonesian), ...Object.keys(english)])) {
  const [one, other] = [indonesian[room] ?? {}, english[room] ?? {}];
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const where = `${room}.${key}`;
    if (one[key] === undefined) complaints.push(`${where} is missing in id.ts`);
    else if (other[key] === undefined) complaints.push(`${where} is missing in en.ts`);
    else if (!one[key].trim() || !other[key].trim()) complaints.push(`${where} is empty`);
    else if (placeholders(one[key]) !== placeholders(other[key])) complaints.push(`${where} has other placeholders`);
  }
}

for (const complaint of complaints) console.error(complaint);
const count = Object.values(indonesian).reduce((sum, words) => sum + Object.keys(words).length, 0);
console.log(`${count} words in two languages, ${complaints.length} complaints`);
process.exit(complaints.length > 0 ? 1 : 0);
