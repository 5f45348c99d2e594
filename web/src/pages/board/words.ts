import { words } from "../../ui/words.ts";
import { board as en } from "../../words/en/board.ts";
import { board as id } from "../../words/id/board.ts";

export const w = words(id, en);
