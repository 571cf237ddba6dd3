// Runs before `npm pack` and `npm publish`: what is packed is built from the sources as they are, and nothing else lies
// beside it. The training engine is no part of the package: `pneumoscope setup` builds it where it is used.
import { buildPageIfChanged } from "./setup/page.js";
import { failureText } from "./setup/report.js";
import { projectRoot } from "./setup/run-setup.js";
import { buildTypes } from "./setup/types.js";

try {
  await buildTypes(projectRoot);
  await buildPageIfChanged(projectRoot);
} catch (thrown) {
  console.error(failureText(thrown));
  process.exitCode = 1;
}
