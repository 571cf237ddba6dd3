// Keeps the page usable without a network. Page files are kept at installation, under the build's version; ONNX Runtime
// and the model when they are first used. What it hands out is cross-origin isolated, so that WebAssembly has threads on
// hosts that cannot set headers. The build writes the two constants below.
export type {};

declare const PAGE_VERSION: string;
declare const PAGE_FILES: readonly string[];
declare const self: ServiceWorkerGlobalScope;

const pageCache = `pneumoscope-page-${PAGE_VERSION}`;
/** Runtime files bear a hash in their name; the model is asked for anew each time. */
const largeCache = "pneumoscope-large-1";

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(pageCache);
    await cache.addAll(PAGE_FILES.map((file) => new Request(file, { cache: "no-cache" })));
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const takeOver = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("pneumoscope-page-") && name !== pageCache);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(takeOver());
});

// A new version waits until the page asks for it: an open page goes on with the files it was made of.
self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const scope = new URL(self.registration.scope);
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  const path = url.pathname.slice(scope.pathname.length) || "index.html";
  if (path.endsWith(".onnx") || path === "page.json") event.respondWith(fresh(request));
  else if (path === "index.html" || PAGE_FILES.includes(path)) event.respondWith(kept(path));
  else if (/^assets\/.*\.(wasm|mjs)$/.test(path)) event.respondWith(keptOnUse(request));
});

/** From the network, so that a new model is used at once; the copy when there is none. */
async function fresh(request: Request): Promise<Response> {
  const cache = await caches.open(largeCache);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request.url, response.clone());
    return response;
  } catch (thrown) {
    const copy = await cache.match(request.url);
    if (copy !== undefined) return copy;
    throw thrown;
  }
}

async function kept(path: string): Promise<Response> {
  const cache = await caches.open(pageCache);
  return isolated((await cache.match(path)) ?? (await fetch(path)));
}

async function keptOnUse(request: Request): Promise<Response> {
  const cache = await caches.open(largeCache);
  const copy = await cache.match(request.url);
  if (copy !== undefined) return isolated(copy);
  const response = await fetch(request);
  if (response.ok) {
    await cache.put(request.url, response.clone());
    await forgetOlder(cache, request.url);
  }
  return isolated(response);
}

/** An update brings runtime files with other hashes: the last build's are dropped. */
async function forgetOlder(cache: Cache, url: string): Promise<void> {
  const stem = (address: string) => address.replace(/-[\w-]{8}(\.\w+)$/, "$1");
  for (const { url: other } of await cache.keys()) {
    if (other !== url && stem(other) === stem(url)) await cache.delete(other);
  }
}

function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  headers.set("cross-origin-resource-policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
