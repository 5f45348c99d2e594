// Makes the crew page open without a network: the shell is kept, everything else goes to the server.
// The build writes the list of files and the version (see vite.config.ts).

const SHELL = __SHELL__;
const CACHE = "crew-__VERSION__";

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith("crew-") && n !== CACHE).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname === "/crew" || url.pathname === "/crew/") {
    // The newest page if the server answers within 3 s, else the kept one.
    event.respondWith(newestPage(event.request));
  } else if (url.pathname.startsWith("/assets/")) {
    event.respondWith(keptAsset(event.request, url.pathname));
  }
});

/** Names of assets carry their content's hash, so a kept one is never old; the map's parts are kept once they were loaded. */
async function keptAsset(request, path) {
  const kept = await caches.match(path);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(CACHE);
    await cache.put(path, answer.clone());
  }
  return answer;
}

async function newestPage(request) {
  const kept = await caches.match("/crew");
  if (!kept) return fetch(request);
  const tooLate = new Promise((resolve) => setTimeout(() => resolve(kept), 3000));
  return Promise.race([fetch(request).then((answer) => (answer.ok ? answer : kept)).catch(() => kept), tooLate]);
}
