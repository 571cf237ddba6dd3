// `pneumoscope doctor`: what was found on this machine, what can be done with it, what is missing, and the command that mends it.
import type { Command } from "commander";
import { AppError, examineMachine, type Finding, listWeights, type ModelWeights } from "../../index.js";
import { printJson, printLine, type Terminal } from "../terminal.js";

const marks: Readonly<Record<Finding["verdict"], string>> = { ok: "ok", slow: "slow", missing: "MISSING" };

/** Adds the command. */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .option("--json", "print JSON for machines")
    .action(async (options: { json?: true }) => {
      const { findings, ...facts } = await examineMachine();
      const weights = await listWeights({ cwd: terminal.cwd, env: terminal.env });
      if (options.json === true) printJson(terminal, { ...facts, findings, weights });
      else for (const line of [...findingLines(findings), ...useLines(findings, weights)]) printLine(terminal, line);

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
  return [...lines, ""];
}

/** What all that was found is enough for: using models, and training each of them. */
export function useLines(findings: readonly Finding[], weights: readonly ModelWeights[]): readonly string[] {
  const lacks = (use: Finding["neededFor"]) =>
    findings.filter(({ verdict, neededFor }) => verdict === "missing" && neededFor === use).map(({ name }) => name);
  const [usingLacks, trainingLacks] = [lacks("using"), lacks("training")];
  const isReady = ({ cached }: ModelWeights) => cached === null || cached.state === "ready";
  const names = (rows: readonly ModelWeights[]) => rows.map(({ model }) => model).join(", ");
  const ready = weights.filter(isReady);
  const absent = weights.filter((row) => !isReady(row));
  const using = usingLacks.length === 0 ? "ready" : `not before this is there: ${usingLacks.join(", ")}`;
  const training =
    trainingLacks.length === 0 ? `ready for ${names(ready)}` : `not before this is there: ${trainingLacks.join(", ")}`;
  const lines = [
    `Using a trained model (predict, explain, evaluate, export, serve): ${using}.`,
    `Training: ${training}.`,
  ];
  if (absent.length === 0) return lines;
  return [
    ...lines,
    `Published weights are not here for: ${names(absent)}.`,
    `${" ".repeat(22)}what to do: pneumoscope weights fetch <model>, or train with --weights <file> or none`,
  ];
}
