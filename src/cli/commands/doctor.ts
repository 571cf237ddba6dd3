// `pneumoscope doctor`: what was found on this machine, what is missing, and the command that mends it.
import type { Command } from "commander";
import { AppError, examineMachine, type Finding } from "../../index.js";
import { printJson, printLine, type Terminal } from "../terminal.js";

const marks: Readonly<Record<Finding["verdict"], string>> = { ok: "ok", slow: "slow", missing: "MISSING" };

/** Adds the command. */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .description("Show what was found on this machine, what is missing and how to mend it")
    .option("--json", "print JSON for machines")
    .action(async (options: { json?: true }) => {
      const { findings, ...facts } = await examineMachine();
      if (options.json === true) printJson(terminal, { ...facts, findings });
      else for (const line of findingLines(findings)) printLine(terminal, line);

      const missing = findings.filter((finding) => finding.verdict === "missing");
      if (missing.length > 0) {
        const names = missing.map((finding) => finding.name).join(", ");
        const fixes = missing.map((finding) => finding.fix).join("; ");
        throw new AppError("MACHINE_NOT_READY", {
          place: "this machine",
          rule: "everything should be there",
          received: `one without: ${names}`,
          remedy: `Run: ${fixes}`,
        });
      }
    });
}

/** One line per finding, and the remedy under it where there is one. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  const lines = findings.flatMap(({ name, verdict, found, fix }) => {
    const line = `${marks[verdict].padEnd(8)} ${name.padEnd(12)} ${found}`;
    return fix === undefined ? [line] : [line, `${" ".repeat(22)}what to do: ${fix}`];
  });
  const open = findings.filter((finding) => finding.verdict !== "ok").length;
  return [
    ...lines,
    "",
    open === 0 ? "Everything is there." : `${open} of ${findings.length} can be better: see above.`,
  ];
}
