// The process that attacks, so that the clients whose rate is measured do not wait for it: its arguments are the attack's
// name, the port, the addresses from which it comes, and a JPEG's path. It ends with its parent.
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { attacks } from "./attacks.js";

const [name = "", port = "", from = "", image = ""] = process.argv.slice(2);
const controller = new AbortController();
setMaxListeners(0, controller.signal);
attacks[name]?.begin({
  port: Number(port),
  from: from.split(","),
  image: readFileSync(image),
  signal: controller.signal,
});
process.once("disconnect", () => process.exit());
