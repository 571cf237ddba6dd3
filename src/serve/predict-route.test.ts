// POST /v1/predict without a socket: answers worked out by hand, bad images and bad requests.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { FastifyInstance } from "fastify";
import sharp from "sharp";
import { brightnessScore } from "../../test/support/brightness-model.js";
import { assertDescribed } from "../../test/support/described-answer.js";
import { manyScansJpeg } from "../../test/support/hostile-pictures.js";
import {
  brightnessAnswer,
  brightnessModel,
  brightnessServer,
  flatPng,
  multipart,
  predict,
  servedContract,
} from "../../test/support/served-brightness.js";
import { AppError } from "../core/errors.js";

let app: FastifyInstance;
const png = { "content-type": "image/png" };
const bright = await flatPng(230);
const dark = await flatPng(20);

before(async () => {
  app = await brightnessServer();
});
after(() => app.close());

test("one image as the body: score, label, threshold, model", async () => {
  const reply = await predict(app, { payload: bright, headers: png });
  assert.equal(reply.statusCode, 200, reply.body);
  assertDescribed(reply, "post", "/v1/predict");
  const { model, threshold, results, intendedUse } = reply.json();
  assert.deepEqual(model, { id: "custom-0123456789ab", name: "custom", title: "Brightness" });
  const { score, scope, ...rest } = results[0];
  assert.ok(Math.abs(score - brightnessScore(230)) < 1e-6);
  assert.deepEqual(rest, { name: "image-1", label: "PNEUMONIA", warnings: [] });
  assert.equal(scope.findings[0].code, "LOW_CONTRAST"); // it is all of one grey
  assert.deepEqual(threshold, { ...servedContract.threshold, measured: servedContract.operation[0] });
  assert.match(intendedUse, /not a medical device/);
  assert.equal(reply.headers["cache-control"], "no-store");
  assert.equal(reply.headers["x-content-type-options"], "nosniff");
});

test("many files, one entry each in order; a bad one is named and the rest goes on", async () => {
  const jpeg = await sharp(Buffer.from(await flatPng(230, 400)))
    .jpeg()
    .toBuffer();
  const files: [string, Uint8Array | string][] = [
    ["1-dark.png", dark],
    ["../2-text.jpeg", "a letter, not an image"],
    ["3-bright.png", bright],
    ["4-empty.png", ""],
    ["5-cut.jpg", jpeg.subarray(0, jpeg.length / 2)],
    ["6-point.png", await flatPng(1, 1)],
    ["7-really-jpeg.png", jpeg],
  ];
  const reply = await predict(app, await multipart(files));
  assert.equal(reply.statusCode, 200, reply.body);
  assertDescribed(reply, "post", "/v1/predict");
  const results: { name: string; label?: string; error?: { code: string; detail: string } }[] = reply.json().results;
  assert.deepEqual(
    results.map(({ name, label, error }) => [name, label ?? error?.code]),
    [
      ["1-dark.png", "NORMAL"],
      ["2-text.jpeg", "IMAGE_UNREADABLE"],
      ["3-bright.png", "PNEUMONIA"],
      ["4-empty.png", "IMAGE_UNREADABLE"],
      ["5-cut.jpg", "IMAGE_TRUNCATED"],
      ["6-point.png", "IMAGE_TOO_SMALL"],
      ["7-really-jpeg.png", "PNEUMONIA"],
    ],
  );
  assert.match(results[1]?.error?.detail ?? "", /^2-text\.jpeg: must be/);
});

test("heat maps as values and as a PNG are those of PNEUMONIA", async () => {
  const values = await predict(app, { payload: dark, headers: png, query: "?heatmap=values" });
  assertDescribed(values, "post", "/v1/predict");
  const { heatmap } = values.json().results[0];
  assert.deepEqual(heatmap, { class: "PNEUMONIA", height: 2, width: 2, values: [1, 0.1235, 0, 0] });
  const image = await predict(app, { payload: dark, headers: png, query: "?heatmap=png" });
  assertDescribed(image, "post", "/v1/predict");
  const map = image.json().results[0].heatmap;
  const { data, info } = await sharp(Buffer.from(map.png, "base64")).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([map.height, map.width, info.height, info.width], [32, 32, 32, 32]);
  assert.deepEqual([data[0], data.at(-info.channels)], [255, 0]);
});

test("a heat map is for the class asked for: by name, or the one that was called", async () => {
  const mapOf = async (payload: Uint8Array, wanted: string) => {
    const reply = await predict(app, { payload, headers: png, query: `?heatmap=values&class=${wanted}` });
    assertDescribed(reply, "post", "/v1/predict");
    const [{ label, heatmap }] = reply.json().results;
    return { label, name: heatmap.class, values: heatmap.values };
  };
  const [normal, pneumonia] = [
    [0, 0, 0.5, 1],
    [1, 0.1235, 0, 0],
  ];
  assert.deepEqual(await mapOf(dark, "normal"), { label: "NORMAL", name: "NORMAL", values: normal });
  assert.deepEqual(await mapOf(dark, "pneumonia"), { label: "NORMAL", name: "PNEUMONIA", values: pneumonia });
  assert.deepEqual(await mapOf(dark, "called"), { label: "NORMAL", name: "NORMAL", values: normal });
  assert.deepEqual(await mapOf(bright, "called"), { label: "PNEUMONIA", name: "PNEUMONIA", values: pneumonia });
});

test("a model without heat maps says so", async () => {
  const read = async (images: Uint8Array) => ({ ...(await brightnessAnswer(images)), heatMaps: null });
  const other = await brightnessServer({ model: { ...brightnessModel, run: read } });
  const reply = await predict(other, { payload: dark, headers: png, query: "?heatmap=values" });
  assertDescribed(reply, "post", "/v1/predict");
  assert.equal(reply.json().results[0].heatmap, null);
  await other.close();
});

test("warnings and what is out of scope come with the score", async () => {
  const warning = { code: "AGE_OUTSIDE", message: "an adult" } as const;
  const other = await brightnessServer({
    decodeRadiograph: async () => ({
      image: { width: 2, height: 2, data: new Uint8Array(4) },
      warnings: [warning],
    }),
  });
  const reply = await predict(other, { payload: dark, headers: { "content-type": "application/dicom" } });
  assertDescribed(reply, "post", "/v1/predict");
  const [entry] = reply.json().results;
  assert.deepEqual(entry.warnings, [warning]);
  assert.deepEqual([entry.scope.inScope, entry.scope.findings[0].code], [false, "LOW_CONTRAST"]);
  await other.close();
});

test("no image scored is a problem: the image's own, or one over all", async () => {
  const one = await predict(app, { payload: Buffer.from("text"), headers: png });
  assertDescribed(one, "post", "/v1/predict");
  assert.deepEqual([one.statusCode, one.json().code], [422, "IMAGE_UNREADABLE"]);
  assert.match(String(one.headers["content-type"]), /^application\/problem\+json/);
  const both = await predict(
    app,
    await multipart([
      ["a.png", "text"],
      ["b.png", ""],
    ]),
  );
  assertDescribed(both, "post", "/v1/predict");
  const { code, results } = both.json();
  assert.deepEqual([both.statusCode, code, results.length], [422, "NO_IMAGE_SCORED", 2]);
});

test("bad requests are refused with a code and a status", async () => {
  const small = await brightnessServer({}, { maxBodyBytes: 5000, maxFiles: 3 });
  const files = (count: number) => multipart(Array.from({ length: count }, (_, i) => [`${i}.png`, dark] as const));
  const form = await files(1);
  const cases: [string, Parameters<typeof predict>[1], number, string][] = [
    ["empty", { headers: png }, 400, "REQUEST_INVALID"],
    ["no type", { payload: dark }, 415, "REQUEST_TYPE_UNSUPPORTED"],
    ["text", { payload: dark, headers: { "content-type": "text/plain" } }, 415, "REQUEST_TYPE_UNSUPPORTED"],
    ["json", { payload: dark, headers: { "content-type": "application/json" } }, 415, "REQUEST_TYPE_UNSUPPORTED"],
    ["svg", { payload: dark, headers: { "content-type": "image/svg+xml" } }, 415, "REQUEST_TYPE_UNSUPPORTED"],
    ["no boundary", { ...form, headers: { "content-type": "multipart/form-data" } }, 400, "REQUEST_INVALID"],
    ["cut", { ...form, payload: form.payload.subarray(0, -20) }, 400, "REQUEST_INVALID"],
    ["no file", { ...form, payload: withoutFile(form.payload) }, 400, "REQUEST_INVALID"],
    ["files", await files(4), 413, "REQUEST_TOO_LARGE"],
    ["bytes", { payload: Buffer.alloc(5001), headers: png }, 413, "REQUEST_TOO_LARGE"],
    ["declared", { payload: dark, headers: { ...png, "content-length": "99999999999" } }, 413, "REQUEST_TOO_LARGE"],
    ["form", { payload: dark, headers: png, query: "?heatmap=jpeg" }, 400, "REQUEST_INVALID"],
    ["class", { payload: dark, headers: png, query: "?heatmap=png&class=flu" }, 400, "REQUEST_INVALID"],
    ["class of no map", { payload: dark, headers: png, query: "?class=normal" }, 400, "REQUEST_INVALID"],
    ["parameter", { payload: dark, headers: png, query: "?threshold=1" }, 400, "REQUEST_INVALID"],
    ["host", { payload: dark, headers: { ...png, host: "evil.example" } }, 403, "REQUEST_REFUSED"],
    ["site", { payload: dark, headers: { ...png, origin: "https://evil.example" } }, 403, "REQUEST_REFUSED"],
  ];
  for (const [name, request, status, code] of cases) {
    const reply = await predict(small, request);
    assert.deepEqual([reply.statusCode, reply.json().code], [status, code], `${name}: ${reply.body}`);
    assertDescribed(reply, "post", "/v1/predict");
  }
  assert.equal((await predict(small, await files(3))).statusCode, 200);
  await small.close();
});

test("a model that fails or gives no number is a fault that tells no path", async () => {
  const faults: unknown[] = [];
  const broken = [
    async () => Promise.reject(new AppError("MODEL_INVALID", { place: "/home/jane/model.onnx", rule: "broken" })),
    async (images: Uint8Array) => ({ ...(await brightnessAnswer(images)), scores: Float32Array.of(Number.NaN) }),
  ];
  for (const read of broken) {
    const other = await brightnessServer({
      model: { ...brightnessModel, run: read },
      onFault: (fault) => faults.push(fault),
    });
    const reply = await predict(other, { payload: dark, headers: png });
    assertDescribed(reply, "post", "/v1/predict");
    assert.deepEqual([reply.statusCode, reply.json().code], [500, "MODEL_INVALID"]);
    assert.ok(!reply.body.includes("jane"), reply.body);
    await other.close();
  }
  assert.equal(faults.length, 1);
});

test("a reading that takes too long is given up", async () => {
  const read = () => new Promise<never>(() => undefined);
  const other = await brightnessServer({ model: { ...brightnessModel, run: read } }, { workTimeoutMs: 50 });
  const reply = await predict(other, { payload: dark, headers: png });
  assertDescribed(reply, "post", "/v1/predict");
  assert.deepEqual([reply.statusCode, reply.json().code], [503, "SERVER_TIMED_OUT"]);
  await other.close();
});

test("more images than may wait are refused with the time to wait; they never disturb the others", async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const read = async (images: Uint8Array) => {
    await opened;
    return brightnessAnswer(images);
  };
  const other = await brightnessServer({ model: { ...brightnessModel, run: read } }, { maxQueue: 8, maxFiles: 8 });
  const one = () => predict(other, { payload: bright, headers: png });
  const waiting = Array.from({ length: 6 }, one);
  while (!(await hasMetric(other, "pneumoscope_waiting_images 6"))) await turn();
  const three = await predict(
    other,
    await multipart([
      ["a", dark],
      ["b", dark],
      ["c", dark],
    ]),
  );
  assertDescribed(three, "post", "/v1/predict");
  assert.deepEqual([three.statusCode, three.json().code], [429, "SERVER_BUSY"]);
  assert.match(String(three.headers["retry-after"]), /^[1-9]\d*$/);
  waiting.push(one(), one());
  while (!(await hasMetric(other, "pneumoscope_waiting_images 8"))) await turn();
  const ninth = await one();
  assert.deepEqual([ninth.statusCode, ninth.json().code], [429, "SERVER_BUSY"]);
  open();
  for (const reply of await Promise.all(waiting)) assert.equal(reply.statusCode, 200);
  await other.close();
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

async function hasMetric(server: FastifyInstance, line: string): Promise<boolean> {
  const { body } = await server.inject({ url: "/metrics", headers: { host: "localhost" } });
  return body.split("\n").includes(line);
}

/** The same form with a text field in the file's place. */
const withoutFile = (form: Buffer) =>
  Buffer.from(
    form
      .toString("latin1")
      .replace(/; filename="[^"]*"/, "")
      .replace("application/octet-stream", "text/plain"),
    "latin1",
  );

test("images of more pixels than maxPixels, and ones made to cost, are refused by their own codes", async () => {
  const small = await brightnessServer({}, { maxPixels: 10_000 });
  const codeOf = async (server: FastifyInstance, payload: Uint8Array) => {
    const reply = await predict(server, { payload, headers: png });
    assert.equal(reply.statusCode, 422);
    return reply.json().code;
  };
  assert.equal(await codeOf(small, await flatPng(230, 101)), "IMAGE_TOO_LARGE");
  assert.equal((await predict(small, { payload: await flatPng(230, 100), headers: png })).statusCode, 200);
  await small.close();
  const scans = { width: 5000, height: 5000, components: 3, passes: 6, bands: 63 } as const;
  assert.equal(await codeOf(app, manyScansJpeg(scans)), "IMAGE_TOO_COSTLY");
});

test("a model with a third answer gives it, with what it stands on; as described", async () => {
  const unsure = {
    coverage: 0.9,
    pneumoniaFrom: brightnessScore(120),
    normalUpTo: brightnessScore(180),
    setOn: "ward (local)",
    isLocal: true,
    patients: { normal: 20, pneumonia: 20 },
    arePatientsKnown: true,
  };
  const contract = { ...servedContract, unsure, threshold: { ...servedContract.threshold, value: 0.6 } };
  const other = await brightnessServer({ model: { ...brightnessModel, contract } });
  const files = await Promise.all([20, 150, 250].map(async (grey) => [`${grey}.png`, await flatPng(grey)] as const));
  const reply = await predict(other, await multipart(files));
  assertDescribed(reply, "post", "/v1/predict");
  const { results, unsure: told } = reply.json();
  assert.deepEqual(told, unsure);
  assert.deepEqual(
    results.map(({ label }: { label: string }) => label),
    ["NORMAL", "UNSURE", "PNEUMONIA"],
  );
  await other.close();
});
