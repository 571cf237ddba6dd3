// The routes that tell, the page and the model file, and that the OpenAPI document is valid and says what there is.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { FastifyInstance } from "fastify";
import { brightnessScore } from "../../test/support/brightness-model.js";
import { assertDescribed } from "../../test/support/described-answer.js";
import {
  brightnessModel,
  brightnessServer,
  flatPng,
  multipart,
  predict,
  servedContract,
} from "../../test/support/served-brightness.js";
import { describeReference } from "../evaluation/shift/describe-reference.js";
import { imageTraits } from "../images/appearance.js";
import type { AnsweredRequest } from "./create-server.js";

let app: FastifyInstance;
const logged: AnsweredRequest[] = [];
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-page-"));

const get = (url: string, headers: Record<string, string> = {}, server = app) =>
  server.inject({ url, headers: { host: "localhost", ...headers } });

before(async () => {
  mkdirSync(join(folder, "page", "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "not for the page");
  writeFileSync(join(folder, "page", "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "page", ".hidden"), "hidden");
  writeFileSync(join(folder, "page", "assets", "ort-1a2b.wasm"), "wasm");
  app = await brightnessServer({ page: join(folder, "page"), onRequest: (request) => logged.push(request) });
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

interface Operation {
  readonly operationId: string;
}

/** "GET /health" and so on, from the framework's drawing of its tree: four characters per level, pieces of paths. */
function routesOf(tree: string): string[] {
  const above: string[] = [];
  return tree.split("\n").flatMap((line) => {
    const found = /^((?:│ {3}| {4})*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line);
    if (found === null) return [];
    const [, indent = "", piece = "", methods] = found;
    const level = indent.length / 4;
    above.splice(level, above.length, piece);
    const own = (methods ?? "").split(", ").filter((method) => method !== "" && method !== "HEAD");
    return own.map((method) => `${method} ${above.join("")}`);
  });
}

test("the document is valid OpenAPI 3.1 and has exactly the server's routes", async () => {
  const reply = await get("/openapi.json");
  const document = reply.json();
  const result = await new Validator().validate(document);
  assert.ok(result.valid, JSON.stringify(result.errors));
  const paths = document.paths as Record<string, Record<string, Operation>>;
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ path, method: method.toUpperCase() })),
  );
  const other = await brightnessServer();
  const served = routesOf(other.printRoutes({ commonPrefix: false }));
  assert.deepEqual(served.sort(), described.map(({ path, method }) => `${method} ${path}`).sort());
  await other.close();
});

test("model, versions and health are as described", async () => {
  const model = await get("/v1/model");
  const { contract, hasContract, id } = model.json();
  assert.deepEqual([contract, hasContract, id], [servedContract, true, "custom-0123456789ab"]);
  assert.equal((await get("/v1/version")).json().version, "1.2.3");
  for (const path of [
    "/v1/model",
    "/v1/version",
    "/health",
    "/health/live",
    "/health/ready",
    "/openapi.json",
    "/metrics",
    "/",
  ]) {
    const reply = await get(path);
    assert.equal(reply.statusCode, 200, path);
    assertDescribed(reply, "get", path);
    assert.equal(reply.headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(reply.headers["cross-origin-embedder-policy"], "require-corp");
    assert.match(
      String(reply.headers["content-security-policy"]),
      /default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/,
    );
  }
});

test("metrics count requests and images by route and outcome", async () => {
  await predict(app, { payload: await flatPng(230), headers: { "content-type": "image/png" } });
  await predict(app, { payload: Buffer.from("Jane Doe"), headers: { "content-type": "image/png" } });
  await get("/jane-doe.png");
  await new Promise((resolve) => setTimeout(resolve, 1001)); // what another test asked for is given out for a second
  const { body } = await get("/metrics");
  const lines = body.split("\n");
  for (const line of [
    'pneumoscope_images_total{outcome="PNEUMONIA"} 1',
    'pneumoscope_images_total{outcome="IMAGE_UNREADABLE"} 1',
    'pneumoscope_requests_total{method="POST",route="/v1/predict",status="422"} 1',
    "pneumoscope_batch_images_count 1",
    "pneumoscope_waiting_images 0",
    "pneumoscope_held_bytes 0",
  ]) {
    assert.ok(lines.includes(line), `${line}\n${body}`);
  }
  assert.ok(!/jane/i.test(body));
});

test("what is logged of a request holds nothing that the client sent; the answer carries its id", async () => {
  const own = "Jane-Doe-1970";
  const reply = await get("/patients/jane-doe?name=jane", { "x-request-id": own });
  const again = await get("/health", { "x-request-id": own });
  const id = reply.headers["x-request-id"];
  assert.match(String(id), /^[0-9a-f]{16}$/);
  assert.equal(again.headers["x-request-id"], id);
  assert.notEqual((await get("/health")).headers["x-request-id"], id);
  assert.equal(logged.at(-2)?.id, id);
  assert.equal(logged.at(-3)?.status, 404);
  assert.ok(!/jane/i.test(JSON.stringify(logged)));
});

test("the model file is fetched once: entity tag, 304, and its own type", async () => {
  const reply = await get("/model.onnx");
  assertDescribed(reply, "get", "/model.onnx");
  assert.deepEqual([reply.body, reply.headers["content-length"]], ["the model's bytes", "17"]);
  const tag = String(reply.headers.etag);
  for (const value of [tag, `"x", W/${tag}`, "*"]) {
    const known = await get("/model.onnx", { "if-none-match": value });
    assert.deepEqual([known.statusCode, known.body], [304, ""]);
  }
  assert.equal((await get("/model.onnx", { "if-none-match": '"other"' })).statusCode, 200);
});

test("a run's report is linked and shown, with a policy that lets it have its styles", async () => {
  const report = join(folder, "my-report.html");
  writeFileSync(report, "<title>report</title>");
  const other = await brightnessServer({ report });
  assert.deepEqual((await get("/page.json", {}, other)).json(), {
    model: "model.onnx",
    report: "report.html",
    comparison: null,
  });
  const reply = await get("/report.html", {}, other);
  assertDescribed(reply, "get", "/report.html");
  assert.match(reply.body, /<title>report/);
  assert.match(String(reply.headers["content-security-policy"]), /^default-src 'none'; style-src 'unsafe-inline';/);
  const absent = await get("/comparison.html", {}, other);
  assertDescribed(absent, "get", "/comparison.html");
  assert.equal(absent.json().code, "REQUEST_UNKNOWN");
  await other.close();
});

test("the page's files are served with their caching, and nothing outside its folder", async () => {
  const page = await get("/");
  assert.match(page.body, /<title>page/);
  assert.equal(page.headers["cache-control"], "no-cache");
  const asset = await get("/assets/ort-1a2b.wasm");
  assert.deepEqual(
    [asset.headers["content-type"], asset.headers["cache-control"]],
    ["application/wasm", "public, max-age=31536000, immutable"],
  );
  const escapes = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/../../secret.txt",
    "/..%5csecret.txt",
    "/.hidden",
    "/assets/",
    "/%00",
    "/%zz",
    "//localhost/secret.txt",
  ];
  for (const url of escapes) {
    const reply = await get(url);
    assert.ok([400, 403, 404].includes(reply.statusCode), `${url}: ${reply.statusCode} ${reply.body}`);
    assert.match(String(reply.headers["content-type"]), /^application\/problem\+json/, url);
    assert.ok(!reply.body.includes("not for the page") && !reply.body.includes(folder), url);
  }
});

test("without a built page there is a small one that says how to build it", async () => {
  const other = await brightnessServer({ page: join(folder, "absent") });
  assert.match((await get("/", {}, other)).body, /not built here/);
  await other.close();
});

test("unknown paths and methods are problems", async () => {
  const unknown = await get("/v2/predict");
  assert.deepEqual([unknown.statusCode, unknown.json().code], [404, "REQUEST_UNKNOWN"]);
  const method = await get("/v1/predict");
  assert.deepEqual([method.statusCode, method.json().code, method.headers.allow], [405, "REQUEST_UNKNOWN", "POST"]);
  assert.equal((await get("/:(")).statusCode, 404);
  const foreign = await get("/v1/model", { host: "evil.example" });
  assert.deepEqual([foreign.statusCode, foreign.json().code], [403, "REQUEST_REFUSED"]);
});

test("metrics say whether the last images are like those that the threshold was set on", async () => {
  const images = Array.from({ length: 60 }, (_, i) => {
    const grey = 140 + i;
    const size = { width: 40, height: 40 };
    const seen = { width: 32, height: 32, data: new Uint8Array(32 * 32).fill(grey) };
    return { score: brightnessScore(grey), traits: imageTraits(seen, size), patient: null };
  });
  const contract = { ...servedContract, reference: describeReference(images, "validation") };
  const other = await brightnessServer({ model: { ...brightnessModel, contract } });
  const send = async (...greys: readonly number[]) => {
    const files = await Promise.all(greys.map(async (grey, i) => [`${i}.png`, await flatPng(grey)] as const));
    assert.equal((await predict(other, await multipart(files))).statusCode, 200);
  };
  const metric = async (name: string) => {
    await new Promise((resolve) => setTimeout(resolve, 1001)); // a text is given out for a second
    const { body } = await other.inject({ url: "/metrics", headers: { host: "localhost" } });
    return new RegExp(`^pneumoscope_shift_${name} (.*)$`, "m").exec(body)?.[1];
  };
  await send(...Array.from({ length: 12 }, (_, i) => 140 + 5 * i));
  assert.equal(await metric("alarm"), "Nan", "of 12 images nothing is said");
  await send(...Array.from({ length: 12 }, (_, i) => 142 + 5 * i));
  assert.equal(await metric("alarm"), "0");
  for (let i = 0; i < 3; i++) await send(...Array.from({ length: 16 }, (_, k) => 20 + 3 * k));
  assert.equal(await metric("alarm"), "1");
  assert.equal(await metric("images"), "72");
  assert.match((await metric('distance\\{of="score"\\}')) ?? "", /^0\.\d+$/);
  assert.equal(/shift/.test((await get("/metrics")).body), false, "a model that does not say raises no alarm");
  await other.close();
});
