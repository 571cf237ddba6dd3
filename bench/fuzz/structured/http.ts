// HTTP requests whose framing mostly holds and whose parts are hostile: forms, parts, names, types, lengths, chunks,
// queries, several requests in one write.
import type { Random } from "../../../src/core/random.js";
import { once, pick, randomBytes } from "./choose.js";

const paths = [
  "/v1/predict",
  "/v1/predict",
  "/v1/predict",
  "/v1/predict?heatmap=png",
  "/v1/predict?heatmap=values&class=called",
  "/v1/predict?heatmap=png&heatmap=none",
  "/v1/predict?%00",
  "/v1/model",
  "/health/ready",
  "/metrics",
  "/model.onnx",
  "/",
  "/../../etc/passwd",
  "/%2e%2e/%2e%2e/etc/passwd",
  "//",
  "/v1/predict/",
  "/v1//predict",
  `/${"a".repeat(9000)}`,
  "/openapi.json",
  "*",
];
const types = [
  "image/png",
  "image/jpeg",
  "application/dicom",
  "application/octet-stream",
  "application/json",
  "multipart/form-data; boundary=b",
  'multipart/form-data; boundary="b"',
  "multipart/form-data",
  "multipart/form-data; boundary=",
  `multipart/form-data; boundary=${"b".repeat(300)}`,
  "multipart/mixed; boundary=b",
  "text/plain",
  "image/png; charset=x",
  "",
  ";;;",
];
const partHeads = [
  'content-disposition: form-data; name="files"; filename="a.png"',
  'content-disposition: form-data; name="files"; filename="../../a.dcm"',
  'content-disposition: form-data; name="files"; filename="a\\"\u202e.png"',
  "content-disposition: form-data; name=\"files\"; filename*=utf-8''%ff%fe",
  'content-disposition: form-data; name="__proto__"',
  "content-disposition: attachment",
  "content-type: multipart/mixed; boundary=c",
  `content-disposition: form-data; name="files"; filename="${"x".repeat(5000)}"`,
  "content-transfer-encoding: base64",
  "no colon",
  ": no name",
  "",
];
const extraHeaders = [
  "origin: http://evil.example",
  "origin: null",
  "expect: 100-continue",
  "connection: close",
  "connection: upgrade\r\nupgrade: websocket",
  "transfer-encoding: identity",
  "content-encoding: gzip",
  "range: bytes=0-1,5-",
  'if-none-match: "x"',
  "cookie: a=b",
  "x-forwarded-for: ::1",
  "authorization: Bearer x",
  `x-long: ${"y".repeat(20_000)}`,
  "accept: */*;q=9",
  "te: trailers",
  "a b: c",
  "host: evil.example",
];

export function hostileRequest(random: Random, images: readonly Uint8Array[]): Uint8Array {
  const count = once(random, 10) ? pick(random, [2, 20]) : 1;
  return Buffer.concat(Array.from({ length: count }, () => oneRequest(random, images)));
}

function oneRequest(random: Random, images: readonly Uint8Array[]): Buffer {
  const type = pick(random, types);
  const body = type.startsWith("multipart") && !once(random, 6) ? form(random, images) : image(random, images);
  const method = once(random, 8)
    ? pick(random, ["GET", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "PRI", "post"])
    : "POST";
  const hasBody = method !== "GET" && method !== "HEAD";
  const isChunked = hasBody && once(random, 4);
  const stated = once(random, 12)
    ? pick(random, [0, body.length - 1, body.length + 1, 2 ** 31, 2 ** 53, -1])
    : body.length;
  const framing = !hasBody ? [] : isChunked ? ["transfer-encoding: chunked"] : [`content-length: ${stated}`];
  if (hasBody && once(random, 30))
    framing.push(pick(random, ["content-length: 5", "transfer-encoding: chunked, chunked"]));
  const host = once(random, 12)
    ? pick(random, ["host: evil.example", "host:", "host: localhost:99999", "host: [::1"])
    : "host: localhost";
  const extra = Array.from({ length: random.integer(3) }, () => pick(random, extraHeaders));
  const head = [
    `${method} ${pick(random, paths)} HTTP/1.${pick(random, [1, 1, 1, 0, 9])}`,
    host,
    `content-type: ${type}`,
    ...framing,
    ...extra,
  ];
  const content = hasBody ? (isChunked ? chunked(body, random) : body) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), content]);
}

function chunked(body: Uint8Array, random: Random): Buffer {
  const pieces: Buffer[] = [];
  const most = pick(random, [1, 50, 100_000]);
  for (let at = 0; at < body.length && pieces.length < 3000; at += most) {
    const piece = body.subarray(at, at + most);
    const extension = once(random, 30) ? `;${"e".repeat(pick(random, [1, 20_000]))}` : "";
    const size = once(random, 60) ? pick(random, ["fffffffffffffffff", "-1", "0x5", ""]) : piece.length.toString(16);
    pieces.push(Buffer.from(`${size}${extension}\r\n`), Buffer.from(piece), Buffer.from("\r\n"));
  }
  return Buffer.concat([...pieces, Buffer.from(once(random, 8) ? "0\r\nx: y\r\n\r\n" : "0\r\n\r\n")]);
}

function image(random: Random, images: readonly Uint8Array[]): Uint8Array {
  const whole = pick(random, images);
  if (once(random, 3)) return whole;
  if (once(random, 3)) return randomBytes(random, random.integer(300));
  const part = whole.slice(0, random.integer(whole.length + 1));
  for (let left = random.integer(6); left > 0 && part.length > 0; left--)
    part[random.integer(part.length)] = random.integer(256);
  return part;
}

function form(random: Random, images: readonly Uint8Array[]): Buffer {
  const count = pick(random, [0, 1, 1, 2, 3, 40, 500]);
  const pieces = Array.from({ length: count }, () => {
    const heads = Array.from({ length: pick(random, [0, 1, 1, 1, 2, 100]) }, () => pick(random, partHeads));
    const body = count > 10 ? randomBytes(random, 5) : image(random, images);
    return Buffer.concat([Buffer.from(`--b\r\n${heads.join("\r\n")}\r\n\r\n`), body, Buffer.from("\r\n")]);
  });
  const end = once(random, 8) ? pick(random, ["", "--b", "--b-", "--b--", "--b--\r\n--b\r\n"]) : "--b--\r\n";
  return Buffer.concat([...pieces, Buffer.from(end)]);
}
