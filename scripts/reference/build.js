// `npm run docs`: the API reference as static pages with search, from the docstrings of what package.json exports. Ends with
// code 1 where something exported has no docstring or a link leads nowhere.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Application, ReflectionKind } from "typedoc";
import { projectRoot } from "../setup/run-setup.js";

const here = join(projectRoot, "scripts", "reference");
const out = process.argv[2] ?? join(projectRoot, "build", "reference");
/** Where the plugin puts types that nobody exports but that stand in signatures of what is exported. */
const internal = "<internal>";
const described =
  ReflectionKind.Class |
  ReflectionKind.Function |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable;

const application = await Application.bootstrapWithPlugins({
  name: `Pneumoscope ${readPackage().version}`,
  entryPoints: exportedSources(),
  tsconfig: join(here, "tsconfig.json"),
  plugin: ["typedoc-plugin-missing-exports"],
  out,
  readme: "none",
  groupOrder: ["Functions", "Variables", "Classes", "Interfaces", "*", "Modules"],
  kindSortOrder: ["Function", "Variable", "Class", "Interface", "TypeAlias", "Reference", "Module"],
  disableSources: true,
  excludeExternals: true,
  skipErrorChecking: true, // tsc has looked
  validation: { notDocumented: false, notExported: false, invalidLink: true },
});
const project = await application.convert();
if (project !== undefined) {
  application.validate(project);
  await application.generateOutputs(project);
  for (const line of lacking(project)) application.logger.warn(line);
}
const { errorCount, warningCount } = application.logger;
console.log(`${join(out, "index.html")}: ${errorCount} errors, ${warningCount} warnings`);
process.exitCode = project === undefined || errorCount + warningCount > 0 ? 1 : 0;

/**
 * Exports without a docstring, and functions without an example.
 * @param {import("typedoc").ProjectReflection} everything
 */
function lacking(everything) {
  return everything
    .getReflectionsByKind(described)
    .filter((reflection) => !reflection.getFullName().includes(internal))
    .flatMap((reflection) => {
      const comments = [reflection, ...(reflection.isDeclaration() ? (reflection.signatures ?? []) : [])].flatMap(
        ({ comment }) => comment ?? [],
      );
      if (comments.length === 0) return [`${reflection.getFullName()} has no docstring`];
      const hasExample = comments.some((comment) => comment.getTag("@example") !== undefined);
      if (reflection.kindOf(ReflectionKind.Function) && !hasExample)
        return [`${reflection.getFullName()}: no @example`];
      return [];
    });
}

/** The sources of all that package.json exports with types: "./dist/src/serve.d.ts" -> src/serve.ts */
function exportedSources() {
  return Object.values(readPackage().exports).flatMap((entry) =>
    typeof entry === "string" ? [] : [join(projectRoot, entry.types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "$1.ts"))],
  );
}

/** @returns {{ version: string, exports: Record<string, string | { types: string }> }} */
function readPackage() {
  return JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
}
