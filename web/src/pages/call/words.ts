import { words } from "../../ui/words.ts";
import * as en from "../../words/en.ts";
import * as id from "../../words/id.ts";

export const w = words(id.call, en.call);
