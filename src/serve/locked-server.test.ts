// A server that asks for tokens: what is answered without one, what the audit log says, and where it may listen.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { assertDescribed } from "../../test/support/described-answer.js";
import { hasCode } from "../../test/support/has-code.js";
import { brightnessServer, flatPng, multipart, predict } from "../../test/support/served-brightness.js";
import { AuditLog } from "./audit-log.js";
import { listen, reload, stop } from "./listen.js";
import { TokenLock } from "./lock/token-lock.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-locked-"));
const tokens = join(folder, "tokens");
const auditFile = join(folder, "audit.jsonl");
const token = "0123456789abcdef01234567";
const bearer = { authorization: `Bearer ${token}` };
let app: FastifyInstance;

before(async () => {
  writeFileSync(tokens, `ward-3 ${token}\n`, { mode: 0o600 });
  mkdirSync(join(folder, "page", "assets"), { recursive: true });
  writeFileSync(join(folder, "page", "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "page", "page.json"), "{}");
  writeFileSync(join(folder, "report.html"), "<title>report</title>");
  const report = join(folder, "report.html");
  const audit = new AuditLog(auditFile);
  app = await brightnessServer({ page: join(folder, "page"), report, lock: new TokenLock(tokens), audit });
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}, server = app) =>
  server.inject({ url, headers: { host: "localhost", ...headers } });

interface Operation {
  readonly security?: readonly object[];
}

test("without a token there is the page's shell and whether the process lives: as the API's description says", async () => {
  const { paths, security } = (await get("/openapi.json", bearer)).json() as {
    paths: Record<string, Record<string, Operation>>;
    security: unknown;
  };
  assert.deepEqual(security, [{ token: [] }]);
  const open: string[] = [];
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const ask = (headers: Record<string, string>) =>
        app.inject({ method: method as "get", url: path, headers: { host: "localhost", ...headers } });
      const reply = await ask({});
      const isOpen = reply.statusCode === 200;
      if (isOpen) open.push(path);
      assert.equal(isOpen, operation.security?.length === 0, `${method} ${path}: ${reply.statusCode}`);
      if (isOpen) continue;
      assertDescribed(reply, method, path);
      assert.deepEqual([reply.statusCode, reply.json().code], [401, "REQUEST_UNAUTHORIZED"]);
      assert.match(String(reply.headers["www-authenticate"]), /^Bearer /);
      assert.equal((await ask({ authorization: `Bearer ${token}0` })).statusCode, 401);
      const known = await ask(bearer);
      assert.notEqual(known.statusCode, 401);
      if (known.statusCode === 200) assert.equal(known.headers["cache-control"], "no-store", path);
    }
  }
  assert.deepEqual(open.sort(), ["/", "/health/live"]);
});

test("methods, paths and files beside the routes give nothing away either", async () => {
  for (const [method, url] of [
    ["HEAD", "/model.onnx"],
    ["HEAD", "/report.html"],
    ["PUT", "/v1/predict"],
    ["POST", "/v1/nothing"],
    ["GET", "//model.onnx"],
    ["GET", "/page.json?"],
    ["GET", "/MODEL.ONNX"],
    ["GET", "/assets/../model.onnx"],
    ["GET", "/%6dodel.onnx"],
  ] as const) {
    const reply = await app.inject({ method, url, headers: { host: "localhost" } });
    assert.ok([401, 404].includes(reply.statusCode), `${method} ${url}: ${reply.statusCode}`);
    assert.ok(!reply.body.includes("the model's bytes"));
  }
  assert.match((await get("/index.html")).body, /<title>page/);
});

test("images are read for a token, and for nobody else", async () => {
  const png = await flatPng(230);
  const type = { "content-type": "image/png" };
  assert.equal((await predict(app, { payload: png, headers: type })).statusCode, 401);
  assert.equal((await predict(app, { payload: png, headers: { ...type, ...bearer } })).statusCode, 200);
});

const auditLines = (path = auditFile) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("the audit log says who, when, how many and how it ended, and nothing of an image", async () => {
  const form = await multipart([
    ["jane-doe.png", await flatPng(230)],
    ["jane-roe.png", await flatPng(20)],
    ["jane-poe.png", "text"],
  ]);
  await predict(app, { ...form, headers: { ...form.headers, ...bearer, "x-request-id": "jane" } });
  await predict(app, { ...form, query: "?heatmap=jane" });
  const [scored, refused] = auditLines().slice(-2);
  const { time, id, elapsedMs, ...rest } = scored;
  assert.deepEqual(rest, {
    client: "ward-3",
    method: "POST",
    route: "/v1/predict",
    images: 3,
    codes: { SCORED: 2, IMAGE_UNREADABLE: 1 },
    status: 200,
  });
  assert.ok(
    Math.abs(Date.parse(time) - Date.now()) < 60_000 && Number.isInteger(elapsedMs) && /^[0-9a-f]{16}$/.test(id),
  );
  assert.deepEqual([refused.client, refused.status, refused.images], ["127.0.0.1", 401, 0]);
  const text = readFileSync(auditFile, "utf8");
  assert.ok(!/jane|PNEUMONIA|NORMAL|0\.9/.test(text.replaceAll(/"time":"[^"]*"/g, "")), text);
  assert.ok(!text.includes(token));
});

test("a moved audit log is opened anew, tokens are read again, and what is bad changes nothing", async () => {
  const moved = join(folder, "audit.1");
  renameSync(auditFile, moved);
  await get("/health/live");
  assert.equal(auditLines(moved).at(-1).route, "/health/live");
  const second = `${token}-second`;
  writeFileSync(tokens, `late ${second}\n`);
  assert.deepEqual(reload(app), [
    { what: "tokens", error: undefined },
    { what: "audit log", error: undefined },
  ]);
  assert.equal((await get("/v1/version", bearer)).statusCode, 401);
  assert.equal((await get("/v1/version", { authorization: `Bearer ${second}` })).statusCode, 200);
  assert.deepEqual(
    auditLines().map(({ client }) => client),
    ["127.0.0.1", "late"],
  );
  writeFileSync(tokens, "none");
  rmSync(auditFile);
  mkdirSync(auditFile);
  assert.deepEqual(
    reload(app).map(({ error }) => error?.code),
    ["TOKEN_FILE_INVALID", "AUDIT_LOG_UNWRITABLE"],
  );
  assert.equal((await get("/v1/version", { authorization: `Bearer ${second}` })).statusCode, 200);
  rmSync(auditFile, { recursive: true });
  assert.throws(() => new AuditLog(join(folder, "absent", "audit")), hasCode("AUDIT_LOG_UNWRITABLE", "ENOENT"));
});

test("an audit log that cannot be written is told of once, and the server goes on", async () => {
  const told: unknown[] = [];
  const audit = new AuditLog("/dev/full", (error) => told.push(error.code));
  const other = await brightnessServer({ audit });
  for (let i = 0; i < 3; i++) assert.equal((await get("/health/live", {}, other)).statusCode, 200);
  assert.deepEqual(told, ["AUDIT_LOG_UNWRITABLE"]);
  await other.close();
});

test("a client that leaves is in the audit log without a status", async () => {
  const path = join(folder, "left.jsonl");
  const other = await brightnessServer({ audit: new AuditLog(path) });
  const address = await listen(other, "127.0.0.1", 0);
  const socket = connect(Number(new URL(address).port), "127.0.0.1");
  socket.write(
    "POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: 99\r\n\r\nhalf",
  );
  await once(socket, "ready");
  await new Promise((resolve) => setTimeout(resolve, 200));
  socket.resetAndDestroy();
  while (readFileSync(path, "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([auditLines(path)[0].route, auditLines(path)[0].status], ["/v1/predict", null]);
  await stop(other, 100);
});

test("other machines may reach a server that asks for tokens, or one that is said to ask for nothing", async () => {
  const unlocked = hasCode("SERVER_UNLOCKED", "file of tokens");
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "reader.clinic.example", "127.0.0.1.evil.example"]) {
    const open = await brightnessServer();
    await assert.rejects(listen(open, host, 0), unlocked, host);
    assert.equal(open.server.listening, false);
    await open.close();
  }
  const allowed = await brightnessServer();
  await stop(allowed, (await listen(allowed, "0.0.0.0", 0, { authentication: "none" })).length);
  const locked = await brightnessServer({ lock: new TokenLock(writeTokens()) });
  assert.match(await listen(locked, "0.0.0.0", 0), /^http:\/\/0\.0\.0\.0:/);
  await stop(locked, 100);
  for (const host of ["127.0.0.1", "127.1.2.3", "localhost"]) {
    const own = await brightnessServer();
    assert.match(await listen(own, host, 0), /^http:\/\/(127|\[::1\])/);
    await stop(own, 100);
  }
});

function writeTokens(): string {
  const path = join(folder, "others");
  writeFileSync(path, token, { mode: 0o600 });
  return path;
}
