// The words of the interface in English. Every key is in id.ts too (`npm run check`).
// Each page's words are a file of their own, so that a page carries no other's.

export * from "./en/common.ts";
export * from "./en/signin.ts";
export * from "./en/board.ts";
export * from "./en/call.ts";
export * from "./en/crew.ts";
export * from "./en/supervisor.ts";
export * from "./en/planner.ts";
export * from "./en/devices.ts";
