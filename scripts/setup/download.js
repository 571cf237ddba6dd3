// One verified download: it goes on where an earlier try stopped, and leaves nothing unverified under its final name.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SetupError } from "./report.js";

/**
 * Downloads `url` to `file` unless a verified copy is there.
 * @param {{ url: string, sha256: string }} source
 * @param {string} file
 * @param {{ purpose: string, otherwise: string, onProgress?: (text: string) => void }} about `otherwise`: what to do
 *   where this download is not possible
 */
export async function downloadVerified(source, file, about) {
  if (existsSync(file) && (await sha256Of(file)) === source.sha256) return;
  const part = `${file}.part`;
  try {
    await fetchInto(source.url, part, about.onProgress);
  } catch (thrown) {
    const reason = thrown instanceof Error ? `${thrown.message}${causeOf(thrown)}` : String(thrown);
    const kept = existsSync(part)
      ? ` ${megabytes((await stat(part)).size)} are kept; the next run goes on from there.`
      : "";
    throw new SetupError(`${about.purpose}, could not be downloaded.`, {
      why: `${source.url}: ${reason}.${kept}`,
      fix: `check the network connection, then run: npm run setup\n${about.otherwise}`,
      cause: thrown,
    });
  }
  const received = await sha256Of(part);
  if (received !== source.sha256) {
    await rm(part);
    throw new SetupError(`${about.purpose}, arrived damaged.`, {
      why: `${source.url}: its sha256 should be ${source.sha256}. Received ${received}. The file was deleted.`,
      fix: `npm run setup (a proxy may have altered the file)\n${about.otherwise}`,
    });
  }
  await rename(part, file);
}

/**
 * @param {string} url
 * @param {string} part
 * @param {((text: string) => void) | undefined} onProgress
 */
async function fetchInto(url, part, onProgress) {
  const have = existsSync(part) ? (await stat(part)).size : 0;
  const response = await fetch(url, have > 0 ? { headers: { range: `bytes=${have}-` } } : {});
  if (response.status === 416) return; // nothing is left to fetch: the check that follows decides
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
  const resumed = response.status === 206;
  const total = Number(response.headers.get("content-length") ?? Number.NaN) + (resumed ? have : 0);
  let done = resumed ? have : 0;
  let told = Date.now();
  const counter = new Transform({
    transform(chunk, _encoding, callback) {
      done += chunk.length;
      if (Date.now() - told > 5000) {
        told = Date.now();
        onProgress?.(Number.isFinite(total) ? `${megabytes(done)} of ${megabytes(total)}` : megabytes(done));
      }
      callback(null, chunk);
    },
  });
  // Node's types for web streams and the global ones differ in name only.
  const body = /** @type {import("node:stream/web").ReadableStream} */ (/** @type {unknown} */ (response.body));
  await pipeline(Readable.fromWeb(body), counter, createWriteStream(part, { flags: resumed ? "a" : "w" }));
  if (Number.isFinite(total) && done < total) throw new Error(`the connection ended at ${megabytes(done)}`);
}

/** @param {string} path */
async function sha256Of(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** @param {Error} error */
function causeOf(error) {
  return error.cause instanceof Error ? ` (${error.cause.message})` : "";
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
