// Kata-kata antarmuka, bahasa Indonesia. Setiap kunci ada juga di en.ts (`npm run check`).
// Each page's words are a file of their own, so that a page carries no other's.

export * from "./id/common.ts";
export * from "./id/signin.ts";
export * from "./id/board.ts";
export * from "./id/call.ts";
export * from "./id/crew.ts";
export * from "./id/supervisor.ts";
export * from "./id/planner.ts";
export * from "./id/devices.ts";
