// What was decided before a test set was read: which trainings with which settings and seeds, the threshold's policy among them, and by
// which metrics they are judged. A file that is sealed by the checksum of its content.
import { writeFileAtomically } from "../../core/atomic-file.js";
import { AppError } from "../../core/errors.js";
import { readJson } from "../../core/json-file.js";
import type { MetricName } from "../../evaluation/metrics/registry.js";
import { type PlainSettings, plainSettings, type RunSettings, trainingSettings } from "../settings.js";
import { settingsWithoutPaths } from "../without-paths.js";
import { sha256Of } from "./chain.js";
import { isTestSet, type TestSet } from "./test-set.js";

/** A protocol as its file and the ledger hold it. */
export interface FrozenProtocol {
  readonly version: 1;
  /** Of the Pneumoscope that froze it. */
  readonly productVersion: string;
  /** ISO 8601, by the clock of the machine that froze it. */
  readonly frozenAt: string;
  readonly test: TestSet;
  /** Of each training all settings that make it what it is, seed and threshold policy among them; no paths. */
  readonly trainings: readonly Partial<PlainSettings>[];
  /** The first is the main one. */
  readonly metrics: readonly MetricName[];
  /** Of all above. */
  readonly sha256: string;
}

export function sealedProtocol(content: Omit<FrozenProtocol, "version" | "sha256">): FrozenProtocol {
  const { productVersion, frozenAt, test, trainings, metrics } = content;
  const facts = { version: 1, productVersion, frozenAt, test, trainings, metrics } as const;
  return { ...facts, sha256: sha256Of(JSON.stringify(facts)) };
}

/** The settings by which a training is told from others, as a protocol and the ledger keep them. */
export function toldSettings(settings: RunSettings): Partial<PlainSettings> {
  const plain = plainSettings(settingsWithoutPaths(settings));
  return Object.fromEntries(trainingSettings.map((name) => [name, plain[name]]));
}

/** @throws AppError FILE_UNWRITABLE */
export async function writeProtocol(path: string, protocol: FrozenProtocol): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(protocol, null, 2)}\n`);
}

/** @throws AppError FILE_MISSING, FILE_UNREADABLE; PROTOCOL_INVALID where the file is none, or was changed since it was frozen */
export async function readProtocol(path: string): Promise<FrozenProtocol> {
  const value = (await readJson(path, (found) => found)) as Partial<FrozenProtocol> | null;
  const { trainings, metrics, test } = value ?? {};
  if (value?.version !== 1 || !areTrainings(trainings) || !Array.isArray(metrics) || !isTestSet(test)) {
    throw invalid(path, "should be a file that protocol freeze wrote", "another");
  }
  const protocol = value as FrozenProtocol;
  if (sealedProtocol(protocol).sha256 === protocol.sha256) return protocol;
  throw invalid(path, "should be as it was frozen", "one that was changed since: its content has another checksum");
}

/** One at least: what is run is compared with the nearest. */
export const areTrainings = (value: unknown): value is FrozenProtocol["trainings"] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "object" && one !== null);

const invalid = (place: string, rule: string, received: string): AppError =>
  new AppError("PROTOCOL_INVALID", { place, rule, received, remedy: "Restore it, or freeze a protocol anew" });

/**
 * The settings in which a training differs from the protocol's training that is nearest; none where it is one of them.
 * @param told what is known of the training: settings that are not known do not count
 */
export function departuresFrom({ trainings }: FrozenProtocol, told: Partial<PlainSettings>): readonly string[] {
  const differing = trainings.map((training) =>
    Object.entries(told)
      .filter(([name, value]) => JSON.stringify(training[name as keyof PlainSettings]) !== JSON.stringify(value))
      .map(([name]) => name),
  );
  return differing.reduce((a, b) => (b.length < a.length ? b : a));
}

/**
 * Refuses what a protocol does not have, before anything is trained.
 * @throws AppError PROTOCOL_DEPARTED
 */
export function requireFollowed(place: string, protocol: FrozenProtocol, told: Partial<PlainSettings>): void {
  const departures = departuresFrom(protocol, told);
  if (departures.length === 0) return;
  const values = departures.map((name) => `${name} ${JSON.stringify(told[name as keyof PlainSettings])}`);
  throw new AppError("PROTOCOL_DEPARTED", {
    place,
    rule: "what is run should be what the frozen protocol says",
    received: `other settings: ${values.join(", ")}`,
    remedy: "Give its settings, or run without naming the protocol: the report then says that it departs from it",
  });
}

/** @throws AppError PROTOCOL_DEPARTED where a protocol is of other test images */
export function requireItsTest(place: string, protocol: FrozenProtocol, test: TestSet): void {
  if (protocol.test.sha256 === test.sha256) return;
  throw new AppError("PROTOCOL_DEPARTED", {
    place,
    rule: "the test images should be those for which the protocol was frozen",
    received: `${test.images} others than the ${protocol.test.images} then`,
    remedy: "Restore them, or freeze a protocol for these",
  });
}
