// The training engine's tests with another libtorch than the one in use, whose addon goes into build/native-other:
//
//   PNEUMOSCOPE_LIBTORCH="$(python3 -c 'import torch; print(torch.__path__[0])')" npm run test:libtorch
import { otherEngine } from "./build-other-engine.js";
import { testEngine } from "./engine-tests.js";
import { buildEngine } from "./setup/build-engine.js";
import { failureText } from "./setup/report.js";
import { projectRoot } from "./setup/run-setup.js";

try {
  await buildEngine(projectRoot, otherEngine);
  process.exitCode = await testEngine({ PNEUMOSCOPE_ENGINE: otherEngine });
} catch (thrown) {
  console.error(failureText(thrown));
  process.exitCode = 1;
}
