// A bare static host for the built page: files and their types, nothing else. What headers it sends is up to the test.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { builtPage } from "./chromium.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
};

/** The policy of pages that take scripts from themselves only, for workers too, which a page's own policy does not reach. */
const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; " +
  "connect-src 'self' blob: data:; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'";

const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "content-security-policy": strictPolicy,
};

export interface StaticHost {
  /** Ends with a slash. */
  readonly url: string;
  /** Files by their path below the page, which go before those of the build; null is a file that is missing. */
  readonly files: Map<string, Uint8Array | string | null>;
  /** Everything that was sent to the host besides asking for a file. */
  readonly uploads: readonly string[];
  close(): Promise<void>;
}

/**
 * In a folder, not at the root.
 * @param headers "isolated" as `pneumoscope serve` sends them, "bare" as the simplest hosts do
 * @param folder what is served: the built page unless said otherwise
 */
export async function startHost(
  model: Uint8Array,
  headers: "isolated" | "bare",
  folder = builtPage,
): Promise<StaticHost> {
  const base = "/some/folder/";
  const files = new Map<string, Uint8Array | string | null>([["model.onnx", model]]);
  const uploads: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://host");
    if (request.method !== "GET") uploads.push(`${request.method} ${pathname}`);
    const path = pathname.slice(base.length) || "index.html";
    const content = files.has(path) ? files.get(path) : await readFile(join(folder, normalize(path))).catch(() => null);
    if (!pathname.startsWith(base) || content === null || content === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": types[extname(path)] ?? "application/octet-stream",
      "cache-control": "no-cache",
      ...(headers === "isolated" ? isolation : {}),
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${base}`,
    files,
    uploads,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
