// The rules of ARCHITECTURE.md and CONTRIBUTING.md that a machine can check: the import table (read from the document
// itself), the length of files, no default exports, no printing in library code.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { test } from "node:test";
import { projectRoot } from "./support/paths.js";

const maxLines = 400;

interface SourceFile {
  /** Path inside the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Layer -> the layers it may import, as ARCHITECTURE.md's table says. */
function readImportTable(): ReadonlyMap<string, ReadonlySet<string>> {
  const document = readFileSync(join(projectRoot, "ARCHITECTURE.md"), "utf8");
  const rows = [...document.matchAll(/^\| `(src\/[\w-]+|web)` \|[^|]*\|([^|]*)\|$/gm)];
  const layers = rows.map((row) => layerName(row[1] as string));
  return new Map(
    rows.map((row) => {
      const cell = (row[2] as string).trim();
      const allowed = namedLayers(cell);
      for (const name of allowed) assert.ok(layers.includes(name), `${row[1]} may import "${name}", which has no row`);
      return [layerName(row[1] as string), new Set(allowed)];
    }),
  );
}

/** "core, images"; "nothing" and the public entries name no layer. */
const namedLayers = (cell: string): readonly string[] =>
  cell
    .split(",")
    .map((name) => name.trim())
    .filter((name) => !/^(nothing|public entries( only)?)$/.test(name));

/** The command line and the page ask the public API like any other user: what they need, the library can do. */
const entryUsers: ReadonlySet<string> = new Set(["cli", "web"]);
const publicEntries: ReadonlySet<string> = new Set(
  ["index", "inference", "serve", "browser"].map((name) => `src/${name}.js`),
);

const layerName = (folder: string): string => folder.replace(/^src\//, "");

function sourcesBelow(...folders: string[]): readonly SourceFile[] {
  return folders
    .map((folder) => join(projectRoot, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(ts|tsx|js|cc|h|py)$/.test(entry.name))
    .filter((entry) => !entry.parentPath.split(sep).includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path: relative(projectRoot, path).split(sep).join("/"),
      text: readFileSync(path, "utf8"),
    }));
}

/** A public entry: it stands above all layers. */
const isEntry = (file: SourceFile): boolean => publicEntries.has(file.path.replace(/\.ts$/, ".js"));

const isTest = (file: SourceFile): boolean => file.path.endsWith(".test.ts");

/** The modules a file imports, type imports and dynamic ones included. */
export function importedModules(text: string): readonly string[] {
  const found = text.matchAll(/(?:^|[\s;}])(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g);
  return [...found].map((match) => match[1] as string);
}

/** The layer in which a relative import of `file` ends: "model", "web", or the path when it leaves them all. */
function layerOfImport(file: SourceFile, specifier: string): string {
  const path = join(dirname(file.path), specifier).split(sep).join("/");
  return layerOf(path) ?? path;
}

function layerOf(path: string): string | undefined {
  return /^src\/([\w-]+)\//.exec(path)?.[1] ?? (path.startsWith("web/") ? "web" : undefined);
}

test("importedModules sees every way to import", () => {
  const text = `import { a } from "./a.js";\nimport type B from './b.js';\nimport "./c.js";
export { d } from "./d.js";\nconst e = await import("./e.js");\nimport {\n  f,\n} from "../f/f.js";\n// important "text"`;
  const expected = ["./a.js", "./b.js", "./c.js", "./d.js", "./e.js", "../f/f.js"];
  assert.deepEqual(importedModules(text), expected);
});

test("imports go in the directions of ARCHITECTURE.md", () => {
  const table = readImportTable();
  const files = sourcesBelow("src", "web").filter((file) => !isTest(file) && !isEntry(file));
  assert.ok(table.size >= 5 && files.length > 50, "the table and the sources were found");
  const violations = files.flatMap((file) => {
    const own = layerOf(file.path);
    const allowed = own === undefined ? undefined : table.get(own);
    if (own === undefined || allowed === undefined) return [`${file.path}: its folder has no row in the table`];
    return importedModules(file.text)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => layerOfImport(file, specifier))
      .filter((layer) => layer !== own && !allowed.has(layer) && !(entryUsers.has(own) && publicEntries.has(layer)))
      .map((layer) => `${file.path} imports ${layer}`);
  });
  assert.deepEqual(violations, []);
});

test("every folder in the table exists", () => {
  const missing = [...readImportTable().keys()]
    .map((layer) => (layer === "web" ? layer : `src/${layer}`))
    .filter((folder) => !existsSync(join(projectRoot, folder)));
  assert.deepEqual(missing, []);
});

test(`no file written by hand is longer than ${maxLines} lines`, () => {
  const long = sourcesBelow("src", "web", "native", "scripts", "bin", "test", "bench")
    .filter((file) => !file.text.startsWith("// Generated by "))
    .map((file) => ({ path: file.path, lines: file.text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > maxLines);
  assert.deepEqual(long, []);
});

test("no default exports, no export of everything", () => {
  const offenders = sourcesBelow("src", "web", "scripts", "test", "bench")
    .filter((file) => /^export (default\b|\* from)/m.test(file.text))
    .map((file) => file.path);
  assert.deepEqual(offenders, []);
});

test("library code does not print or end the process", () => {
  const offenders = sourcesBelow("src")
    .filter((file) => !isTest(file) && !file.path.startsWith("src/cli/"))
    .filter((file) => /^(?!\s*\*).*(\bconsole\.|\bprocess\.(stdout|stderr|exit)\b)/m.test(file.text)) // examples may
    .map((file) => file.path);
  assert.deepEqual(offenders, []);
});

test("ONNX Runtime is loaded in one place, which forbids its reports", () => {
  const offenders = sourcesBelow("src", "web", "scripts", "test", "bench")
    .filter((file) => file.path !== "src/core/onnx-runtime.ts")
    .filter((file) => importedModules(file.text.replace(/^import type .*$/gm, "")).includes("onnxruntime-node"))
    .map((file) => file.path);
  assert.deepEqual(offenders, []);
});

test("every file begins by saying what it is (a .cc file in its header)", () => {
  const files = sourcesBelow("src", "web", "native", "scripts");
  const paths = new Set(files.map((file) => file.path));
  const hasHeader = ({ path }: SourceFile) =>
    /\.cc$/.test(path) && (paths.has(`${path.slice(0, -3)}.h`) || paths.has(`native/${basename(path, ".cc")}.h`));
  const offenders = files
    .filter((file) => !isTest(file) && !hasHeader(file))
    .filter((file) => !/^(#![^\n]*\n)?\/\/ \S/.test(file.text))
    .map((file) => file.path);
  assert.deepEqual(offenders, []);
});

test("the page, the library for browsers and all they import do without Node", () => {
  const files = new Map(sourcesBelow("src", "web").map((file) => [file.path, file]));
  const seen = new Set([...files.keys()].filter((path) => path.startsWith("web/") || path === "src/browser.ts"));
  const offenders: string[] = [];
  for (const path of seen) {
    const file = files.get(path) as SourceFile;
    for (const specifier of importedModules(file.text.replace(/^import type .*$/gm, ""))) {
      if (/^(node:|sharp$|onnxruntime-node$)/.test(specifier)) offenders.push(`${path} imports ${specifier}`);
      if (!specifier.startsWith(".")) continue;
      const stem = join(dirname(path), specifier).split(sep).join("/").replace(/\.js$/, "");
      for (const found of [`${stem}.ts`, `${stem}.tsx`]) if (files.has(found)) seen.add(found);
    }
  }
  assert.ok(seen.size > 80, `${seen.size} files: the imports were followed`);
  assert.deepEqual(offenders, []);
});

/** A command line as a value is what these are for; the others are other programs' flags. */
const mayNameFlags: Readonly<Record<string, string>> = {
  "src/inference/collect-now.ts": "V8's own options",
  "src/inference/collect-rarely.ts": "V8's own options",
  "src/inference/session.ts": "the command of npm that installs a missing package",
  "src/machine/examine.ts": "each finding holds the command that mends it",
  "src/machine/graphics.ts": "options of nvidia-smi",
  "src/report/style.ts": "custom properties of CSS",
  "src/run/training-command.ts": "writes the command that repeats a run",
};

/** String literals, without comments and templates' expressions: a word such as "--lr" or "pneumoscope train" in one. */
export function commandWords(text: string): readonly string[] {
  const code = text.replace(/^\s*(\/\*\*?|\*|\/\/).*$/gm, "").replace(/\s\/\/ .*$/gm, "");
  const literals = code.match(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g) ?? [];
  return literals.flatMap((literal) => literal.match(/(?<![\w-])--[a-z][\w-]*|\bpneumoscope [a-z]+/g) ?? []);
}

test("commandWords sees options and commands in strings, and none in comments", () => {
  const text = `// as --lr does\nconst a = "with a lower --lr"; // or --batch\nconst b = \`Run "pneumoscope weights fetch \${id}".\`;
/** \`pneumoscope train\` */\nconst c = { place: "x", rule: 'so--called -- or a-b' };`;
  assert.deepEqual(commandWords(text), ["--lr", "pneumoscope weights"]);
});

test("what the library says names no option and no command: those words are the command line's", () => {
  const sources = sourcesBelow("src", "web")
    .filter((file) => !isTest(file) && /\.tsx?$/.test(file.path) && !file.path.startsWith("src/cli/"))
    .map((file) => ({ path: file.path, words: commandWords(file.text) }))
    .filter(({ words }) => words.length > 0);
  assert.deepEqual(
    sources.filter(({ path }) => mayNameFlags[path] === undefined),
    [],
  );
  const named = sources.map(({ path }) => path);
  assert.deepEqual(
    Object.keys(mayNameFlags).filter((path) => !named.includes(path)),
    [],
    "an exception that is none any more",
  );
});
