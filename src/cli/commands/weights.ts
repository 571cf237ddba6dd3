// `pneumoscope weights`: which pretrained weights there are, and fetching them. Trainings never download by themselves.
import type { Command } from "commander";
import { type FetchFunction, fetchWeights, listWeights, type ModelWeights, weightsFolder } from "../../index.js";
import { groupsHelp, modelsNamed } from "../named-models.js";
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
  const weights = program.command("weights").helpCommand(false);
  const placeOf = ({ cache: folder }: WeightsOptions) => ({ folder, cwd: terminal.cwd, env: terminal.env });
  weights
    .command("list")
    .description("Show every model's pretrained weights and whether they are here")
    .option("--cache <folder>", cacheHelp)
    .option("--json", "print JSON for machines")
    .action((options: WeightsOptions) => list(placeOf(options), options.json === true, terminal));
  weights
    .command("fetch")
    .description("Download pretrained weights from their publishers, verified; goes on where it stopped")
    .argument("<models...>", `models, such as mobilenet; ${groupsHelp}`)
    .option("--cache <folder>", cacheHelp)
    .addHelpText(
      "after",
      "\nExamples:\n  pneumoscope weights fetch mobilenet densenet121\n  pneumoscope weights fetch chexnet --cache /data/weights",
    )
    .action(async (names: readonly string[], options: WeightsOptions) => {
      for (const model of new Set(names.flatMap(withWeights))) {
        await fetchOne(model, { ...placeOf(options), fetch }, terminal);
      }
    });
}

/** Of a group, those that have any. */
function withWeights(name: string): ReturnType<typeof modelsNamed> {
  const named = modelsNamed(name);
  return named.length === 1 ? named : named.filter(({ pretrained }) => pretrained !== null);
}

async function fetchOne(
  { id, pretrained }: ReturnType<typeof modelsNamed>[number],
  options: NonNullable<Parameters<typeof fetchWeights>[1]>,
  terminal: Terminal,
): Promise<void> {
  let progress: ReturnType<typeof createProgress> | undefined;
  const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
  try {
    const { file, bytes, sha256, how } = await fetchWeights(id, {
      ...options,
      onProgress: (done, total) => {
        progress ??= createProgress(terminal.err, {
          label: id,
          total: total === undefined ? undefined : megabytes(total),
          unit: "MB",
        });
        progress.update(megabytes(done));
      },
    });
    progress?.finish();
    const told = checksumTold(pretrained?.checksum ?? null);
    printLine(terminal, `${id}: ${how === "present" ? "already here" : how}, ${megabytes(bytes)} MB, ${told.short}`);
    printLine(terminal, `  ${file}\n  sha256 ${sha256}, kept: from now on the file must have it`);
    if (told.note !== null) printLine(terminal, `  ${told.note}`);
    printLine(terminal, `  ${pretrained?.title} weights, licence ${pretrained?.licence}`);
  } catch (thrown) {
    progress?.finish();
    throw thrown;
  }
}

/** What a publisher's checksum is worth: MD5 and SHA-1 tell accidents, not intentions. */
function checksumTold(checksum: NonNullable<ModelWeights["pretrained"]>["checksum"]): {
  readonly short: string;
  readonly column: string;
  readonly note: string | null;
} {
  const weak = "which tells damage but can be forged; compare the sha256 with somebody else's where that matters";
  const algorithm = checksum?.algorithm;
  switch (algorithm) {
    case "sha256":
      return { short: "sha256 as its publisher states", column: "SHA-256", note: null };
    case "md5":
      return {
        short: "MD5 as its publisher states",
        column: "MD5",
        note: `The publisher states an MD5 alone, ${weak}`,
      };
    case "git-blob":
      return {
        short: "SHA-1 as git states",
        column: "SHA-1",
        note: `The publisher's git states a SHA-1 alone, ${weak}`,
      };
    case undefined:
      return {
        short: "no checksum is published",
        column: "none",
        note: "What HTTPS brought is taken for the publisher's; compare the sha256 with somebody else's where that matters",
      };
    default:
      return algorithm satisfies never;
  }
}

async function list(place: Parameters<typeof weightsFolder>[0], asJson: boolean, terminal: Terminal): Promise<void> {
  const rows = await listWeights(place);
  if (asJson) return printJson(terminal, rows);
  const columns = ["--model", "Weights", "Licence", "Here", "Published checksum", "Source"].map((title) => ({ title }));
  const cells = rows.map(({ model, pretrained, cached }) => {
    const origin = pretrained === null ? "" : new URL(pretrained.url).host;
    const published = pretrained === null ? "" : checksumTold(pretrained.checksum).column;
    return [model, pretrained?.title ?? "random", pretrained?.licence ?? "", stateText(cached), published, origin];
  });
  printLine(terminal, renderTable(columns, cells));
  printLine(terminal, `\nKept in ${weightsFolder(place)}. "pneumoscope weights fetch <model>" downloads and verifies.`);
}

function stateText(cached: ModelWeights["cached"]): string {
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
