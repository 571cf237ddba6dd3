// Datasets fetched from a local server that misbehaves as real ones and networks do. What holds for every download (silence,
// redirects, more bytes than allowed, a full disk) is tested with the pretrained weights, which come the same way.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { zipSync } from "fflate";
import { hasCode } from "../../../test/support/has-code.js";
import {
  type Behaviour,
  cutAfter,
  entityTag,
  type MisbehavingServer,
  soundly,
  startMisbehavingServer,
} from "../../../test/support/misbehaving-server.js";
import { noise } from "../../../test/support/npz.js";
import { realData, withoutRealData } from "../../../test/support/paths.js";
import { AppError } from "../../core/errors.js";
import { openDataset } from "../open-dataset.js";
import { type DownloadDatasetOptions, downloadDataset } from "./download-dataset.js";
import { type PublishedDataset, publishedDatasets } from "./published-datasets.js";

const names = ["train/NORMAL/a.jpeg", "train/PNEUMONIA/b.jpeg", "test/NORMAL/c.jpeg", "test/PNEUMONIA/d.jpeg"];
const images = Object.fromEntries(names.map((name, i) => [`chest_xray/${name}`, noise(40_000, i + 1)]));
const content = Buffer.from(
  zipSync({
    ...images,
    "chest_xray/.DS_Store": noise(100),
    "__MACOSX/chest_xray/train/NORMAL/._a.jpeg": noise(100),
    // As in Kaggle's archive.
    "chest_xray/chest_xray/train/NORMAL/a.jpeg": noise(40_000, 1),
    "chest_xray/__MACOSX/chest_xray/train/NORMAL/._a.jpeg": noise(100),
  }),
);
const sha256 = createHash("sha256").update(content).digest("hex");

const root = mkdtempSync(join(tmpdir(), "pneumoscope-download-"));
let server: MisbehavingServer;
let place: string;
before(async () => {
  server = await startMisbehavingServer(content);
});
beforeEach(() => {
  place = mkdtempSync(join(root, "place-"));
  server.behave(soundly);
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const [kermany] = publishedDatasets as readonly [PublishedDataset];

/** The real entry, with addresses on this machine and another archive. */
function served(change: Partial<PublishedDataset> = {}, url = server.url): PublishedDataset {
  const { publisher, kaggle } = kermany.archives;
  const checksum = { algorithm: "sha256", hex: sha256 } as const;
  const bytes = content.length;
  const archives = { publisher: { ...publisher, url, checksum, bytes }, kaggle: { ...kaggle, url, bytes } };
  return { ...kermany, archives, images: 4, kind: "other", ...change };
}

const key = { KAGGLE_USERNAME: "me", KAGGLE_KEY: "secret-of-mine" };
const cacheFolder = () => join(place, "cache");
const folder = () => join(place, "chest_xray");
const archive = (from = "publisher") =>
  join(cacheFolder(), "kermany", from, from === "kaggle" ? "chest-xray-pneumonia.zip" : "ChestXRay2017.zip");
const download = (options: DownloadDatasetOptions = {}) =>
  downloadDataset("kermany", { cwd: place, cacheFolder: cacheFolder(), env: key, datasets: [served()], ...options });

const lastRequest = () => server.requests.at(-1);
const cut = (from = "publisher") =>
  cutAfter(60_000, (n) => existsSync(`${archive(from)}.part`) && statSync(`${archive(from)}.part`).size >= n);
const broken: Behaviour = ({ response }) => response.destroy();

/** Neither a folder nor half of one. */
const nothingUnpacked = () =>
  assert.deepEqual(
    readdirSync(place).filter((name) => name !== "cache"),
    [],
  );

test("the archive becomes a folder of its images, with a note of what they are; a second call downloads nothing", async () => {
  const steps = new Set<string>();
  const done = await download({ onProgress: ({ step }) => steps.add(step) });
  const { title, licence, citation } = kermany;
  const told = { images: 4, sha256, verifiedBy: "publisher", title, licence, citation } as const;
  assert.deepEqual(done, { folder: folder(), how: "downloaded", archive: archive(), ...told });
  assert.deepEqual([...steps], ["download", "unpack"]);
  assert.deepEqual(readdirSync(folder()).sort(), ["dataset.json", "test", "train"]);
  assert.equal((await openDataset(folder())).samples.length, 4);
  assert.deepEqual(readFileSync(join(folder(), "train", "NORMAL", "a.jpeg")), Buffer.from(noise(40_000, 1)));
  const note = JSON.parse(readFileSync(join(folder(), "dataset.json"), "utf8"));
  assert.deepEqual([note.sha256, note.licence, note.url], [sha256, "CC BY 4.0", server.url]);
  const before = server.requests.length;
  assert.deepEqual(await download(), { folder: folder(), how: "present", archive: null, ...told });
  rmSync(folder(), { recursive: true });
  assert.equal((await download()).how, "downloaded", "unpacked from the archive that is kept");
  assert.equal(server.requests.length, before);
});

test("a connection that is cut is taken up, by the same call and by the next", async () => {
  server.behave(cut(), soundly);
  assert.equal((await download()).sha256, sha256);
  assert.deepEqual([lastRequest()?.range, lastRequest()?.["if-range"]], ["bytes=60000-", entityTag]);
  rmSync(place, { recursive: true });
  mkdirSync(place);
  server.behave(cut(), broken);
  await assert.rejects(download(), hasCode("DOWNLOAD_FAILED", "are kept; the next try goes on from there"));
  nothingUnpacked();
  server.behave(soundly);
  assert.equal((await download()).sha256, sha256);
  assert.equal(lastRequest()?.range, "bytes=60000-");
});

test("a file that has changed between its parts is not glued together, whatever the server makes of If-Range", async () => {
  const rest: Behaviour = ({ response, content: all, from }) => {
    const range = `bytes ${from}-${all.length - 1}/${all.length}`;
    response.writeHead(206, { etag: '"second"', "content-range": range }).end(all.subarray(from));
  };
  const whole: Behaviour = ({ response }) => response.writeHead(200, { etag: '"second"' }).end(content);
  for (const behaviours of [[whole], [rest, whole]]) {
    rmSync(place, { recursive: true });
    mkdirSync(place);
    server.behave(cut("kaggle"), broken);
    await assert.rejects(download({ from: "kaggle" }), AppError);
    writeFileSync(`${archive("kaggle")}.part`, Buffer.alloc(50_000, "old")); // the first version's
    server.behave(...behaviours);
    assert.equal((await download({ from: "kaggle" })).sha256, sha256);
  }
});

test("a server without Range sends all of it again; one that lies of the length is found out", async () => {
  server.behave(cut(), ({ response }) => response.writeHead(200).end(content));
  assert.equal((await download()).sha256, sha256);
  rmSync(place, { recursive: true });
  mkdirSync(place);
  server.behave(({ response }) => {
    response.writeHead(200, { "content-length": content.length - 1000 });
    response.end(content.subarray(0, content.length - 1000));
  });
  await assert.rejects(download(), hasCode("DATASET_SOURCE_INVALID", `its sha256 should be ${sha256}`));
  server.behave(({ response }) => {
    response.writeHead(200, { "content-length": content.length + 1000 });
    response.write(content, () => response.destroy());
  }, broken);
  await assert.rejects(download(), hasCode("DOWNLOAD_FAILED", "are kept"));
  nothingUnpacked();
  server.behave(soundly);
  assert.equal((await download()).sha256, sha256);
});

test("wrong bytes, a log-in page and another archive are refused, and nothing stays", async () => {
  const other = Buffer.from(content).fill(1, 1000, 1010);
  const answers: readonly (readonly [Buffer, string, string])[] = [
    [other, "publisher", `its sha256 should be ${sha256} (stated by its publisher)`],
    [Buffer.from("<html>Log in</html>"), "kaggle", "it is no zip archive"],
    [other, "kaggle", "another checksum than the archive gives"],
    [Buffer.from(zipSync({ "../../evil.jpeg": noise(100) })), "kaggle", "should be a whole zip archive"],
    [Buffer.from(zipSync({ "chest_xray/readme.txt": noise(100) })), "kaggle", "should hold the 4 images"],
    [
      Buffer.from(zipSync({ ...images, "chest_xray/test/NORMAL/x.jpeg": noise(9) })),
      "kaggle",
      "images of Chest X-Ray Images (Pneumonia), version 2. Received 5",
    ],
  ];
  for (const [body, from, part] of answers) {
    server.behave(({ response }) => response.writeHead(200).end(body));
    const refused = download({ from: from as "publisher" | "kaggle" });
    await assert.rejects(refused, hasCode("DATASET_SOURCE_INVALID", part));
    nothingUnpacked();
    assert.deepEqual(readdirSync(join(cacheFolder(), "kermany", from)), [], part);
  }
  server.behave(soundly);
  assert.equal((await download({ from: "kaggle" })).verifiedBy, "first fetch");
});

test("as many images, but others than the published ones, are refused", async () => {
  const datasets = [served({ kind: "chest-xray-pneumonia" })];
  await assert.rejects(download({ datasets }), hasCode("DATASET_SOURCE_INVALID", "Received as many, but others"));
});

test("the published images are known by their content, in an archive that nobody has a checksum of", {
  skip: withoutRealData("chest_xray"),
}, async () => {
  const real = realData("chest_xray");
  const known = ["NORMAL/IM-0214-0001.jpeg", "PNEUMONIA/person98_virus_182.jpeg"].map((name) => `train/${name}`);
  const { samples } = await openDataset(real);
  const tests = samples.filter(({ split }) => split === "test").map(({ name }) => name);
  const wanted = [...known, tests[0] ?? "", tests.at(-1) ?? ""];
  const files = Object.fromEntries(wanted.map((name) => [`chest_xray/${name}`, readFileSync(join(real, name))]));
  server.behave(({ response }) => response.writeHead(200).end(zipSync(files)));
  const datasets = [served({ kind: "chest-xray-pneumonia" })];
  assert.equal((await download({ from: "kaggle", datasets })).how, "downloaded");
  const { kind, samples: unpacked } = await openDataset(folder());
  assert.deepEqual([kind, unpacked.every(({ patient }) => patient !== null)], ["chest-xray-pneumonia", true]);
});

test("Kaggle gets the user's key, and nobody that it redirects to does; no message shows it", async () => {
  const storage = await startMisbehavingServer(content);
  try {
    server.behave(({ response }) => response.writeHead(302, { location: `${storage.url}?signed` }).end());
    assert.equal((await download({ from: "kaggle" })).sha256, sha256);
    const basic = `Basic ${Buffer.from("me:secret-of-mine").toString("base64")}`;
    assert.equal(lastRequest()?.authorization, basic);
    assert.deepEqual(
      storage.requests.map(({ authorization }) => authorization),
      [undefined],
    );
    server.behave(({ response }) => response.writeHead(302, { location: server.url }).end(), soundly);
    rmSync(place, { recursive: true });
    await download({ from: "kaggle" });
    assert.equal(lastRequest()?.authorization, basic, "the same host");
  } finally {
    await storage.close();
  }
  await download({ from: "publisher", out: "second" });
  assert.equal(lastRequest()?.authorization, undefined);
  server.behave(({ response }) => response.writeHead(403).end("secret-of-mine"));
  rmSync(place, { recursive: true });
  await assert.rejects(download({ from: "kaggle" }), (error: Error) => {
    assert.ok(hasCode("DOWNLOAD_FAILED", "403 mean that Kaggle does not take your key")(error));
    return !/secret|bWU6/.test(JSON.stringify({ ...error, message: error.message, stack: error.stack }));
  });
});

test("the key comes from the environment, else from kaggle.json; without one it is said where it belongs", async () => {
  const config = join(place, "kaggle");
  const env = { KAGGLE_CONFIG_DIR: config };
  const file = join(config, "kaggle.json");
  const without = () => download({ from: "kaggle", env });
  await assert.rejects(without(), hasCode("CREDENTIALS_MISSING", "Received no such file"));
  mkdirSync(config);
  for (const text of ["{", '{"username":"x"}', "null"]) {
    writeFileSync(file, text);
    await assert.rejects(without(), hasCode("CREDENTIALS_MISSING", "without username and key"));
  }
  writeFileSync(file, '{"username":"them","key":"theirs"}');
  await without();
  assert.equal(lastRequest()?.authorization, `Basic ${Buffer.from("them:theirs").toString("base64")}`);
  await download({ from: "kaggle", out: "token", cacheFolder: join(place, "2"), env: { KAGGLE_API_TOKEN: "t" } });
  assert.equal(lastRequest()?.authorization, "Bearer t");
});

test("refusals are passed on; offline it is said what to do, and that works", async () => {
  for (const status of [403, 404, 429, 500]) {
    server.behave(({ response }) => response.writeHead(status).end());
    await assert.rejects(download(), hasCode("DOWNLOAD_FAILED", `the server answered ${status}`));
    nothingUnpacked();
  }
  const datasets = [served({}, "https://data.invalid/file_downloaded")];
  await assert.rejects(download({ datasets }), (error: unknown) => {
    assert.ok(hasCode("DOWNLOAD_FAILED", "cannot be reached")(error));
    return hasCode("DOWNLOAD_FAILED", `put it to ${archive()}`)(error);
  });
  writeFileSync(archive(), content);
  assert.equal((await download({ datasets })).sha256, sha256);
  assert.ok(existsSync(archive()), "the user's own file stays");
});

test("a folder that holds something else, and unknown names, are refused before anything is fetched", async () => {
  mkdirSync(folder());
  writeFileSync(join(folder(), "mine.txt"), "mine");
  const before = server.requests.length;
  await assert.rejects(download(), hasCode("DATASET_FOLDER_TAKEN", "1 entries (mine.txt, …)"));
  await assert.rejects(download({ out: "chest_xray/mine.txt" }), hasCode("DATASET_FOLDER_TAKEN", "no folder"));
  const unknown = downloadDataset("kermani", { cwd: place });
  await assert.rejects(unknown, hasCode("OPTION_INVALID", 'Did you mean "kermany"?'));
  await assert.rejects(download({ from: "ftp" as "kaggle" }), hasCode("OPTION_INVALID", "publisher or kaggle"));
  assert.equal(server.requests.length, before);
  rmSync(folder(), { recursive: true });
  await download();
  rmSync(join(folder(), "test", "NORMAL", "c.jpeg"));
  await assert.rejects(download(), hasCode("DATASET_FOLDER_TAKEN", "a download that was changed: 3 of 4 images"));
});

test("what is known here of published datasets is whole", () => {
  for (const { name, archives, licence, page } of publishedDatasets) {
    assert.ok(licence !== "" && page.startsWith("https://"), name);
    for (const { url, checksum, fileName } of Object.values(archives)) {
      assert.ok(url.startsWith("https://") && basename(fileName) === fileName, url);
      assert.ok(checksum === null || /^[0-9a-f]{64}$/.test(checksum.hex), url);
    }
  }
});
