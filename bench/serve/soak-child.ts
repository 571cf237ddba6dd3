// The neighbours of the good clients in a soak, in a process of their own: its arguments are "bad" or "hanging", the port, the
// address from which it asks, and a JPEG's path. The bad ones send damaged images and requests that are none, and tell their
// parent each status; the hanging ones hold on. It ends with its parent.
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { Random } from "../../src/core/random.js";
import { attacks } from "./attacks.js";

const types = ["image/jpeg", "image/png", "application/dicom", "multipart/form-data; boundary=b", "text/html"];
const [role = "", port = "", from = "", imagePath = ""] = process.argv.slice(2);
const image = readFileSync(imagePath);
process.once("disconnect", () => process.exit());
if (role === "bad") await badClients();
else hang();

function hang(): void {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  for (const attack of Object.values(attacks).filter(({ isQuiet }) => isQuiet === true)) {
    attack.begin({ port: Number(port), from: [from], image, signal: controller.signal, count: 4 });
  }
}

/** Ten a second. */
async function badClients(): Promise<void> {
  const random = Random.of("soak", String(process.pid));
  const agent = new Agent({ keepAlive: true, maxSockets: 4, localAddress: from });
  for (let i = 0; ; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.send?.(await ask(agent, i, random));
  }
}

function ask(agent: Agent, i: number, random: Random): Promise<string> {
  const at = (limit: number) => Math.floor(random.uniform(0, limit));
  const damaged = Buffer.from(i % 3 === 0 ? image.subarray(0, at(image.length)) : image);
  for (let change = 0; change < 1 + (i % 8); change++) damaged[at(Math.max(1, damaged.length))] = at(256);
  const path = i % 11 === 0 ? "/v1/nothing" : i % 7 === 0 ? "/v1/predict?heatmap=wrong" : "/v1/predict";
  return new Promise((resolve) => {
    const headers = { "content-type": types[i % types.length], "content-length": damaged.length };
    const options = { port: Number(port), host: "127.0.0.1", path, method: "POST", agent, headers };
    const sent = request(options, (reply) => {
      reply.on("error", () => resolve("cut off"));
      reply.resume().on("end", () => resolve(String(reply.statusCode)));
    });
    sent.on("error", () => resolve("no answer"));
    sent.end(damaged);
  });
}
