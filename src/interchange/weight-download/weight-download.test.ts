// Downloads against a local server that misbehaves in every way a real one or a network may.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import {
  cutAfter,
  entityTag,
  type MisbehavingServer,
  soundly,
  startMisbehavingServer,
} from "../../../test/support/misbehaving-server.js";
import type { DownloadLimits } from "../../core/download/download-part.js";
import { digestsOf } from "../../core/download/file-digest.js";
import { AppError } from "../../core/errors.js";
import { findModel } from "../../model/zoo/registry.js";
import type { PretrainedSource, ZooEntry } from "../../model/zoo/zoo-entry.js";
import { cachedWeights, fetchPretrained, pretrainedFile, weightsCacheFolder } from "./pretrained-cache.js";

/** HDF5's signature and then anything: 200,000 bytes. */
const content = Buffer.concat([
  Buffer.from("\x89HDF\r\n\x1a\n", "latin1"),
  Buffer.from(Array.from({ length: 199_992 }, (_, i) => (i * 7919) % 251)),
]);
const md5 = createHash("md5").update(content).digest("hex");
const sha256 = createHash("sha256").update(content).digest("hex");

const root = mkdtempSync(join(tmpdir(), "pneumoscope-weights-"));
let server: MisbehavingServer;
let cacheFolder: string;

before(async () => {
  server = await startMisbehavingServer(content);
});
beforeEach(() => {
  cacheFolder = mkdtempSync(join(root, "cache-"));
  server.behave(soundly);
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

function entryWith(checksum: PretrainedSource["checksum"], url = server.url): ZooEntry {
  return { ...findModel("mobilenet"), pretrained: { title: "test", url, checksum, licence: "none" } };
}

const withMd5 = () => entryWith({ algorithm: "md5", hex: md5 });
const fetchIt = (entry: ZooEntry, limits: Partial<DownloadLimits> = {}) =>
  fetchPretrained({ entry, cacheFolder, fetch: globalThis.fetch, limits });
const fileOf = () => join(cacheFolder, "mobilenet", "weights.h5");
const cut = cutAfter(60_000, (length) => existsSync(`${fileOf()}.part`) && statSync(`${fileOf()}.part`).size >= length);
const lastRequest = () => server.requests.at(-1);

/** The files in the cache; nothing but the weights and their record may stay after a success. */
const kept = () => readdirSync(dirname(fileOf())).sort();

test("a sound file is fetched, verified, recorded, and not fetched again", async () => {
  const seen: (readonly [number, number | undefined])[] = [];
  const fetched = await fetchPretrained({
    entry: withMd5(),
    cacheFolder,
    fetch: globalThis.fetch,
    onProgress: (done, total) => seen.push([done, total]),
  });
  assert.deepEqual(fetched, { file: fileOf(), bytes: 200_000, sha256, how: "fetched", verifiedBy: "publisher" });
  assert.deepEqual(readFileSync(fileOf()), content);
  assert.deepEqual(seen.at(-1), [200_000, 200_000]);
  assert.deepEqual(kept(), ["weights.h5", "weights.h5.json"]);
  assert.equal(await pretrainedFile(withMd5(), cacheFolder), fileOf());
  const before = server.requests.length;
  assert.equal((await fetchIt(withMd5())).how, "present");
  assert.equal(server.requests.length, before);
});

test("each kind of checksum holds: a git blob's is that of git itself", async () => {
  const path = join(cacheFolder, "hello");
  writeFileSync(path, "hello\n");
  // `echo hello | git hash-object --stdin`
  assert.equal((await digestsOf(path, ["git-blob"]))["git-blob"], "ce013625030ba8dba906f756967f9e9ca394464a");
  const blob = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
  assert.equal((await fetchIt(entryWith({ algorithm: "git-blob", hex: blob }))).how, "fetched");
  assert.equal((await cachedWeights(entryWith({ algorithm: "sha256", hex: sha256 }), cacheFolder)).state, "ready");
});

test("a connection that is cut is taken up where it broke, without being asked", async () => {
  server.behave(cut, cut, soundly);
  assert.equal((await fetchIt(withMd5())).sha256, sha256);
  const { range, "if-range": ifRange } = lastRequest() ?? {};
  assert.equal(range, "bytes=120000-");
  assert.equal(ifRange, entityTag);
});

test("a download that broke off goes on with the next command", async () => {
  server.behave(cut, ({ response }) => response.destroy());
  await assert.rejects(fetchIt(withMd5()), hasCode("DOWNLOAD_FAILED", "are kept; the next try goes on from there"));
  assert.deepEqual(await cachedWeights(withMd5(), cacheFolder), { state: "partial", file: fileOf(), bytes: 60_000 });
  await assert.rejects(
    pretrainedFile(withMd5(), cacheFolder),
    hasCode("WEIGHTS_NOT_FETCHED", 'Fetch the weights of "mobilenet"'),
  );
  server.behave(soundly);
  assert.equal((await fetchIt(withMd5())).sha256, sha256);
  assert.equal(lastRequest()?.range, "bytes=60000-");
});

test("a part of another version of the file is not glued to the new one", async () => {
  server.behave(cut, ({ response }) => response.destroy());
  await assert.rejects(fetchIt(withMd5()), AppError);
  writeFileSync(`${fileOf()}.part`, Buffer.alloc(50_000, "old"));
  // A server whose file has changed since answers If-Range with the whole file.
  server.behave(({ response }) => response.writeHead(200, { etag: '"second"' }).end(content));
  assert.equal((await fetchIt(withMd5())).sha256, sha256);
  assert.equal(lastRequest()?.range, "bytes=50000-");
});

test("a server that ignores Range sends all of it again", async () => {
  server.behave(cut, ({ response }) => response.writeHead(200).end(content));
  assert.equal((await fetchIt(withMd5())).sha256, sha256);
});

test("a server that sends another range than was asked for is not believed", async () => {
  server.behave(cut, ({ response }) => {
    response.writeHead(206, { "content-range": `bytes 10-199999/200000` }).end(content.subarray(10));
  });
  await assert.rejects(fetchIt(withMd5()), hasCode("DOWNLOAD_FAILED", "another part than was asked for"));
  server.behave(soundly);
  assert.equal((await fetchIt(withMd5())).sha256, sha256);
});

test("a part that is complete already is only verified; one that is too long starts over", async () => {
  for (const extra of [0, 10]) {
    server.behave(cut, ({ response }) => response.destroy());
    await assert.rejects(fetchIt(withMd5()), AppError);
    writeFileSync(`${fileOf()}.part`, Buffer.concat([content, Buffer.alloc(extra)]));
    server.behave(soundly);
    assert.equal((await fetchIt(withMd5())).sha256, sha256);
    rmSync(fileOf());
  }
});

test("without a published checksum only a server that promises the same file is asked for the rest", async () => {
  server.behave(
    ({ response }) => {
      response.writeHead(200, { etag: 'W/"weak"', "content-length": content.length });
      response.write(content.subarray(0, 60_000), () => response.destroy());
    },
    ({ response }) => response.destroy(),
  );
  await assert.rejects(fetchIt(entryWith(null)), AppError);
  server.behave(soundly);
  assert.equal((await fetchIt(entryWith(null))).verifiedBy, "first fetch");
  assert.equal(lastRequest()?.range, undefined);
});

test("wrong bytes are deleted and never get the file's name", async () => {
  const other = Buffer.from(content).fill(1, 1000, 1010);
  server.behave(({ response }) => response.writeHead(200).end(other));
  await assert.rejects(fetchIt(withMd5()), hasCode("WEIGHTS_DAMAGED", `its md5 should be ${md5}`));
  assert.deepEqual(kept(), []);
});

test("a log-in page in place of the file is not recorded as the first fetch", async () => {
  server.behave(({ response }) => response.writeHead(200, { "content-type": "text/html" }).end("<html>Log in</html>"));
  await assert.rejects(fetchIt(entryWith(null)), hasCode("WEIGHTS_DAMAGED", "it is no HDF5 file"));
  assert.deepEqual(kept(), []);
});

test("what the first fetch recorded holds afterwards", async () => {
  const entry = entryWith(null);
  assert.equal((await fetchIt(entry)).sha256, sha256);
  writeFileSync(fileOf(), Buffer.from(content).fill(1, 1000, 1010));
  await assert.rejects(
    pretrainedFile(entry, cacheFolder),
    hasCode("WEIGHTS_DAMAGED", "the cached weights have changed: its sha256 should be"),
  );
  server.behave(({ response }) => response.writeHead(200).end(Buffer.from(content).fill(2, 1000, 1010)));
  await assert.rejects(fetchIt(entry), hasCode("WEIGHTS_DAMAGED", "recorded in"));
  server.behave(soundly);
  assert.equal((await fetchIt(entry)).how, "replaced");
  assert.equal(await pretrainedFile(entry, cacheFolder), fileOf());
});

test("the SHA-256 of the first fetch holds beside a weaker checksum of the publisher's", async () => {
  await fetchIt(withMd5());
  const record = `${fileOf()}.json`;
  const kept = JSON.parse(readFileSync(record, "utf8"));
  assert.equal(kept.sha256, sha256);
  // Stands for another file with the same MD5.
  writeFileSync(record, JSON.stringify({ ...kept, sha256: "0".repeat(64) }));
  await assert.rejects(pretrainedFile(withMd5(), cacheFolder), hasCode("WEIGHTS_DAMAGED", "its sha256 should be 000"));
  await assert.rejects(fetchIt(withMd5()), hasCode("WEIGHTS_DAMAGED", "remove that to accept another"));
  rmSync(record);
  assert.equal((await fetchIt(withMd5())).how, "present");
  assert.equal(JSON.parse(readFileSync(record, "utf8")).sha256, sha256);
});

test("after a reboot only what was flushed of a part is taken up", { skip: process.platform !== "linux" }, async () => {
  server.behave(cut, ({ response }) => response.destroy());
  await assert.rejects(fetchIt(withMd5()), AppError);
  const state = JSON.parse(readFileSync(`${fileOf()}.part.json`, "utf8"));
  assert.equal(state.flushed, 60_000, "what a broken connection left was flushed");
  // A power cut: the length is there, the last pages are zeros.
  const part = readFileSync(`${fileOf()}.part`).fill(0, 32_768);
  writeFileSync(`${fileOf()}.part`, part);
  writeFileSync(`${fileOf()}.part.json`, JSON.stringify({ ...state, boot: "the one before", flushed: 32_768 }));
  server.behave(soundly);
  assert.equal((await fetchIt(entryWith(null))).sha256, sha256);
  assert.equal(lastRequest()?.range, "bytes=32768-");
});

test("redirects are followed: a few, and to the same kind of address", async () => {
  const to =
    (location: string) =>
    ({ response }: Parameters<typeof soundly>[0]) =>
      response.writeHead(302, { location }).end();
  server.behave(to("/elsewhere"), to(server.url), soundly);
  assert.equal((await fetchIt(withMd5())).sha256, sha256);
  rmSync(fileOf());
  server.behave(to(server.url));
  await assert.rejects(fetchIt(withMd5()), hasCode("DOWNLOAD_FAILED", "redirects more than 5 times"));
  server.behave(to("file:///etc/passwd"));
  await assert.rejects(fetchIt(withMd5()), hasCode("DOWNLOAD_FAILED", "from http:// to file://"));
});

test("the server's refusals are passed on", async () => {
  for (const status of [404, 500, 204]) {
    server.behave(({ response }) => response.writeHead(status).end());
    await assert.rejects(fetchIt(withMd5()), hasCode("DOWNLOAD_FAILED", `the server answered ${status}`));
  }
});

test("silence ends the download, before the first byte and in the middle", async () => {
  server.behave(() => undefined);
  await assert.rejects(
    fetchIt(withMd5(), { stallMs: 100 }),
    hasCode("DOWNLOAD_FAILED", "nothing has arrived for 0.1 s"),
  );
  server.behave(
    ({ response }) => {
      response.writeHead(200, { etag: entityTag, "content-length": content.length });
      response.write(content.subarray(0, 60_000));
    },
    () => undefined,
  );
  await assert.rejects(fetchIt(withMd5(), { stallMs: 100 }), hasCode("DOWNLOAD_FAILED", "are kept"));
});

test("more bytes than allowed are refused, announced or not", async () => {
  const limits = { maxBytes: 100_000 };
  await assert.rejects(fetchIt(withMd5(), limits), hasCode("DOWNLOAD_FAILED", "the file has 200000 bytes"));
  server.behave(({ response }) => {
    response.writeHead(200); // chunked: no length
    response.end(content);
  });
  await assert.rejects(fetchIt(withMd5(), limits), hasCode("DOWNLOAD_FAILED", "more than the 100000 bytes"));
});

test("a file too large for the disk is refused before it is fetched", async () => {
  server.behave(({ response }) => {
    response.writeHead(200, { "content-length": 2 ** 60 });
    response.flushHeaders();
  });
  const limits = { maxBytes: 2 ** 61 };
  await assert.rejects(fetchIt(withMd5(), limits), hasCode("FILE_UNWRITABLE", "more are needed. Free space"));
});

test("a machine without a network is told so, and what to do", async () => {
  const nowhere = entryWith({ algorithm: "md5", hex: md5 }, "https://weights.invalid/weights.h5");
  await assert.rejects(fetchIt(nowhere), (error: unknown) => {
    assert.ok(hasCode("DOWNLOAD_FAILED", "cannot be reached")(error));
    return hasCode("DOWNLOAD_FAILED", `put it to ${fileOf()}`)(error);
  });
  // … which works: a file put there by hand is verified and taken.
  writeFileSync(fileOf(), content);
  assert.equal((await fetchIt(nowhere)).how, "present");
});

test("two downloads of one file do not spoil each other", async () => {
  const [one, two] = await Promise.allSettled([fetchIt(withMd5()), fetchIt(withMd5())]);
  const refused = [one, two].filter((result) => result?.status === "rejected");
  for (const result of refused) {
    assert.ok(hasCode("DOWNLOAD_FAILED", "another process downloads it")((result as PromiseRejectedResult).reason));
  }
  assert.ok(refused.length < 2);
  assert.deepEqual(readFileSync(fileOf()), content);
});

test("the cache lies where libtorch's does; a model without pretrained weights has nothing to fetch", async () => {
  assert.equal(weightsCacheFolder({ PNEUMOSCOPE_CACHE: "/x" }), "/x/weights");
  assert.equal(weightsCacheFolder({ XDG_CACHE_HOME: "/y", PNEUMOSCOPE_CACHE: "" }), "/y/pneumoscope/weights");
  await assert.rejects(fetchIt(findModel("custom")), hasCode("OPTION_INVALID", "no pretrained weights"));
  assert.equal(existsSync(join(cacheFolder, "custom")), false);
});

test("a disk that is full keeps what has arrived, and says how much more is needed", {
  skip: process.platform === "win32",
}, () => {
  // A limit on the size of files stands for the full disk: writing fails in the middle, with the system's own error.
  const module = new URL("./pretrained-cache.js", import.meta.url).href;
  const program = `
    import { fetchPretrained } from ${JSON.stringify(module)};
    const entry = JSON.parse(process.argv[1]);
    const fetch = async () => new Response(Buffer.alloc(200_000), { headers: { "content-length": "200000", etag: '"1"' } });
    await fetchPretrained({ entry, cacheFolder: process.argv[2], fetch }).catch((error) => console.log(error.code, error.message));
  `;
  const limited = 'ulimit -f 100 && exec "$0" --input-type=module -e "$1" "$2" "$3"'; // blocks of 512 or 1024 bytes
  const entry = JSON.stringify(withMd5());
  const { stdout } = spawnSync("/bin/sh", ["-c", limited, process.execPath, program, entry, cacheFolder], {
    encoding: "utf8",
  });
  assert.match(stdout, /^FILE_UNWRITABLE .*\.part: the download cannot be written: EFBIG.*MB more are needed/);
  const { size } = statSync(`${fileOf()}.part`);
  assert.ok(size === 51_200 || size === 102_400);
});
