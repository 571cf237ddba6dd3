// The page under "/": the built web page where it is there, else a few words on how to build it.
import { createReadStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic, { type FastifyStaticOptions } from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { researchUse } from "../core/research-use.js";
import { isOpen } from "./open-routes.js";

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
  app.get("/page.json", async (_request, reply) => reply.send(settings));
  addDocument(app, "/report.html", report);
  addDocument(app, "/comparison.html", comparison);
  if (page === undefined || !existsSync(join(page, "index.html"))) {
    app.get("/", { config: isOpen }, async (_request, reply) =>
      reply.type("text/html; charset=utf-8").send(placeholder),
    );
    return;
  }
  await app.register(async (shell) => {
    shell.addHook("onRoute", (route) => {
      route.config = { ...route.config, ...isOpen };
    });
    await shell.register(fastifyStatic, staticOptions(page));
  });
}

function staticOptions(page: string): FastifyStaticOptions {
  return {
    root: page,
    wildcard: true,
    dotfiles: "ignore",
    cacheControl: false,
    setHeaders: (response, path) => {
      // Built files carry a hash of their content in their name; the others are asked for again each time.
      const isHashed = /[/\\]assets[/\\]/.test(path);
      response.setHeader("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  };
}

/** A report brings its styles and figures inside itself, and no scripts. */
const documentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

function addDocument(app: FastifyInstance, url: string, path: string | undefined): void {
  app.get(url, async (_request, reply) => {
    const about = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path === undefined || about?.isFile() !== true) return reply.callNotFound();
    reply.headers({ "content-security-policy": documentPolicy, "content-length": about.size });
    return reply.type("text/html; charset=utf-8").send(createReadStream(path, { end: Math.max(0, about.size - 1) }));
  });
}
