// What a recalibrated model says of it in its contract, and how its last layer carries it: a line through the logit is one
// through the dense layer before the sigmoid, so every format holds it and no reader has to know.
import { AppError } from "../core/errors.js";
import { lastDense } from "./last-dense.js";
import { isMeasuredOperation, type MeasuredOperation } from "./measured-operation.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import type { WeightMap } from "./weights.js";

/** What became of a model's scores after its training, and on whom. Never holds images, names or patients. */
export interface Recalibration {
  /** logit P(pneumonia) = intercept + slope * logit(original score). */
  readonly intercept: number;
  readonly slope: number;
  readonly method: "none" | "intercept" | "intercept-and-slope";
  /** The folder or file with the images. */
  readonly dataset: string;
  readonly images: number;
  /** Of each class; images, where `arePatientsKnown` is false. */
  readonly patients: { readonly normal: number; readonly pneumonia: number };
  readonly arePatientsKnown: boolean;
  /** sha256 of the images' names, labels and files. */
  readonly sha256: string;
  /** "2026-11-29". */
  readonly date: string;
  /** Who did it, as they call themselves; null where nobody is named. */
  readonly by: string | null;
  /** The threshold that the original was used with. */
  readonly thresholdBefore: number;
  /** What the new threshold does to these patients, each left out in turn when scores and threshold were fitted. */
  readonly operation: MeasuredOperation;
}

/** "Recalibrated on 50 local patients (20 with pneumonia) of ward, 2026-11-29." */
export function recalibrationText({ method, patients, arePatientsKnown, dataset, date, by }: Recalibration): string {
  const people = `${patients.normal + patients.pneumonia} local ${arePatientsKnown ? "patients" : "images"}`;
  const on = `on ${people} (${patients.pneumonia} with pneumonia) of ${dataset}, ${date}${by === null ? "" : `, by ${by}`}`;
  return method === "none"
    ? `Its threshold was chosen ${on}; its scores needed no change.`
    : `Its scores were recalibrated (${method === "intercept" ? "intercept" : "intercept and slope"}) ${on}.`;
}

/** The weights with which the model gives the recalibrated score. @throws AppError MODEL_INVALID without a dense end */
export function recalibratedModel<Model extends { readonly graph: ModelGraph; readonly weights: WeightMap }>(
  model: Model,
  { intercept, slope }: Pick<Recalibration, "intercept" | "slope">,
  place: string,
): Model {
  const { graph, weights } = model;
  const dense = lastDense(graph);
  const kernel = weights.get(dense?.name ?? "")?.get("kernel");
  if (dense === null || kernel === undefined) {
    throw new AppError("MODEL_INVALID", {
      place,
      rule: "recalibrating needs a model that ends in a dense layer and its sigmoid",
      received: "another end",
      remedy: "Choose a model that was trained here",
    });
  }
  const bias = weights.get(dense.name)?.get("bias")?.data[0] ?? 0;
  const moved = new Map([
    ["kernel", { shape: kernel.shape, data: kernel.data.map((value) => slope * value) }],
    ["bias", { shape: [1], data: Float32Array.of(intercept + slope * bias) }],
  ]);
  const nodes = graph.nodes.map(
    (node): LayerNode => (node === dense ? { ...dense, config: { ...dense.config, useBias: true } } : node),
  );
  return { ...model, graph: { ...graph, nodes }, weights: new Map([...weights, [dense.name, moved]]) };
}

/** Whether a value read from a file is one: every field is there with its type. */
export function isRecalibration(value: unknown): value is Recalibration {
  const found = (value ?? {}) as Partial<Recalibration>;
  const isCount = (count: unknown) => Number.isInteger(count) && (count as number) >= 0;
  return (
    Number.isFinite(found.intercept) &&
    Number.isFinite(found.slope) &&
    ["none", "intercept", "intercept-and-slope"].includes(found.method ?? "") &&
    typeof found.dataset === "string" &&
    [found.images, found.patients?.normal, found.patients?.pneumonia].every(isCount) &&
    typeof found.arePatientsKnown === "boolean" &&
    typeof found.sha256 === "string" &&
    typeof found.date === "string" &&
    (found.by === null || typeof found.by === "string") &&
    Number.isFinite(found.thresholdBefore) &&
    isMeasuredOperation(found.operation)
  );
}
