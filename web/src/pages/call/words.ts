import { words } from "../../ui/words.ts";
import { call as en } from "../../words/en/call.ts";
import { call as id } from "../../words/id/call.ts";

export const w = words(id, en);
