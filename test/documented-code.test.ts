// The TypeScript in docstrings of the public entries, in README.md and in docs/ compiles against what package.json exports,
// as a user's own code would. What an example of a docstring leaves out, `preamble` adds; CONTRIBUTING.md says so to writers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { filesBelow } from "./support/files-below.js";
import { projectRoot } from "./support/paths.js";

interface Example {
  /** "src/serve.ts, line 40" */
  readonly place: string;
  readonly code: string;
}

mkdirSync(join(projectRoot, "build"), { recursive: true });
/** Inside the project: "pneumoscope" means this package there, by its own exports. */
const folder = mkdtempSync(join(projectRoot, "build", "documented-code-"));
after(() => rmSync(folder, { recursive: true }));

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;

/** Blocks that begin with ```ts. */
function codeBlocks(path: string, text: string): readonly Example[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ index, 1: code = "" }) => ({
    place: `${path}, line ${lineOf(text, index)}`,
    code,
  }));
}

/** What follows `@example` in a docstring, up to the next tag. */
function docstringExamples(path: string, text: string): readonly Example[] {
  return [...text.matchAll(/^ \* @example\n((?: \*(?! @| *\/).*\n)+)/gm)].map(({ index, 1: lines = "" }) => ({
    place: `${path}, line ${lineOf(text, index)}`,
    code: lines.replaceAll(/^ \* ?/gm, ""),
  }));
}

/** What examples of docstrings may take for granted, where they do not declare it themselves. */
const given: Readonly<Record<string, string>> = {
  classifier: 'declare const classifier: import("pneumoscope").Classifier;',
  app: 'declare const app: import("fastify").FastifyInstance;',
  input: "declare const input: HTMLInputElement;",
  file: "declare const file: File;",
};

/** Name -> the entry that exports it: what is documented for browsers is imported from the entry for browsers. */
type Exported = ReadonlyMap<string, string>;
interface Entries {
  readonly node: Exported;
  readonly browser: Exported;
}

function preamble({ place, code }: Example, entries: Entries): string {
  const exported = place.startsWith("src/browser.ts") ? entries.browser : entries.node;
  if (/^import /m.test(code)) return "";
  const isUsed = (name: string) => new RegExp(`(?<![.\\w"])${name}\\b(?!:)`).test(code);
  const isDeclared = (name: string) => new RegExp(`\\b(const|using|let) (\\{[^}]*)?\\b${name}\\b`).test(code);
  const wanted = (name: string) => isUsed(name) && !isDeclared(name);
  const imports = [...exported].filter(([name]) => wanted(name));
  const constants = Object.entries(given).filter(([name]) => wanted(name));
  return [
    ...imports.map(([name, entry]) => `import { ${name} } from "${entry}";`),
    ...constants.map(([, line]) => line),
    "export {};\n",
  ].join("\n");
}

/** Every function and value that the public entries export. */
async function exportedValues(): Promise<Entries> {
  const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, { default: string } | string> };
  const entries = { node: new Map<string, string>(), browser: new Map<string, string>() };
  for (const [subpath, entry] of Object.entries(exports)) {
    if (typeof entry === "string") continue;
    const names = subpath === "./browser" ? entries.browser : entries.node;
    const module: object = await import(join(projectRoot, entry.default));
    for (const name of Object.keys(module)) if (!names.has(name)) names.set(name, subpath.replace(".", "pneumoscope"));
  }
  return entries;
}

/** tsc's complaints about the examples, with the places that they come from. */
function compile(examples: readonly Example[], entries: Entries): readonly string[] {
  for (const [i, example] of examples.entries()) {
    writeFileSync(join(folder, `example-${i}.ts`), preamble(example, entries) + example.code);
  }
  const options = {
    compilerOptions: {
      target: "esnext",
      lib: ["esnext", "dom"],
      types: ["node"],
      typeRoots: [join(projectRoot, "node_modules", "@types")],
      module: "nodenext",
      moduleDetection: "force",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  const tsc = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { encoding: "utf8" });
  for (const file of readdirSync(folder)) rmSync(join(folder, file));
  return stdout
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.replace(/^.*?example-(\d+)\.ts/, (_, i) => examples[Number(i)]?.place ?? ""));
}

test("a wrong name in an example is found, and said where", async () => {
  const wrong = [
    ...codeBlocks("README.md", '# One\n\n```ts\nimport { openClasifier } from "pneumoscope";\n```\n'),
    ...docstringExamples("src/serve.ts", "/**\n * @example\n * const app = await createSever(classifier);\n */\n"),
    ...docstringExamples(
      "src/index.ts",
      "/**\n * @example\n * const { nothing } = classifier;\n *\n * @throws X\n */\n",
    ),
  ];
  const complaints = compile(wrong, await exportedValues());
  assert.equal(complaints.length, 3, complaints.join("\n"));
  assert.match(complaints[0] ?? "", /^README.md, line 3.*no exported member named 'openClasifier'/);
  assert.match(complaints[1] ?? "", /^src\/serve.ts, line 2.*Cannot find name 'createSever'/);
  assert.match(complaints[2] ?? "", /^src\/index.ts, line 2.*'nothing' does not exist/);
});

test("every example compiles", async () => {
  const documents = ["README.md", ...filesBelow("docs").filter((path) => path.endsWith(".md"))];
  const sources = filesBelow("src").filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
  const examples = [
    ...documents.flatMap((path) => codeBlocks(path, read(path))),
    ...sources.flatMap((path) => docstringExamples(path, read(path))),
    {
      place: "examples/deno/scores.ts",
      code: `declare const Deno: { args: string[] };\n${read("examples/deno/scores.ts")}`,
    },
  ];
  assert.ok(examples.length > 30, `${examples.length} examples were found`);
  assert.deepEqual(compile(examples, await exportedValues()), []);
});
