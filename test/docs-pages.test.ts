// The documents agree with what they are about: the settings page with the table, links with files, the index with the pages,
// bench/README.md with the measurements.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { filesBelow } from "./support/files-below.js";
import { projectRoot } from "./support/paths.js";

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const isMarkdown = (path: string): boolean => path.endsWith(".md");
/** Written for one place alone; the others are documents of the product. */
const documents = (): readonly string[] => [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "FEATURES.md", "CHANGELOG.md", "SECURITY.md"],
  ...[...filesBelow("docs"), ...filesBelow("bench"), ...filesBelow("examples")].filter(
    (path) => isMarkdown(path) && !path.includes("node_modules"),
  ),
];

test("docs/settings.md is what the settings table says", () => {
  const script = join(projectRoot, "scripts", "write-settings-page.js");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("every link between documents leads to a file, and to a heading where it names one", () => {
  const broken = documents().flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([\w-]+))?\)/g)].flatMap(
      ([link, target = "", heading]) => {
        const file = target === "" ? path : join(dirname(path), target);
        if (!existsSync(join(projectRoot, file))) return [`${path}: ${link}`];
        return heading === undefined || headingsOf(read(file)).includes(heading) ? [] : [`${path}: ${link}`];
      },
    ),
  );
  assert.deepEqual(broken, []);
});

/** As GitHub names them in links. */
const headingsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

test("SECURITY.md names tests and measurements that are there", () => {
  const named = [...read("SECURITY.md").matchAll(/`((?:src|test|bench)\/[^`]*)`/g)].map(([, path = ""]) => path);
  assert.ok(named.length > 15);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(projectRoot, path))),
    [],
  );
});

test("docs/README.md lists every page", () => {
  const index = read("docs/README.md");
  const missing = filesBelow("docs")
    .filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== "docs/README.md")
    .filter((path) => !index.includes(`(${path.slice("docs/".length)})`));
  assert.deepEqual(missing, []);
});

test("bench/README.md names every measurement and every script, and nothing that is not there", () => {
  const text = read("bench/README.md");
  const files = filesBelow("bench").filter((path) => /\.(csv|ts|py)$/.test(path) && !path.endsWith(".test.ts"));
  const unnamed = files.filter((path) => !text.includes(`\`${path.slice("bench/".length)}\``));
  assert.deepEqual(unnamed, []);
  const named = [...text.matchAll(/`([\w./-]+\.(?:csv|ts|py))`/g)].map(([, path = ""]) => `bench/${path}`);
  assert.deepEqual(
    named.filter((path) => !files.includes(path)),
    [],
  );
});

test("no document has a place that was to be filled in, and examples/README.md lists every example", () => {
  const unfilled = documents().filter((path) => /^[A-Z_]{5,}$|\b(TODO|TBD|FIXME)\b/m.test(read(path)));
  assert.deepEqual(unfilled, []);
  const index = read("examples/README.md");
  const examples = filesBelow("examples").map((path) => path.slice("examples/".length));
  assert.ok(examples.length > 4);
  const unlisted = examples.filter((path) => {
    const [folder = ""] = path.split("/");
    return path.endsWith(".ts") && !index.includes(`(${path})`) && !index.includes(`(${folder}/README.md)`);
  });
  assert.deepEqual(unlisted, []);
});

test("every CSV of a measurement that a document names is there", () => {
  const missing = documents().flatMap((path) =>
    [...read(path).matchAll(/bench\/(results\/[\w-]+\.csv)/g)]
      .filter(([, file = ""]) => !existsSync(join(projectRoot, "bench", file)))
      .map(([named]) => `${path}: ${named}`),
  );
  assert.deepEqual(missing, []);
});
