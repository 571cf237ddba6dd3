import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { madeUpModel } from "../../../test/support/made-up-model.js";
import { models } from "../../index.js";
import { addModelsCommand } from "./models.js";

test("a model that the study does not have says so, in the list and alone", async () => {
  for (const args of [[], ["made-up"]]) {
    const terminal = capturedTerminal({ cwd: process.cwd() });
    const program = new Command();
    addModelsCommand(program, terminal, [...models, madeUpModel]);
    await program.parseAsync(["node", "pneumoscope", "models", ...args]);
    assert.match(
      terminal.outText(),
      args.length === 0 ? /Beyond the study:.*^made-up /ms : /^Study +not in the study$/m,
    );
  }
});
