// The page under "/": the built web page where it is there, else a few words on how to build it.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { researchUse } from "../core/research-use.js";

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

export interface PageParts {
  /** Folder of the built page, with an index.html; its files are served and nothing outside it. */
  readonly page?: string | undefined;
  /** A run's report and a comparison, as files that hold all they need. */
  readonly report?: string | undefined;
  readonly comparison?: string | undefined;
}

export async function addPage(app: FastifyInstance, parts: PageParts): Promise<void> {
  const { page, report, comparison } = parts;
  const settings = {
    model: "model.onnx",
    report: report === undefined ? null : "report.html",
    comparison: comparison === undefined ? null : "comparison.html",
  };
  app.get("/page.json", async (_request, reply) => reply.header("cache-control", "no-cache").send(settings));
  addDocument(app, "/report.html", report);
  addDocument(app, "/comparison.html", comparison);
  if (page === undefined || !existsSync(join(page, "index.html"))) {
    app.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").send(placeholder));
    return;
  }
  await app.register(fastifyStatic, {
    root: page,
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

/** A report brings its styles and figures inside itself, and no scripts. */
const documentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

function addDocument(app: FastifyInstance, url: string, path: string | undefined): void {
  app.get(url, async (_request, reply) => {
    if (path === undefined || !existsSync(path)) return reply.callNotFound();
    reply.headers({ "content-security-policy": documentPolicy, "cache-control": "no-cache" });
    return reply.type("text/html; charset=utf-8").send(await readFile(path));
  });
}
