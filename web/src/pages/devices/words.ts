import { words } from "../../ui/words.ts";
import { devices as en } from "../../words/en/devices.ts";
import { devices as id } from "../../words/id/devices.ts";

export const w = words(id, en);
