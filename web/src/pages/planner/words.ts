import { words } from "../../ui/words.ts";
import { planner as en } from "../../words/en/planner.ts";
import { planner as id } from "../../words/id/planner.ts";

export const w = words(id, en);
