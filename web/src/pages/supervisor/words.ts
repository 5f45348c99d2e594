import { words } from "../../ui/words.ts";
import { supervisor as en } from "../../words/en/supervisor.ts";
import { supervisor as id } from "../../words/id/supervisor.ts";

export const w = words(id, en);
