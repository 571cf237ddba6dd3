// The page under "/": the built web page where it is there, else a few words on how to build it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { researchUse } from "./model-facts.js";

const placeholder = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Pneumoscope</title>
<h1>Pneumoscope</h1>
<p>${researchUse}</p>
<p>The API runs: <a href="/openapi.json">its description</a>, <a href="/v1/model">the model</a>.</p>
<p>The page is not built here. Run <code>npm run setup</code> in the checkout and start the server again.</p>
</html>
`;

/** @param folder the built page, with an index.html; its files are served and nothing outside it */
export async function addPage(app: FastifyInstance, folder: string | undefined): Promise<void> {
  if (folder === undefined || !existsSync(join(folder, "index.html"))) {
    app.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").send(placeholder));
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: true,
    dotfiles: "ignore",
    cacheControl: false,
    setHeaders: (response, path) => {
      // Built files carry a hash of their content in their name; the others are asked for again each time.
      const isHashed = /[/\\]assets[/\\]/.test(path);
      response.setHeader("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}
