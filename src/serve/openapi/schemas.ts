// JSON Schemas of what the API answers, for the OpenAPI document. Tests hold every answer against them.

import { errorCatalogue } from "../../core/error-catalogue.js";
import { imageWarningCatalogue } from "../../images/image-warning.js";
import { scopeCodes } from "../../images/out-of-scope/check-scope.js";
import { operationSplits } from "../../model/measured-operation.js";

type Schema = Readonly<Record<string, unknown>>;

const text = { type: "string" } as const;
const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: Schema): Schema => ({ type: "array", items });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });

/** An object with all of these properties and no other. */
function exactly(
  properties: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: "object",
    properties: { ...properties, ...optional },
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

const probability = { type: "number", minimum: 0, maximum: 1 } as const;
const size = { type: "integer", minimum: 1 } as const;
const errorCode = { type: "string", enum: Object.keys(errorCatalogue), description: "See docs/errors.md." } as const;
const className = { enum: ["NORMAL", "PNEUMONIA"] } as const;
const about = { class: className, height: size, width: size } as const;
const thresholdFields = { value: { type: "number" }, policy: text, chosenOn: orNull(text) } as const;
const summaryFields = {
  id: { ...text, description: "The registry's name and the beginning of the model file's sha256." },
  name: text,
  title: text,
} as const;
const problemFields = {
  type: { ...text, description: "urn:pneumoscope:error: and the code" },
  title: text,
  status: { type: "integer" },
  detail: text,
  code: errorCode,
} as const;

export const schemas = {
  Warning: {
    ...exactly({ code: { enum: Object.keys(imageWarningCatalogue) }, message: text }),
    description: "What a DICOM file says of itself that speaks against using the score. See docs/dicom.md.",
  },
  Finding: exactly({ code: { enum: scopeCodes }, message: text }),
  Scope: {
    ...exactly({
      inScope: { type: "boolean" },
      findings: listOf(reference("Finding")),
      distance: { type: "number", minimum: 0, description: "1 is the limit; above it the image is out of scope." },
    }),
    description: "Whether the image looks like those the model was made for.",
  },
  HeatMap: {
    description:
      "Grad-CAM for one class: where the model looked, not where a disease is. `values`: the model's own resolution, row-major, 0 to 1. `png`: an 8-bit grey PNG in base64, of the model's image size.",
    oneOf: [
      exactly({ ...about, values: listOf(probability) }),
      exactly({ ...about, png: { type: "string", contentEncoding: "base64", contentMediaType: "image/png" } }),
    ],
  },
  ScoredImage: exactly(
    {
      name: { ...text, description: "The file's name as the client sent it, without folders and control characters." },
      score: { ...probability, description: "P(pneumonia)" },
      label: {
        enum: ["NORMAL", "PNEUMONIA", "UNSURE"],
        description: "PNEUMONIA from the threshold on; UNSURE only where the model has a band of scores for that",
      },
      warnings: listOf(reference("Warning")),
      scope: orNull(reference("Scope")),
    },
    { heatmap: orNull(reference("HeatMap")) },
  ),
  FailedImage: exactly({ name: text, error: exactly({ code: errorCode, title: text, detail: text }) }),
  Result: { oneOf: [reference("ScoredImage"), reference("FailedImage")] },
  MeasuredValue: exactly({
    value: orNull(probability),
    low: orNull(probability),
    high: orNull(probability),
    n: { type: "integer", minimum: 0 },
  }),
  MeasuredOperation: {
    description: "What the threshold amounts to on one split of the model's dataset, with 95 % intervals.",
    ...exactly({
      split: { enum: operationSplits },
      threshold: { type: "number" },
      images: { type: "integer" },
      sensitivity: reference("MeasuredValue"),
      specificity: reference("MeasuredValue"),
      auc: reference("MeasuredValue"),
    }),
  },
  Threshold: exactly(
    { ...thresholdFields, measured: orNull(reference("MeasuredOperation")) },
    {
      givenBy: { enum: ["user"], description: "A number that somebody gave; on what it was chosen is not known." },
      reached: orNull(exactly({ n: size, sensitivity: probability, specificity: probability })),
    },
  ),
  UnsureBand: {
    description:
      "In which scores the answer is UNSURE: from pneumoniaFrom to normalUpTo, and to the threshold where that lies outside. Calibrated only where it is local.",
    ...exactly({
      coverage: probability,
      pneumoniaFrom: probability,
      normalUpTo: probability,
      setOn: text,
      isLocal: { type: "boolean" },
      patients: exactly({ normal: { type: "integer" }, pneumonia: { type: "integer" } }),
      arePatientsKnown: { type: "boolean" },
    }),
  },
  ModelSummary: exactly(summaryFields),
  Predictions: exactly(
    {
      model: reference("ModelSummary"),
      threshold: reference("Threshold"),
      intendedUse: text,
      results: listOf(reference("Result")),
    },
    { unsure: reference("UnsureBand") },
  ),
  Model: exactly({
    ...summaryFields,
    hasContract: { type: "boolean", description: "False where the file does not say how it wants to be read." },
    threshold: reference("Threshold"),
    intendedUse: text,
    contract: {
      type: "object",
      description: "The model's own contract: how pixels go in, what the score means, what it was trained on.",
      properties: { model: text, title: text, imageSize: size, threshold: { type: "object" } },
      required: ["model", "title", "imageSize", "interpolation", "scaling", "classes", "threshold", "trainedOn"],
    },
  }),
  Version: exactly({ name: text, version: text, api: { const: "v1" }, node: text }),
  Health: exactly({ status: { enum: ["live", "ready"] } }),
  Problem: {
    ...exactly(problemFields, { requestId: text, results: listOf(reference("FailedImage")) }),
    description: "RFC 9457. `results` where every image of the request failed.",
  },
} as const satisfies Readonly<Record<string, Schema>>;
