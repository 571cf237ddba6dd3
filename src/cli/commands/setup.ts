// `pneumoscope setup`: builds the training engine on this machine. Nothing but training needs it.
import type { Command } from "commander";
import { setUpEngine } from "../../index.js";
import { printLine, type Terminal } from "../terminal.js";

const more = `
It needs a C++ compiler and libtorch, and finds or installs both: as root with apt, otherwise libtorch is downloaded to
~/.cache/pneumoscope (PNEUMOSCOPE_CACHE changes that; PNEUMOSCOPE_LIBTORCH names a libtorch that is here). A second
time it only builds what has changed.`;

/** Adds the command. */
export function addSetupCommand(program: Command, terminal: Terminal): void {
  program
    .command("setup")
    .addHelpText("after", more)
    .action(async () => {
      const { addon, libtorch } = await setUpEngine({
        onStep: ({ name, text }) => printLine(terminal, `  ${name.padEnd(9)} ${text}`),
      });
      printLine(terminal, `The training engine is ready: libtorch ${libtorch}, ${addon}`);
    });
}
