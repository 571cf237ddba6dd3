// Opens a model, uses it and disposes of it, over and over, and says what the process holds at the beginning and at the end.
import { readdirSync } from "node:fs";
import { openClassifier } from "../../src/inference.js";

export interface Held {
  readonly residentBytes: number;
  /** Linux only, elsewhere 0. */
  readonly openFiles: number;
}

/** Rounds before the first look: what is loaded once is then loaded, and the allocators have grown. */
const warmUp = 10;

export async function openAndDispose(model: string, times: number): Promise<{ first: Held; last: Held }> {
  let first = held();
  for (let round = 1; round <= times; round++) {
    const classifier = await openClassifier(model, { threads: 1 });
    const { imageSize } = classifier.contract;
    await classifier.run(new Uint8Array(imageSize ** 2));
    await classifier.dispose();
    if (round === warmUp) first = held();
  }
  return { first, last: held() };
}

const held = (): Held => ({ residentBytes: process.memoryUsage().rss, openFiles: openFiles() });

function openFiles(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}
