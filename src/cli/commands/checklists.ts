// `pneumoscope checklists`: what reporting guidelines ask of a run's study, with the author's answers.
import { relative } from "node:path";
import type { Command } from "commander";
import { emptyStudyFile, fillChecklists } from "../../index.js";
import { printJson, printLine, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

const examples = `
CLAIM 2024, TRIPOD+AI and STARD-AI, item by item. "train" writes checklists.html and checklists.json with what the software knows; what it cannot know is
the author's: write it into a YAML file with a line for each topic.

Examples:
  pneumoscope checklists --topics > study.yaml
  pneumoscope checklists runs/custom-sound-2026-11-23-1 --study study.yaml`;

/** Adds the command. */
export function addChecklistsCommand(program: Command, terminal: Terminal): void {
  program
    .command("checklists")
    .argument("[run]", "a run's folder")
    .option("--study <file>", "the author's answers (default: those that were given before)")
    .option("--topics", "print an empty file of answers, with every topic")
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (run: string | undefined, options: ChecklistsOptions, command: Command) => {
      if (options.topics === true) {
        terminal.out.write(emptyStudyFile());
        return;
      }
      if (run === undefined) return command.error("error: a run's folder is missing, or --topics.");
      const filled = await fillChecklists(run, { study: options.study, cwd: terminal.cwd });
      if (options.json === true) return printJson(terminal, filled);
      for (const { title, counts } of filled.checklists) {
        printLine(
          terminal,
          `${title}: ${counts.answered} of ${counts.items} items answered, ${counts.inPart} in part, ${counts.notStated} not stated`,
        );
      }
      printLine(terminal, `Written: ${visible(relative(terminal.cwd, filled.files.page))}`);
    });
}

interface ChecklistsOptions {
  readonly study?: string;
  readonly topics?: true;
  readonly json?: true;
}
