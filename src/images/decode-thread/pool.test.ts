// Threads that hang, die or are given the costliest file that the limits allow: ended, and their processor time with them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { after, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { hasCode } from "../../../test/support/has-code.js";
import { manyScansJpeg, type PngHeader, pngChunk, pngFile, zeroRows } from "../../../test/support/hostile-pictures.js";
import { golden } from "../../../test/support/paths.js";
import { decodeGray } from "../decode-gray.js";
import { defaultImageLimits as limits } from "../image-limits.js";
import { readRadiograph } from "../read-radiograph.js";
import { DecodeThreads } from "./pool.js";

const threads = new DecodeThreads({ threads: 1 });
after(() => threads.close());

/** A thread that does this with every file. */
const thatDoes = (action: string, timeoutMs: number) =>
  new DecodeThreads({
    threads: 1,
    timeoutMs,
    script: new URL(
      `data:text/javascript,import{parentPort}from"node:worker_threads";parentPort.on("message",()=>{${encodeURIComponent(action)}})`,
    ),
  });

/** Milliseconds that this process computes while it should do nothing. */
async function idleMs(): Promise<number> {
  const before = process.cpuUsage();
  await wait(400);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const costly = manyScansJpeg({ width: 6800, height: 6800, components: 3, passes: 5, bands: 1 });

test("a decoder that never ends is ended, and computes no more; the next file has a thread again", async () => {
  const hanging = thatDoes("for(;;);", 100);
  for (let i = 0; i < 2; i++) {
    const job = decodeGray(costly, { name: "x", threads: hanging });
    await assert.rejects(job, hasCode("IMAGE_TOO_COSTLY", "one that takes longer than"));
  }
  assert.ok((await idleMs()) < 200);
});

test("the costliest of files is ended in the middle of its decoder's WebAssembly", async () => {
  const hasty = new DecodeThreads({ threads: 1, timeoutMs: 300 });
  const start = performance.now();
  await assert.rejects(decodeGray(costly, { threads: hasty }), hasCode("IMAGE_TOO_COSTLY", "image: "));
  assert.ok(performance.now() - start < 5000);
  assert.ok((await idleMs()) < 200);
});

test("a decoder that dies is one error for its image", async () => {
  await assert.rejects(
    decodeGray(costly, { threads: thatDoes("process.exit()", 10_000) }),
    hasCode("IMAGE_UNREADABLE", "breaks the decoder"),
  );
  await assert.rejects(
    decodeGray(costly, { threads: thatDoes("throw 1", 10_000) }),
    hasCode("IMAGE_UNREADABLE", "breaks the decoder"),
  );
});

test("what goes to a thread has the pixels that libvips gives, and the caller keeps its bytes", async () => {
  for (const name of [
    "rgb-420.jpg",
    "vivid-420-progressive.jpg",
    "exif-6.jpg",
    "rgb.png",
    "grey-16.png",
    "palette.png",
  ]) {
    const bytes = readFileSync(golden("opencv", name));
    const [size, format] = [bytes.length, name.endsWith("png") ? "png" : "jpeg"];
    const { image } = await threads.decode({ format, bytes, name, limits });
    assert.equal(bytes.length, size);
    assert.deepEqual({ ...image, data: Buffer.from(image.data) }, await asBuffer(bytes), name);
  }
  const dicom = readFileSync(golden("dicom", "rle.dcm"));
  const size = dicom.length;
  await readRadiograph(dicom, { threads });
  assert.equal(dicom.length, size);
});

async function asBuffer(bytes: Uint8Array): Promise<object> {
  const image = await decodeGray(bytes);
  return { ...image, data: Buffer.from(image.data) };
}

test("16-bit colour is decoded beside the main thread", async () => {
  const header: PngHeader = { width: 2000, height: 1500, bitDepth: 16, colourType: 2 };
  const bytes = pngFile(header, [pngChunk("IDAT", zeroRows(header))]);
  let [last, longest] = [performance.now(), 0];
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const start = performance.now();
  const image = await decodeGray(bytes, { threads });
  const took = performance.now() - start;
  clearInterval(timer);
  assert.ok(image.data.every((value) => value === 0));
  assert.ok(longest < took / 2, `the main thread stood still for ${longest} of ${took} ms`);
});

test("an aborted image gives up its thread, and one that waits never begins", async () => {
  const hanging = thatDoes("for(;;);", 60_000);
  const controller = new AbortController();
  const options = { threads: hanging, signal: controller.signal };
  const jobs = Promise.allSettled([decodeGray(costly, options), decodeGray(costly, options)]);
  await wait(200);
  const reason = new Error("nobody waits");
  controller.abort(reason);
  for (const outcome of await jobs) assert.ok(outcome.status === "rejected" && outcome.reason === reason);
  assert.ok((await idleMs()) < 200);
});
