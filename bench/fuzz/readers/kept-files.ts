// Files that the product itself keeps and that a kill, a full disk or somebody else may have changed: the decode cache's
// index, a folder's lock, the part of a download, what tasks of an array job leave for each other.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { downloadPart } from "../../../src/core/download/download-part.js";
import { lockFileName, lockFolder } from "../../../src/core/folder-lock.js";
import { ownIdentity } from "../../../src/core/process-space.js";
import type { Random } from "../../../src/core/random.js";
import { formatIndex, type IndexKind } from "../../../src/dataset/pixel-index.js";
import { PixelStore } from "../../../src/dataset/pixel-store.js";
import { emptyTally } from "../../../src/inference/result-tally.js";
import { readScoresState, type ScoresMade } from "../../../src/inference/scores-state.js";
import { examineProcessor } from "../../../src/machine/processor.js";
import { imagesFile, planFile } from "../../../src/run/compare/open-comparison.js";
import { planRuns } from "../../../src/run/compare/plan.js";
import { agreeOnImages, agreeOnPlan } from "../../../src/run/compare/plan-file.js";
import { once, pick } from "../structured/choose.js";
import { hostileJsonText } from "../structured/json.js";
import { bytesText, type FuzzReader, type OpenReader, structuredText, textBytes } from "./reader.js";

const kind: IndexKind = { madeBy: "fuzz", imageBytes: 16 };
const hashes = ["a", "b", "c"].map((letter) => letter.repeat(64));

function soundIndex(): string {
  return formatIndex(
    {
      files: new Map(
        hashes.map((sha256, i) => [`NORMAL/${i}.jpeg`, { sha256, stamp: i === 1 ? undefined : `${i}-1` }]),
      ),
      images: new Map(hashes.map((sha256, place) => [sha256, { place, checksum: 7 * place, marks: ["view"] }])),
    },
    kind,
  );
}

/** Hostile content under the right checksum: that is no secret. */
function hostileIndex(text: string, random: Random): string {
  const body = hostileJsonText(text.slice(text.indexOf("\n") + 1), random);
  const digest = createHash("sha256").update(body).digest("hex");
  return `${once(random, 10) ? digest.toUpperCase() : digest}\n${body}`;
}

/** Opens the store and does with it what a training does: looks up, reads, writes, saves. */
async function openIndex(): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-index-"));
  await (await PixelStore.open(folder, "key", kind)).close(); // makes the folder
  return {
    read: async (bytes) => {
      await writeFile(join(folder, "decoded", "key.index"), bytes);
      const store = await PixelStore.open(folder, "key", kind);
      try {
        const pixels = new Uint8Array(16);
        for (const [i, sha256] of hashes.entries()) {
          store.contentOf(`NORMAL/${i}.jpeg`, `${i}-1`);
          const place = store.find(sha256);
          if (place !== undefined) await store.read(place, pixels);
          store.isIntact(sha256, pixels);
          for (const mark of store.marksOf(sha256))
            if (typeof mark !== "string") throw new TypeError("a mark is a text");
        }
        store.remember("new", "d".repeat(64), "stamp");
        await store.write("d".repeat(64), pixels);
        await store.save();
        const again = store.find("d".repeat(64)) as number;
        if (!Number.isSafeInteger(again) || again > 1000) throw new RangeError(`an image lies at place ${again}`);
      } finally {
        await store.close();
      }
    },
    close: () => rm(folder, { recursive: true }),
  };
}

async function openLock(): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-lock-"));
  return {
    read: async (bytes) => {
      await writeFile(join(folder, lockFileName), bytes);
      const lock = await lockFolder(folder);
      await lock.release();
    },
    close: () => rm(folder, { recursive: true }),
  };
}

/** Of a living process, of a dead one, of one elsewhere, and of a version without a heartbeat. */
const lockSeeds = async () => {
  const own = { ...ownIdentity(), since: new Date(0).toISOString(), token: "00" };
  const older = { pid: 2 ** 22 - 1, host: hostname(), since: own.since, processStart: null };
  return [own, { ...own, pid: 2 ** 22 - 1 }, { ...own, space: "elsewhere" }, older].map((one) =>
    textBytes(`${JSON.stringify(one)}\n`),
  );
};

/** What is there of a download, and what the server says next. */
interface DownloadCase {
  readonly state: unknown;
  readonly partBytes: number;
  readonly replies: readonly {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly bytes: number;
    readonly breaks: boolean;
  }[];
}

const url = "https://example.org/weights.h5";
const soundDownload: DownloadCase = {
  state: { url, validator: '"tag"', flushed: 600, boot: "earlier" },
  partBytes: 600,
  replies: [
    { status: 206, headers: { "content-range": "bytes 600-999/1000", etag: '"tag"' }, bytes: 200, breaks: true },
    { status: 206, headers: { "content-range": "bytes 800-999/1000", etag: '"tag"' }, bytes: 200, breaks: false },
  ],
};
const soundRedirect: DownloadCase = {
  state: null,
  partBytes: 0,
  replies: [
    { status: 302, headers: { location: "https://example.org/elsewhere" }, bytes: 0, breaks: false },
    { status: 200, headers: { "content-length": "1000" }, bytes: 1000, breaks: false },
  ],
};

const headerChanges: readonly (readonly [string, readonly string[]])[] = [
  [
    "content-range",
    [
      "bytes 600-999/1000",
      "bytes */600",
      "bytes 0-0/0",
      "bytes 600-/1000",
      "bytes 9e9-1/2",
      "bytes 600-999/99999999999999999999",
      "",
    ],
  ],
  ["content-length", ["0", "1000", "-1", "99999999999999", "NaN"]],
  ["location", ["http://example.org/", "https://a/", "file:///etc/passwd", "//", "::", "data:,x"]],
  ["etag", ['W/"tag"', '"other"', ""]],
];

function hostileDownload(text: string, random: Random): string {
  const hostile = hostileJsonText(text, random);
  const given = hostile.includes("[[[[") ? null : parsed(hostile); // deeper than JSON.stringify goes
  if (given === null) return hostile;
  const replies = Array.isArray(given?.replies) ? given.replies : [];
  const changed = replies.map((reply) => {
    const [name, values] = pick(random, headerChanges);
    const status = once(random, 3) ? pick(random, [200, 206, 204, 301, 304, 308, 400, 404, 416, 500]) : reply?.status;
    return once(random, 3) ? reply : { ...reply, status, headers: { ...reply?.headers, [name]: pick(random, values) } };
  });
  return JSON.stringify({ ...given, replies: changed });
}

/** Null for what is no JSON. */
function parsed(text: string): Partial<DownloadCase> | null {
  try {
    return JSON.parse(text) as Partial<DownloadCase> | null;
  } catch {
    return null;
  }
}

const lengthOf = (given: unknown): number =>
  typeof given === "number" && given > 0 ? Math.min(5000, Math.trunc(given)) : 0;

/** Only what HTTP can carry comes out of a fetch; the rest of the case is taken as near as it gets. */
function replyOf(given: Partial<DownloadCase["replies"][number]> | null | undefined): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given?.headers ?? {})) {
    try {
      headers.set(name, String(value));
    } catch {
      // no header: a real server could not send it either
    }
  }
  const isStatus = Number.isInteger(given?.status) && Number(given?.status) >= 200 && Number(given?.status) <= 599;
  const status = isStatus ? Number(given?.status) : 200;
  if ([204, 205, 304].includes(status)) return new Response(null, { status, headers });
  const length = lengthOf(given?.bytes);
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (length > 0) controller.enqueue(new Uint8Array(length));
      },
      // Asked for only once what is there was taken: an error at once would take it away.
      pull(controller) {
        if (given?.breaks === true) controller.error(new TypeError("terminated"));
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status, headers });
}

async function openDownload(): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-download-"));
  const part = join(folder, "weights.h5.part");
  return {
    read: async (bytes) => {
      const text = bytesText(bytes);
      const given = text.includes("[[[[") ? null : parsed(text);
      const replies = Array.isArray(given?.replies) ? given.replies.slice(0, 20) : soundDownload.replies;
      await writeFile(`${part}.json`, given === null ? text : JSON.stringify(given.state ?? null));
      await writeFile(part, new Uint8Array(lengthOf(given?.partBytes)));
      let asked = 0;
      await downloadPart({
        url,
        part,
        hasChecksum: text.length % 2 === 0,
        otherwise: "",
        fetch: async () => replyOf(replies[asked++ % Math.max(1, replies.length)]),
        limits: { maxBytes: 4000, stallMs: 1000 },
      });
    },
    close: () => rm(folder, { recursive: true }),
  };
}

const made: ScoresMade = {
  model: "a".repeat(64),
  images: "b".repeat(64),
  from: 0,
  to: 8,
  threshold: 0.5,
  batchSize: 4,
  maxPixels: 1e8,
  format: "csv",
};
const soundState = { version: 1, made, done: 4, bytes: 100, tally: { ...emptyTally, scored: 4 } };

async function openScoresState(): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-state-"));
  const state = join(folder, "state.json");
  return {
    read: async (bytes) => {
      await writeFile(state, bytes);
      const { done } = await readScoresState({ file: join(folder, "scores.csv"), folder, rows: "", state }, made);
      if (!Number.isSafeInteger(done) || done < 0) throw new RangeError(`${done} images`);
    },
    close: () => rm(folder, { recursive: true }),
  };
}

async function openImagesFile(): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-images-"));
  return {
    read: async (bytes) => {
      await writeFile(join(folder, imagesFile), bytes);
      await agreeOnImages(folder, hashes[0] as string, { data: folder });
    },
    close: () => rm(folder, { recursive: true }),
  };
}

/** The trainings that the plan is of: the same ones, whichever folder they are planned in. */
async function plannedIn(folder: string) {
  const asked = { data: "/chest_xray", models: ["custom"], seeds: [1] };
  return planRuns(folder, asked, { cwd: folder, processor: await examineProcessor() });
}

/** The file as the first task writes it. */
async function soundPlan(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-plan-"));
  try {
    await agreeOnPlan(folder, await plannedIn(folder), folder);
    return new Uint8Array(await readFile(join(folder, planFile)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function openPlanFile(): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-plan-"));
  const planned = await plannedIn(folder);
  return {
    read: async (bytes) => {
      await writeFile(join(folder, planFile), bytes);
      await agreeOnPlan(folder, planned, folder);
    },
    close: () => rm(folder, { recursive: true }),
  };
}

export const keptFileReaders: readonly FuzzReader[] = [
  {
    name: "scores state",
    weight: 10,
    seeds: async () => [textBytes(JSON.stringify(soundState))],
    structured: structuredText(hostileJsonText),
    open: openScoresState,
  },
  {
    name: "comparison images",
    weight: 10,
    seeds: async () => [textBytes(JSON.stringify({ version: 1, sha256: hashes[0] }))],
    structured: structuredText(hostileJsonText),
    open: openImagesFile,
  },
  {
    name: "comparison plan",
    weight: 10,
    seeds: async () => [await soundPlan()],
    structured: structuredText(hostileJsonText),
    open: openPlanFile,
  },
  {
    name: "cache index",
    weight: 30,
    seeds: async () => [textBytes(soundIndex())],
    structured: structuredText(hostileIndex),
    open: openIndex,
  },
  {
    name: "lock file",
    weight: 30,
    seeds: lockSeeds,
    structured: structuredText(hostileJsonText),
    open: openLock,
  },
  {
    name: "download",
    weight: 40,
    seeds: async () => [soundDownload, soundRedirect].map((one) => textBytes(JSON.stringify(one))),
    structured: structuredText(hostileDownload),
    open: openDownload,
  },
];
