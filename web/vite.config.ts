// One build, seven pages. Everything that a page loads lies below /assets/ and has its content's hash in its name;
// the crew page's service worker is written here, since only the build knows those names.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createHash } from "node:crypto";
import { defineConfig, type Plugin } from "vite";

const PAGES = ["call", "board", "crew", "supervisor", "planner", "devices"];
const folder = import.meta.dirname;

/** Writes /crew-sw.js: the worker's source with the list of files that make the crew page open without a network. */
function crewServiceWorker(): Plugin {
  return {
    name: "crew-service-worker",
    apply: "build",
    generateBundle(_options, bundle) {
      const shell = new Set<string>(["/crew", "/assets/first-paint.js"]);
      const visit = (fileName: string) => {
        const chunk = bundle[fileName];
        if (chunk?.type !== "chunk" || shell.has(`/${fileName}`)) return;
        shell.add(`/${fileName}`);
        chunk.imports.forEach(visit);
        const viteMeta = (chunk as unknown as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata;
        viteMeta?.importedCss.forEach((css) => shell.add(`/${css}`));
      };
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === "chunk" && file.isEntry && file.facadeModuleId?.endsWith("/crew/index.html")) visit(name);
        if (name.endsWith(".woff2")) shell.add(`/${name}`);
      }
      const files = JSON.stringify([...shell].sort());
      const source = readFileSync(resolve(folder, "src/pages/crew/service-worker.js"), "utf8");
      const version = createHash("sha256").update(source + files).digest("hex").slice(0, 12);
      const filled = source.replace("__SHELL__", files).replace("__VERSION__", version);
      this.emitFile({ type: "asset", fileName: "crew-sw.js", source: filled });
    },
  };
}

export default defineConfig({
  plugins: [crewServiceWorker()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the pages' policy allows fonts from 'self' alone, no data: address
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: [resolve(folder, "index.html"), ...PAGES.map((page) => resolve(folder, page, "index.html"))],
    },
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": "http://127.0.0.1:8112", "/ingest": "http://127.0.0.1:8112" },
  },
});
