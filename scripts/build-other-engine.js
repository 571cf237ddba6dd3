// Builds the training engine's addon with the libtorch that PNEUMOSCOPE_LIBTORCH names, in a folder of its own beside the one in use.
//
//   PNEUMOSCOPE_LIBTORCH=<libtorch> node scripts/build-other-engine.js [folder]
import { resolve } from "node:path";
import { buildEngine } from "./setup/build-engine.js";
import { failureText } from "./setup/report.js";
import { projectRoot } from "./setup/run-setup.js";

/** Where it goes unless told otherwise. */
export const otherEngine = resolve(projectRoot, "build", "native-other");

if (process.argv[1] === import.meta.filename) {
  try {
    await buildEngine(projectRoot, resolve(process.argv[2] ?? otherEngine));
  } catch (thrown) {
    console.error(failureText(thrown));
    process.exitCode = 1;
  }
}
