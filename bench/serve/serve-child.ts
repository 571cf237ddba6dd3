// The process in which startServed has a model served: its arguments are the model and the dist folder of another build.
// It ends with its parent.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [model = "", build = ""] = process.argv.slice(2);
const entry = (name: string): string =>
  build === ""
    ? new URL(`../../src/${name}.js`, import.meta.url).href
    : pathToFileURL(join(build, "src", `${name}.js`)).href;
const { openClassifier } = (await import(entry("inference"))) as typeof import("../../src/inference.js");
const { createServer, listen } = (await import(entry("serve"))) as typeof import("../../src/serve.js");

const classifier = await openClassifier(model, { keepsFile: true });
const app = await createServer(classifier);
// Attackers come from other addresses of the loopback network than good clients.
const address = await listen(app, "0.0.0.0", 0, { authentication: "none" });
process.send?.({ address: address.replace("0.0.0.0", "127.0.0.1"), model: classifier.contract.model });
process.once("disconnect", () => process.exit());
