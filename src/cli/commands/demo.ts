// `pneumoscope demo`: the whole way from images to report on synthetic phantoms, for a first look without any data.
import { join } from "node:path";
import type { Command } from "commander";
import { makePhantoms, type PhantomCounts, train } from "../../index.js";
import { createProgress } from "../progress.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { runTraining } from "../training/run-training.js";

/** Enough for a network to beat the thumbnail floor clearly, few enough for minutes on two cores. */
const counts: PhantomCounts = {
  train: { normal: 400, pneumonia: 600 },
  val: { normal: 8, pneumonia: 8 },
  test: { normal: 80, pneumonia: 120 },
};
const seed = 1;
const settings = { seed, epochs: 10, batch: 8, imageSize: 112, interpolation: "area", precision: "float32" } as const;

const introduction = `Pneumoscope demo: draws synthetic chest phantoms, trains the study's custom CNN on them, evaluates it and writes
a report. It takes a few minutes. Phantoms show no patients; nothing measured here says anything about patients.
`;

/** Adds the command. */
export function addDemoCommand(program: Command, terminal: Terminal): void {
  program.command("demo").action(async () => {
    printNote(terminal, introduction);
    const data = join("runs", "demo-phantoms");
    await draw(data, terminal);
    await runTraining(terminal, (run) => train({ ...settings, data }, { ...run, runs: "runs", name: "demo" }));
    printLine(
      terminal,
      '\nNext: "npx pneumoscope train --data <folder>" with real radiographs; the README says where to get them.',
    );
  });
}

async function draw(folder: string, terminal: Terminal): Promise<void> {
  const total = Object.values(counts).reduce((sum, { normal, pneumonia }) => sum + normal + pneumonia, 0);
  const progress = createProgress(terminal.err, { label: "Drawing phantoms", total, unit: "images" });
  const onProgress = ({ done }: { readonly done: number }) => progress.update(done);
  const { cwd } = terminal;
  const made = await makePhantoms(folder, { counts, seed, onProgress, cwd }).catch((thrown: unknown) => {
    progress.finish();
    throw thrown;
  });
  progress.finish(`${total} phantoms ${made.reused ? "are already" : "drawn"} in ${folder}`);
}
