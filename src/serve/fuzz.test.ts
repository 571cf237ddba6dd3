// Random requests: whatever comes, the server answers with a described status, keeps nothing, and goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import sharp from "sharp";
import { assertDescribed } from "../../test/support/described-answer.js";
import { brightnessServer, flatPng, predict } from "../../test/support/served-brightness.js";

const png = Buffer.from(await flatPng(230));
const jpeg = await sharp(await flatPng(90, 64))
  .jpeg()
  .toBuffer();
const faults: unknown[] = [];
let app: FastifyInstance;

before(async () => {
  app = await brightnessServer({ onFault: (fault) => faults.push(fault) }, { maxBodyBytes: 20_000, maxFiles: 5 });
});
after(() => app.close());

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((data) => Buffer.from(data));

/** A sound image, cut, with bytes changed, or noise. */
const imageLike = fc.oneof(
  fc.constantFrom(png, jpeg),
  fc
    .tuple(fc.constantFrom(png, jpeg), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([image, share]) => image.subarray(0, share * image.length)),
  fc
    .tuple(fc.constantFrom(png, jpeg), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }))
    .map(([image, changes]) => {
      const changed = Buffer.from(image);
      for (const [at, value] of changes) changed[at % changed.length] = value;
      return changed;
    }),
  bytes(200),
);

/** A part of a form, its headers sound or not. */
const part = fc.record({
  header: fc.oneof(
    fc.constant('content-disposition: form-data; name="files"; filename="a.png"'),
    fc
      .string({ unit: "binary", maxLength: 60 })
      .map((name) => `content-disposition: form-data; name="f"; filename="${name}"`),
    fc.constant('content-disposition: form-data; name="note"'),
    fc.constant("content-disposition: form-data; filename*=utf-8''%ff%zz"),
    fc.constant("content-type: multipart/mixed; boundary=inner"),
    fc.string({ maxLength: 80 }),
  ),
  body: imageLike,
});

const form = fc
  .record({
    parts: fc.array(part, { maxLength: 7 }),
    boundary: fc.constantFrom("b", "----WebKitFormBoundary7MA4YWxk", "b--"),
    named: fc.constantFrom("same", "other", "none", "quoted"),
    keep: fc.double({ min: 0, max: 1, noNaN: true }),
    isCut: fc.boolean(),
  })
  .map(({ parts, boundary, named, keep, isCut }) => {
    const pieces = parts.flatMap(({ header, body }) => [`--${boundary}\r\n${header}\r\n\r\n`, body, "\r\n"]);
    const whole = Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
    const names = {
      same: `; boundary=${boundary}`,
      other: "; boundary=x",
      none: "",
      quoted: `; boundary="${boundary}"`,
    };
    return {
      payload: isCut ? whole.subarray(0, keep * whole.length) : whole,
      headers: { "content-type": `multipart/form-data${names[named]}` },
    };
  });

const single = fc.record({
  payload: fc.oneof({ weight: 9, arbitrary: imageLike }, { weight: 1, arbitrary: fc.constant(Buffer.alloc(20_001)) }),
  headers: fc.record({
    "content-type": fc.constantFrom(
      "image/png",
      "image/jpeg",
      "application/dicom",
      "application/octet-stream",
      "text/html",
      "image/png; x=",
      ";",
    ),
  }),
});

const query = fc.oneof(
  fc.constantFrom(
    "",
    "?heatmap=png",
    "?heatmap=values",
    "?heatmap=none",
    "?heatmap=png&class=called",
    "?heatmap=png&heatmap=png",
    "?__proto__=1",
  ),
  fc.string({ maxLength: 20 }).map((text) => `?${encodeURIComponent(text)}`),
);

test("random bodies, forms and queries are answered, each with a status that is described", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(form, single), query, async (request, given) => {
      const reply = await predict(app, { ...request, query: given });
      assert.ok(reply.statusCode < 500, reply.body);
      assertDescribed(reply, "post", "/v1/predict");
      if (reply.statusCode === 200) assert.ok(reply.json().results.length <= 5);
    }),
    { numRuns: 300 },
  );
  assert.deepEqual(faults, []);
  const { body } = await app.inject({ url: "/metrics", headers: { host: "localhost" } });
  assert.match(body, /^pneumoscope_held_bytes 0$/m);
  assert.match(body, /^pneumoscope_waiting_images 0$/m);
  assert.equal((await predict(app, { payload: png, headers: { "content-type": "image/png" } })).statusCode, 200);
});

test("random addresses and headers are answered", { timeout: 300_000 }, async () => {
  const header = fc.string({ maxLength: 40 }).map((text) => text.replace(/[^\x20-\x7e]/g, "?"));
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"),
    url: fc.oneof(
      fc.string({ maxLength: 40 }).map((text) => `/${encodeURI(text.replace(/\p{Cs}/gu, ""))}`),
      fc.constantFrom("/v1/predict", "/v1/model", "/%", "/%00", "//", "/..;/x", "/:(", "/*"),
    ),
    headers: fc.record(
      { host: fc.oneof(fc.constant("localhost"), header), origin: header, range: header, "if-none-match": header },
      { requiredKeys: ["host"] },
    ),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ method, url, headers }) => {
      const reply = await app.inject({ method: method as "GET", url, headers });
      assert.ok(reply.statusCode < 500, `${method} ${url}: ${reply.body}`);
      assert.equal(reply.headers["x-content-type-options"], "nosniff");
    }),
    { numRuns: 300 },
  );
  assert.deepEqual(faults, []);
});
