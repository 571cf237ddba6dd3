// The addon that is built here carries its protection, and a compiler that lacks a flag gets the next best.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../src/core/package.js";
import { addonFile, addonFolder } from "../../src/tensor/addon-folder.js";
import { elfProtection } from "../support/elf-file.js";

const { hardeningFlags } = await import(pathToFileURL(join(packageRoot(), "scripts", "setup", "hardening.js")).href);
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-hardening-"));
after(() => rmSync(folder, { recursive: true }));

const addon = addonFile(addonFolder({}));
const skip =
  process.platform !== "linux" || !existsSync(addon) ? "the addon is not built here, or not as an ELF file" : false;

test("the addon: no executable stack, no writable code, addresses settled at loading and read-only then", {
  skip,
}, () => {
  assert.deepEqual(elfProtection(readFileSync(addon)), {
    hasExecutableStack: false,
    hasRelro: true,
    bindsNow: true,
    hasWritableCode: false,
  });
});

test("the addon: broken stacks end it, and the standard library's containers check their bounds", { skip }, () => {
  const bytes = readFileSync(addon);
  assert.ok(bytes.includes("__stack_chk_fail\0"), "-fstack-protector-strong");
  assert.match(bytes.toString("latin1"), /__glibcxx_assert_fail|__replacement_assert/, "-D_GLIBCXX_ASSERTIONS");
});

/** A compiler that refuses a command in which any of these words stands. */
function compilerWithout(...words: readonly string[]): string {
  const path = join(folder, `compiler-${words.length}`);
  const cases = words.map((word) => `*${word}*) exit 1 ;;`).join(" ");
  writeFileSync(path, `#!/bin/sh\ncase "$*" in ${cases} *) exit 0 ;; esac\n`);
  chmodSync(path, 0o755);
  return path;
}

test("a flag that the compiler does not know is left out, or the next weaker taken", async () => {
  const all = await hardeningFlags(compilerWithout("nothing-is-called-so"));
  assert.ok(all.compile.includes("-D_FORTIFY_SOURCE=3") && all.compile.includes("-fstack-clash-protection"));
  const less = await hardeningFlags(compilerWithout("FORTIFY_SOURCE=3", "stack-clash", "separate-code"));
  assert.ok(less.compile.includes("-D_FORTIFY_SOURCE=2") && less.compile.includes("-fstack-protector-strong"));
  assert.ok(!less.compile.includes("-fstack-clash-protection") && !less.link.includes("-Wl,-z,separate-code"));
});
