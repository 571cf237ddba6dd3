// Rows of JSON lines as CSV with the best of PyTorch's settings beside each of ours: node dist/bench/gpu/to-csv.js <file>
import { readFileSync } from "node:fs";
import { stringify } from "csv-stringify/sync";

interface Figure {
  readonly who: string;
  readonly model: string;
  readonly work: string;
  readonly setting: string;
  readonly batch: number;
  readonly per_second: number;
}

const [file = "rows.jsonl"] = process.argv.slice(2);
const figures = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line) as Figure);

/** Of PyTorch's eager settings at the same work. */
function bestEager({ model, work, batch }: Figure): number {
  const peers = figures.filter((other) => other.who === "PyTorch" && !other.setting.includes("+"));
  const same = peers.filter((other) => other.model === model && other.work === work && other.batch === batch);
  return Math.max(...same.map(({ per_second }) => per_second));
}

const rows = figures.map((figure) => {
  const best = bestEager(figure);
  return { ...figure, to_pytorch_best_eager: best > 0 ? (figure.per_second / best).toFixed(3) : "" };
});
process.stdout.write(stringify(rows, { header: true }));
