// The training engine's tests, and hostile calls of its operators, on an addon built with AddressSanitizer and
// UndefinedBehaviorSanitizer: npm run test:sanitize. A read or write outside a tensor, or an overflow, ends the process
// and so the test. Takes minutes, most of them for the build; `npm test` leaves it out.
import { testEngine } from "./engine-tests.js";
import { failureText } from "./setup/report.js";
import { projectRoot } from "./setup/run-setup.js";
import { provideSanitizedAddon } from "./setup/sanitizers.js";

try {
  process.exitCode = await testEngine(await provideSanitizedAddon(projectRoot));
} catch (thrown) {
  console.error(failureText(thrown));
  process.exitCode = 1;
}
