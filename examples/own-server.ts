// A Fastify application of one's own, with a route of its own, that scores images below /xray.
//
//   npx tsx examples/own-server.ts runs/mine 8080
//   curl -F files=@chest.jpeg http://127.0.0.1:8080/xray/v1/predict
import Fastify from "fastify";
import { openClassifier } from "pneumoscope/inference";
import { describeServed, listen, predictRoutes, stop } from "pneumoscope/serve";

const [model, port = "8080"] = process.argv.slice(2);
if (model === undefined) throw new Error("usage: own-server.ts <model> [port]");

const classifier = await openClassifier(model, { keepsFile: true });
const app = Fastify();
app.get("/", async () => ({ serves: describeServed(classifier).summary.title, at: "/xray/v1/predict" }));
await app.register(predictRoutes(classifier, { page: false }), { prefix: "/xray" });
console.log(await listen(app, "127.0.0.1", Number(port)));

process.once("SIGTERM", async () => {
  await stop(app, 10_000);
  await classifier.dispose();
});
