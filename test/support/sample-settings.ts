// Settings of a run that never was, none of them the usual one.
import type { RunSettings } from "../../src/run/settings.js";

export const sampleSettings: RunSettings = {
  model: "custom",
  alpha: 0.5,
  protocol: "sound",
  data: "/data/chest x-rays' copy",
  weights: "/weights/my model.h5",
  fresh: ["conv_pw_13", "conv_pw_12"],
  trainFrom: { kind: "last", layers: 5 },
  epochs: 12,
  batch: 16,
  lr: 1e-3,
  fineTune: 3,
  fineTuneLr: 1e-5,
  fineTuneFrom: { kind: "all" },
  augmentation: "exposure",
  seed: 0,
  validation: "blocks",
  patients: "unknown",
  threshold: { kind: "sensitivity", target: 0.95 },
  imageSize: 112,
  interpolation: "area",
  maxPixels: 50_000_000,
  precision: "float32",
  threads: 2,
  device: "cuda:0",
};
