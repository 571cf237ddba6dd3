// The process that is killed while it fetches weights: what `weights fetch` does, from an address on this machine.
import { fetchWeights } from "../../src/interchange/weight-download/pretrained-weights.js";
import { entryAt } from "./served-weights.js";

const [url = "", folder = "", md5 = ""] = process.argv.slice(2);
const entry = entryAt(url, md5);
const { sha256, how } = await fetchWeights(entry.id, {
  folder,
  models: [entry],
  onProgress: (done) => void process.stdout.write(`${done}\n`),
});
process.stdout.write(`${how} ${sha256}\n`);
