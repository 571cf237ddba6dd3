// What a model that a run trains says of itself, before a threshold is chosen.
import type { Sample } from "../dataset/sample.js";
import type { StoredContract } from "../model/stored-contract.js";
import type { WeightsOrigin } from "../model/weights-origin.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import type { ProtocolRules } from "../training/protocol.js";
import type { PreparedData } from "./prepare-data.js";
import type { RunSettings } from "./settings.js";

interface ContractParts {
  readonly settings: RunSettings;
  readonly entry: ZooEntry;
  readonly rules: ProtocolRules;
  readonly data: PreparedData;
}

/** With threshold 0.5. */
export function contractOf({ settings, entry, rules, data }: ContractParts, weights: WeightsOrigin): StoredContract {
  return {
    version: 1,
    model: entry.id,
    title: entry.title,
    protocol: settings.protocol,
    weights,
    imageSize: settings.imageSize,
    interpolation: settings.interpolation,
    scaling: rules.scaling,
    classes: entry.classes,
    threshold: { value: 0.5, policy: "0.5", chosenOn: null },
    trainedOn: {
      dataset: data.dataset.root.split(/[\\/]/).at(-1) ?? "",
      images: data.training.length,
      sha256: data.fingerprint.files,
      kind: data.dataset.kind,
      splitBy: data.splitBy,
      ...agesOf(data.training),
    },
  };
}

/** Where a manifest says every image's. */
function agesOf(samples: readonly Sample[]): Pick<StoredContract["trainedOn"], "agesYears"> {
  const ages = samples.flatMap(({ facts }) => facts?.ageYears ?? []);
  if (ages.length < samples.length) return {};
  const [youngest, oldest] = [Math.min, Math.max].map((of) => ages.reduce((a, b) => of(a, b))) as [number, number];
  return { agesYears: [Math.floor(youngest), Math.floor(oldest)] };
}
