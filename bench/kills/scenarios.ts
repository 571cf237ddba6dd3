// Every command that is killed.
import { compareScenario } from "./compare.js";
import { dataScenario } from "./data.js";
import { fetchScenario } from "./fetch.js";
import type { Scenario } from "./scenario.js";
import { serveScenario } from "./serve.js";
import { trainScenario } from "./train.js";

export const scenarios: readonly Scenario[] = [
  trainScenario,
  compareScenario,
  fetchScenario,
  dataScenario,
  serveScenario,
];
