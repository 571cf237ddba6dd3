// Chromium for the tests of the page, from Debian's packages. It is no part of set-up: only `npm test` asks for it, and
// where it cannot be installed those tests skip and say why.
import { existsSync } from "node:fs";
import { mayInstall } from "./consent.js";
import { failureText } from "./report.js";
import { aptCandidate, aptInstall, aptPrefix } from "./system-packages.js";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Installs it where there is none and apt has it. Failing is told, and is no reason to run no tests. */
export async function provideChromium() {
  if (process.env.PNEUMOSCOPE_CHROMIUM !== undefined || places.some((path) => existsSync(path))) return;
  const prefix = await aptPrefix();
  const [packages, purpose] = [["chromium"], "the tests of the page"];
  if (prefix === undefined || !(await mayInstall({ packages, purpose }, prefix))) return;
  if ((await aptCandidate("chromium", prefix)) === undefined) return;
  try {
    await aptInstall(packages, purpose, prefix);
  } catch (thrown) {
    console.error(failureText(thrown));
  }
}
