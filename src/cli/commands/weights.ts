// `pneumoscope weights`: which pretrained weights there are, and fetching them. Trainings never download by themselves.
import { resolve } from "node:path";
import type { Command } from "commander";
import type { FetchFunction } from "../../interchange/weight-download/download-part.js";
import {
  type CachedWeights,
  cachedWeights,
  fetchPretrained,
  weightsCacheFolder,
} from "../../interchange/weight-download/pretrained-cache.js";
import { findModel, zoo } from "../../model/zoo/registry.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import { createProgress } from "../progress.js";
import { renderTable } from "../table.js";
import { printJson, printLine, type Terminal } from "../terminal.js";

interface WeightsOptions {
  readonly cache?: string;
  readonly json?: true;
}

const cacheHelp = "where weights are kept (default: ~/.cache/pneumoscope/weights)";

/** Adds the commands. @param fetch Node.js' own, or a test's. */
export function addWeightsCommand(program: Command, terminal: Terminal, fetch: FetchFunction = globalThis.fetch): void {
  const weights = program
    .command("weights")
    .description("List and fetch the pretrained weights that models start from")
    .helpCommand(false);
  const cacheFolder = ({ cache }: WeightsOptions): string =>
    cache === undefined ? weightsCacheFolder(terminal.env) : resolve(terminal.cwd, cache);
  weights
    .command("list")
    .description("Show every model's pretrained weights and whether they are here")
    .option("--cache <folder>", cacheHelp)
    .option("--json", "print JSON for machines")
    .action((options: WeightsOptions) => list(cacheFolder(options), options.json === true, terminal));
  weights
    .command("fetch")
    .description("Download pretrained weights from their publishers, verified; goes on where it stopped")
    .argument("<models...>", 'models, such as mobilenet; "all" for every one')
    .option("--cache <folder>", cacheHelp)
    .addHelpText(
      "after",
      "\nExamples:\n  pneumoscope weights fetch mobilenet densenet121\n  pneumoscope weights fetch chexnet --cache /data/weights",
    )
    .action(async (models: readonly string[], options: WeightsOptions) => {
      for (const entry of new Set(models.flatMap(modelsNamed)))
        await fetchOne(entry, cacheFolder(options), terminal, fetch);
    });
}

const modelsNamed = (name: string): readonly ZooEntry[] =>
  name.toLowerCase() === "all" ? zoo.filter(({ pretrained }) => pretrained !== null) : [findModel(name)];

async function fetchOne(entry: ZooEntry, cacheFolder: string, terminal: Terminal, fetch: FetchFunction): Promise<void> {
  let progress: ReturnType<typeof createProgress> | undefined;
  const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
  try {
    const { file, bytes, sha256, how, verifiedBy } = await fetchPretrained({
      entry,
      cacheFolder,
      fetch,
      onProgress: (done, total) => {
        progress ??= createProgress(terminal.err, {
          label: entry.id,
          total: total === undefined ? undefined : megabytes(total),
          unit: "MB",
        });
        progress.update(megabytes(done));
      },
    });
    progress?.finish();
    const verified = verifiedBy === "publisher" ? "as its publisher states" : "as first fetched (none is published)";
    printLine(
      terminal,
      `${entry.id}: ${how === "present" ? "already here" : how}, ${megabytes(bytes)} MB, checksum ${verified}`,
    );
    printLine(
      terminal,
      `  ${file}\n  sha256 ${sha256}\n  ${entry.pretrained?.title} weights, licence ${entry.pretrained?.licence}`,
    );
  } catch (thrown) {
    progress?.finish();
    throw thrown;
  }
}

async function list(cacheFolder: string, asJson: boolean, terminal: Terminal): Promise<void> {
  const rows = [];
  for (const entry of zoo) {
    const cached = entry.pretrained === null ? null : await cachedWeights(entry, cacheFolder);
    rows.push({ entry, cached });
  }
  if (asJson) {
    printJson(
      terminal,
      rows.map(({ entry, cached }) => ({ model: entry.id, pretrained: entry.pretrained, cached })),
    );
    return;
  }
  const columns = ["--model", "Weights", "Licence", "Here", "Source"].map((title) => ({ title }));
  const cells = rows.map(({ entry: { id, pretrained }, cached }) => {
    const origin = pretrained === null ? "" : new URL(pretrained.url).host;
    return [id, pretrained?.title ?? "random", pretrained?.licence ?? "", stateText(cached), origin];
  });
  printLine(terminal, renderTable(columns, cells));
  printLine(terminal, `\nKept in ${cacheFolder}. "pneumoscope weights fetch <model>" downloads and verifies.`);
}

function stateText(cached: CachedWeights | null): string {
  switch (cached?.state) {
    case undefined:
      return "needs none";
    case "absent":
      return "no";
    case "partial":
      return `${(cached.bytes / 1e6).toFixed(1)} MB of it`;
    case "damaged":
      return "damaged";
    case "ready":
      return `yes, ${(cached.bytes / 1e6).toFixed(1)} MB`;
    default:
      return cached satisfies undefined;
  }
}
