// Builds the page and the library for browsers into dist/web: Vite bundles web/, Rolldown
// src/browser.ts, the compiled sources draw the example phantoms, and the service worker gets the list of files to keep. dist/src must have been compiled before.
import { join } from "node:path";
import { buildPage } from "./web/build-page.js";

await buildPage(join(import.meta.dirname, ".."));
