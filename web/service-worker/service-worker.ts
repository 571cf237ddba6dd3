// Keeps the page usable without a network. Page files are kept under the build's version; ONNX Runtime and the model when
// they are first used. What it hands out is cross-origin isolated, so that WebAssembly has threads on
// hosts that cannot set headers, and bears the page's Content-Security-Policy, because a worker obeys its own headers and
// not the page's <meta>. The build writes the three constants below.
export type {};

declare const PAGE_VERSION: string;
declare const PAGE_FILES: readonly string[];
declare const PAGE_POLICY: string;
declare const self: ServiceWorkerGlobalScope;

const pageCache = `pneumoscope-page-${PAGE_VERSION}`;
/** Runtime files bear a hash in their name; the model is asked for anew each time. */
const largeCache = "pneumoscope-large-1";

// The first version takes the page at once, to see runtime and model arrive, and keeps the page's files when the page asks
// for it. A newer one waits until it has them all.
self.addEventListener("install", (event) => {
  if (self.registration.active !== null) event.waitUntil(keepPage());
});

/** All of the page's files, or none where one does not arrive. */
async function keepPage(): Promise<void> {
  const cache = await caches.open(pageCache);
  if ((await cache.keys()).length === PAGE_FILES.length) return;
  await cache.addAll(PAGE_FILES.map((file) => new Request(file, { cache: "no-cache" })));
}

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
  else if (event.data === "keep the page") event.waitUntil(keepPage().catch(() => undefined)); // at the next visit, then
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const scope = new URL(self.registration.scope);
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  if (request.headers.has("authorization")) return; // nothing is kept of what needs a token
  const path = url.pathname.slice(scope.pathname.length) || "index.html";
  if (path.endsWith(".onnx") || path === "page.json") event.respondWith(fresh(event));
  else if (path === "index.html" || PAGE_FILES.includes(path)) event.respondWith(kept(path));
  else if (/^assets\/.*\.(wasm|mjs)$/.test(path)) event.respondWith(keptOnUse(event));
});

/** From the network, so that a new model is used at once; the copy when there is none. */
async function fresh(event: FetchEvent): Promise<Response> {
  const { request } = event;
  try {
    const response = await fetch(request);
    if (response.ok) keep(event, response);
    return response;
  } catch (thrown) {
    const copy = await (await caches.open(largeCache)).match(request.url);
    if (copy !== undefined) return copy;
    throw thrown;
  }
}

/** A copy, made while the page takes the answer itself. Where there is no room for one the page works all the same. */
function keep(event: FetchEvent, response: Response): void {
  const { url } = event.request;
  const copy = response.clone();
  const store = async () => {
    const cache = await caches.open(largeCache);
    await cache.put(url, copy);
    await forgetOlder(cache, url);
  };
  event.waitUntil(store().catch(() => undefined));
}

async function kept(path: string): Promise<Response> {
  const cache = await caches.open(pageCache);
  return isolated((await cache.match(path)) ?? (await fetch(path)));
}

async function keptOnUse(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const copy = await (await caches.open(largeCache)).match(request.url);
  if (copy !== undefined) return isolated(copy);
  const response = await fetch(request);
  if (response.ok) keep(event, response);
  return isolated(response);
}

/** An update brings runtime files with other hashes: the last build's are dropped. Names without a hash are their own stem. */
async function forgetOlder(cache: Cache, url: string): Promise<void> {
  const stem = (address: string) => address.replace(/-[\w-]{8}(\.\w+)$/, "$1");
  for (const { url: other } of await cache.keys()) {
    if (other !== url && stem(other) === stem(url)) await cache.delete(other);
  }
}

function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("content-security-policy", PAGE_POLICY);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  headers.set("cross-origin-resource-policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
