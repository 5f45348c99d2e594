import { words } from "../../ui/words.ts";
import { crew as en } from "../../words/en/crew.ts";
import { crew as id } from "../../words/id/crew.ts";

export const w = words(id, en);
