// Setting up the training engine: finds or installs a compiler and libtorch and builds the addon. The steps are those of
// scripts/setup, plain JavaScript, because a checkout runs them before anything is compiled.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { aFunction, checkOptions } from "../core/check-options.js";
import { AppError, messageOf } from "../core/errors.js";
import { lockFolder } from "../core/folder-lock.js";
import { packageRoot } from "../core/package.js";
import { addonFile, addonFolder } from "../tensor/addon-folder.js";
import { engineInfo } from "../tensor/engine.js";
import { trainingEngine } from "../tensor/native.js";

/** One step of a set-up, as it is told while it runs. */
export interface SetUpStep {
  /** What the step is about: "compiler", "libtorch", "addon", "system". */
  readonly name: string;
  readonly text: string;
}

/** System packages that a set-up would install with `sudo apt-get`. */
export interface InstallRequest {
  readonly packages: readonly string[];
  /** Completes "needed for …". */
  readonly purpose: string;
}

/** Who is told of the set-up of the training engine, and who is asked. */
export interface SetUpOptions {
  /** Told of every step, what was found and what was done. */
  readonly onStep?: ((step: SetUpStep) => void) | undefined;
  /**
   * Asked before anything is installed through sudo; the answer when absent is no, and libtorch is then downloaded into the
   * cache folder. Root is not asked: a container's or a continuous integration's set-up goes on.
   */
  readonly mayInstall?: ((request: InstallRequest) => Promise<boolean>) | undefined;
}

/** What a set-up built. */
export interface TrainingEngine {
  /** The file that was built. */
  readonly addon: string;
  /** libtorch's version, for instance "2.9.1". */
  readonly libtorch: string;
}

/** @throws AppError ENGINE_MISSING saying what could not be done, and what to do; FILE_UNWRITABLE */
export async function setUpEngine(options: SetUpOptions = {}): Promise<TrainingEngine> {
  checkOptions("setUpEngine", options, { onStep: aFunction, mayInstall: aFunction });
  const { onStep = () => undefined, mayInstall = async () => false } = options;
  const folder = addonFolder();
  const release = await holdFolder(folder);
  try {
    const { withSteps } = await setUpScript<StepsScript>("report.js");
    const { buildEngine } = await setUpScript<BuildScript>("build-engine.js");
    const { withConsent } = await setUpScript<ConsentScript>("consent.js");
    await withSteps(onStep, () => withConsent(mayInstall, () => buildEngine(packageRoot(), folder)));
  } catch (thrown) {
    throw isSetUpError(thrown) ? asAppError(thrown) : thrown;
  } finally {
    await release();
  }
  return { addon: addonFile(folder), libtorch: engineInfo().version };
}

interface StepsScript {
  withSteps(listener: (step: SetUpStep) => void, work: () => Promise<void>): Promise<void>;
}

interface ConsentScript {
  withConsent(ask: (request: InstallRequest) => Promise<boolean>, work: () => Promise<void>): Promise<void>;
}

interface BuildScript {
  buildEngine(root: string, out: string): Promise<void>;
}

/** A file of scripts/setup: these are not compiled, and so not known to the compiler. */
function setUpScript<Exports>(name: string): Promise<Exports> {
  return import(pathToFileURL(join(packageRoot(), "scripts", "setup", name)).href);
}

/** Two builds into one folder would spoil each other. */
async function holdFolder(folder: string): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true });
    const lock = await lockFolder(folder);
    return () => lock.release();
  } catch (thrown) {
    const isHeld = thrown instanceof AppError && thrown.code === "RUN_FOLDER_LOCKED";
    const facts = isHeld
      ? { place: trainingEngine, rule: `another process builds it in ${folder}`, remedy: "Wait for it" }
      : {
          place: folder,
          rule: `the engine's folder cannot be used: ${messageOf(thrown)}`,
          remedy: "Make it writable, or name another place in PNEUMOSCOPE_CACHE",
        };
    throw new AppError(isHeld ? "ENGINE_MISSING" : "FILE_UNWRITABLE", facts, { cause: thrown });
  }
}

/** scripts/setup/report.js: `why`, and a command or an action that mends it. */
type SetUpError = Error & { readonly why: string; readonly fix: string };

const isSetUpError = (thrown: unknown): thrown is SetUpError =>
  thrown instanceof Error && "why" in thrown && "fix" in thrown;

function asAppError(thrown: SetUpError): AppError {
  const rule = `${thrown.message} ${thrown.why}`;
  return new AppError("ENGINE_MISSING", { place: trainingEngine, rule, remedy: thrown.fix }, { cause: thrown });
}
