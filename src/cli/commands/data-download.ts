// `pneumoscope data download`: a published dataset by its name. Beside `weights fetch` the only command that uses the network.
import type { Command } from "commander";
import {
  type DatasetOrigin,
  type DownloadProgress,
  datasetOrigins,
  downloadDataset,
  type FetchFunction,
  publishedDatasets,
} from "../../index.js";
import { oneOf } from "../options.js";
import { createProgress, type Progress } from "../progress.js";
import { printJson, printLine, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

interface DownloadCommandOptions {
  readonly out: string;
  readonly from: DatasetOrigin;
  readonly cache?: string;
  readonly json?: true;
}

const examples = `
Examples:
  pneumoscope data download kermany
  pneumoscope data download kermany --from kaggle --out /data/chest_xray

Goes on where it stopped. Kaggle takes your own key: KAGGLE_USERNAME and KAGGLE_KEY, or ~/.kaggle/kaggle.json.`;

/** Adds the part to `pneumoscope data`. @param fetch Node.js' own, or a test's. */
export function addDownload(data: Command, terminal: Terminal, fetch: FetchFunction): void {
  const names = publishedDatasets.map(({ name, title }) => `${name} (${title})`).join(", ");
  data
    .command("download")
    .description("Download a published dataset, verified")
    .argument("<dataset>", names)
    .option("--out <folder>", "the new folder", "chest_xray")
    .option("--from <origin>", `where from: ${datasetOrigins.join(", ")}`, oneOf(datasetOrigins), "publisher")
    .option("--cache <folder>", "where archives are kept (default: ~/.cache/pneumoscope/datasets)")
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (name: string, { out, from, cache, json }: DownloadCommandOptions) => {
      const shown = new ShownProgress(terminal);
      const { cwd, env } = terminal;
      const onProgress = (progress: DownloadProgress) => shown.update(progress);
      const place = { cwd, env, cacheFolder: cache };
      const done = await downloadDataset(name, { ...place, out, from, fetch, onProgress }).finally(() =>
        shown.finish(),
      );
      if (json === true) return printJson(terminal, done);
      const what = done.how === "present" ? "were there already" : "downloaded";
      printLine(terminal, `${done.images.toLocaleString("en")} images ${what}: ${visible(done.folder)}`);
      printLine(terminal, `${done.title}, licence ${done.licence}\n${done.citation}`);
      printLine(terminal, `sha256 of the archive: ${done.sha256}${trust[done.verifiedBy]}`);
      if (done.archive !== null)
        printLine(terminal, `The archive stays in ${visible(done.archive)}; it may be deleted.`);
      printLine(terminal, `\nNext: pneumoscope train --data ${visible(out)}`);
    });
}

const trust = {
  publisher: ", as it should be",
  "first fetch": ", which nobody states; from now on it must have it. Its images were compared with known ones",
} as const;

/** One bar for each step. */
class ShownProgress {
  readonly #terminal: Terminal;
  #step: DownloadProgress["step"] | undefined;
  #bar: Progress | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  update({ step, done, total }: DownloadProgress): void {
    const scaled = (n: number) => (step === "download" ? Math.round(n / 1e5) / 10 : n);
    if (step !== this.#step) {
      this.#bar?.finish();
      const [label, unit] = step === "download" ? ["downloading", "MB"] : ["unpacking", "images"];
      this.#bar = createProgress(this.#terminal.err, {
        label,
        total: total === undefined ? undefined : scaled(total),
        unit,
      });
      this.#step = step;
    }
    this.#bar?.update(scaled(done));
  }

  finish(): void {
    this.#bar?.finish();
  }
}
