// A process of its own in which coverage decides which files are worth changing further. What it is about to read lies in
// a file before it is read, so that the parent has it when the process ends or never comes back.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../../src/core/errors.js";
import { Random } from "../../../src/core/random.js";
import { fuzzReaders } from "../fuzz-readers.js";
import { mutate } from "../mutate.js";
import { pick } from "../structured/choose.js";
import { Coverage } from "./coverage.js";

export interface GuidedTask {
  readonly reader: string;
  /** Files found worth keeping, from this run and earlier ones. */
  readonly corpus: string;
  /** Where the bytes lie that are being read. */
  readonly current: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

export type GuidedMessage =
  | { readonly kind: "begin"; readonly index: number }
  | {
      readonly kind: "read";
      readonly index: number;
      readonly ms: number;
      readonly accepted: boolean;
      readonly peakMb: number;
    }
  | { readonly kind: "finding"; readonly index: number; readonly what: string }
  | { readonly kind: "end"; readonly covered: number; readonly corpus: number };

/** A larger file teaches little more and takes its time. */
const mostBytes = 200_000;

async function run(task: GuidedTask): Promise<void> {
  const reader = fuzzReaders.find(({ name }) => name === task.reader);
  if (reader === undefined) throw new Error(`no reader is called ${task.reader}`);
  const open = await reader.open();
  const seeds = await reader.seeds();
  const coverage = new Coverage(
    (url) => url.includes("/dist/src/") || url.includes("/dicom-parser/") || url.includes("/csv-parse/"),
  );
  mkdirSync(task.corpus, { recursive: true });
  const kept = readdirSync(task.corpus).map((name) => new Uint8Array(readFileSync(join(task.corpus, name))));
  const corpus: Uint8Array[] = [...seeds.filter(({ length }) => length <= mostBytes), ...kept];
  if (corpus.length === 0) corpus.push(...seeds);
  await coverage.start();
  for (const bytes of [...corpus]) {
    await attempt(() => open.read(bytes.slice()));
    await coverage.news();
  }
  for (let index = task.from; index < task.to; index++) {
    const random = Random.of("guided", reader.name, task.seed, index);
    const parent = pick(random, corpus);
    const damaged = mutate(parent, pick(random, corpus), random);
    const bytes = reader.repair?.(damaged, random) ?? damaged;
    writeFileSync(task.current, bytes);
    send({ kind: "begin", index });
    const start = performance.now();
    const thrown = await attempt(() => open.read(bytes.slice()));
    const ms = performance.now() - start;
    if (thrown !== undefined && !(thrown instanceof AppError)) {
      send({
        kind: "finding",
        index,
        what: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
      });
    }
    const peakMb = process.resourceUsage().maxRSS / 1024;
    send({ kind: "read", index, ms, accepted: thrown === undefined, peakMb });
    if ((await coverage.news()) === 0 || bytes.length > mostBytes) continue;
    corpus.push(bytes);
    const file = join(task.corpus, createHash("sha256").update(bytes).digest("hex").slice(0, 24));
    if (!existsSync(file)) writeFileSync(file, bytes);
  }
  coverage.stop();
  await open.close();
  send({ kind: "end", covered: coverage.size, corpus: corpus.length });
  process.disconnect();
}

/** What was thrown, if anything was. */
async function attempt(read: () => Promise<unknown>): Promise<unknown> {
  try {
    await read();
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error("nothing was thrown as an error");
  }
}

const send = (message: GuidedMessage): boolean | undefined => process.send?.(message);

process.once("message", (task) => {
  run(task as GuidedTask).catch((thrown: unknown) => {
    send({ kind: "finding", index: -1, what: `the fuzzer broke: ${thrown instanceof Error ? thrown.stack : thrown}` });
    process.disconnect();
  });
});
