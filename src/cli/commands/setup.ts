// `pneumoscope setup`: builds the training engine on this machine. Nothing but training needs it.
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { type InstallRequest, setUpEngine } from "../../index.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { visibleLines } from "../visible.js";

const more = `
It needs a C++ compiler and libtorch, and finds or installs both: as root with apt; through sudo with apt after asking
(--yes, or PNEUMOSCOPE_SETUP_YES=1, answers); otherwise libtorch is downloaded to ~/.cache/pneumoscope (PNEUMOSCOPE_CACHE
changes that; PNEUMOSCOPE_LIBTORCH names a libtorch that is here). A second time it only builds what has changed.`;

/** A no where nobody can answer, and the set-up's own message says what to do then. */
async function askOnTerminal({ packages, purpose }: InstallRequest, terminal: Terminal): Promise<boolean> {
  const question = `sudo apt-get install ${packages.join(" ")}: needed for ${purpose}. Install?`;
  if (terminal.input?.isTTY !== true || terminal.out.isTTY !== true) {
    printNote(terminal, `Not asked, for want of a terminal: ${question}`);
    return false;
  }
  const lines = createInterface({ input: terminal.input, output: terminal.out });
  try {
    return /^y(es)?$/i.test((await lines.question(`${visibleLines(question)} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

/** Adds the command. */
export function addSetupCommand(program: Command, terminal: Terminal): void {
  program
    .command("setup")
    .option("--yes", "install system packages through sudo without asking")
    .addHelpText("after", more)
    .action(async ({ yes = false }: { readonly yes?: boolean }) => {
      const { addon, libtorch } = await setUpEngine({
        onStep: ({ name, text }) => printLine(terminal, `  ${name.padEnd(9)} ${text}`),
        mayInstall: async (request) => yes || askOnTerminal(request, terminal),
      });
      printLine(terminal, `The training engine is ready: libtorch ${libtorch}, ${addon}`);
    });
}
