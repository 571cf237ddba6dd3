// `weights fetch`, from a server on this machine: with the publisher's checksum and without, in turns.
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lockFileName } from "../../src/core/folder-lock.js";
import { cachedWeights } from "../../src/interchange/weight-download/pretrained-cache.js";
import { runAndKill } from "./killed-process.js";
import type { Chain, Scenario, Start } from "./scenario.js";
import { entryAt, serveSlowly } from "./served-weights.js";

const child = fileURLToPath(new URL("./fetch-child.js", import.meta.url));

/** HDF5's signature and then 4 MB of anything: half a second of it. */
const content = Buffer.concat([
  Buffer.from("\x89HDF\r\n\x1a\n", "latin1"),
  Buffer.from(Uint32Array.from({ length: 1_000_000 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer),
]);

export const fetchScenario: Scenario = {
  name: "weights fetch",
  weight: 40,
  open: async (place) => {
    const server = await serveSlowly(content, 4);
    const md5 = createHash("md5").update(content).digest("hex");
    const pace = await runAndKill({ script: child, args: [server.url, place, md5], folder: place }, null);
    if (pace.code !== 0) throw new Error(`the undisturbed download failed: ${pace.output}`);
    return {
      pace,
      begin: async (folder, number) => fetchChain(folder, server.url, number % 2 === 0 ? md5 : ""),
      close: () => server.close(),
    };
  },
};

function fetchChain(folder: string, url: string, md5: string): Chain {
  const entry = entryAt(url, md5);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const start: Start = { script: child, args: [url, folder, md5], folder };
  let told = 0;
  let isTold = false;
  const look = async (output: string): Promise<readonly string[]> => {
    const numbers = [...output.matchAll(/^(\d+)$/gm)].map((match) => Number(match[1]));
    told = Math.max(told, ...numbers);
    isTold ||= /^(fetched|present|replaced) /m.test(output);
    const found = await cachedWeights(entry, folder);
    if (found.state === "ready") return found.sha256 === sha256 ? [] : [`${found.sha256} is believed`];
    if (found.state === "damaged") return [`it is damaged: ${found.reason}`];
    if (isTold) return [`its arrival was told and it is ${found.state}`];
    const kept = found.state === "partial" ? found.bytes : 0;
    return kept < told ? [`${told} bytes had been told, ${kept} are kept`] : [];
  };
  return {
    next: () => start,
    inspect: look,
    conclude: async () => {
      const { code, output } = await runAndKill(start, null);
      if (code !== 0) return [`it does not go on: ${output.slice(-600)}`];
      isTold = true;
      const all = await readdir(join(folder, entry.id));
      // What the taking of a lock left goes when it is a minute old.
      const names = all
        .filter((name) => !name.startsWith(`${lockFileName}.`))
        .sort()
        .join();
      const { size } = await stat(join(folder, entry.id, "weights.h5"));
      return [
        ...(await look(output)),
        ...(size === content.length ? [] : [`it has ${size} bytes`]),
        ...(names === "weights.h5,weights.h5.json" ? [] : [`its folder holds ${names}`]),
      ];
    },
  };
}
