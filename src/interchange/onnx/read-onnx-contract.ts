// Reads what a .onnx file of ours says about itself, without its weights, and refuses what no file of ours holds: other
// inputs and outputs, operators we do not write, graphs inside nodes, data outside the file. For Node.js and browsers:
// ONNX Runtime shows neither metadata nor what it is about to run. The file is taken for hostile.
import protobuf from "protobufjs/light.js";
import { AppError, messageOf } from "../../core/errors.js";
import { isModelContract, type ModelContract, modelSchemaVersion } from "../../model/model-contract.js";
import { invalid } from "../invalid-model-file.js";
import { dataType, maxAttributeTensorBytes, tensorAttribute } from "./onnx-messages.js";
import { isOpenedOperator } from "./onnx-operators.js";
import { readInside, readValue, type ValueFacts, type Visit, walk } from "./protobuf-fields.js";
import { inferenceNames, madeFromMetadataKey, onnxMetadataKey } from "./write-inference-model.js";

/** Four times the largest registered model; protobuf itself ends at 2 GiB. */
export const maxOnnxBytes = 1024 ** 3;
const maxMetadataBytes = 1024 ** 2;
/** Nodes, constants, metadata entries: each kind. The deepest registered model has about a thousand. */
const maxItems = 20_000;

export interface OnnxContract {
  readonly contract: ModelContract;
  /** Of one map; null where the file gives none. */
  readonly heatMap: { readonly height: number; readonly width: number } | null;
  /** Checksum of the .h5 file that it was made from; null where it does not say. */
  readonly madeFrom: string | null;
}

/**
 * @param place for messages
 * @param weights "beside" of a model that this process wrote itself; no file by others may reach for another file
 * @throws AppError MODEL_FILE_INVALID saying what the file is instead, MODEL_INVALID where its contract does not fit it
 */
export function readOnnxContract(
  bytes: Uint8Array,
  place: string,
  weights: "inside" | "beside" = "inside",
): OnnxContract {
  if (bytes.length > maxOnnxBytes) {
    throw invalid(place, `it has at most ${maxOnnxBytes} bytes`, `${bytes.length}`);
  }
  if (bytes.length === 0) throw invalid(place, "should be an ONNX file", "an empty file");
  const facts = new ModelFacts(place, weights === "beside");
  try {
    facts.readModel(bytes);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    const received = "bytes that break off or do not fit its format: it is another kind of file, cut short or damaged";
    throw invalid(place, "should be an ONNX file", `${received} (${messageOf(thrown)})`, thrown);
  }
  if (facts.graphs !== 1) throw invalid(place, "should be an ONNX file with one graph", `${facts.graphs}`);
  if (facts.metadata === null) {
    throw invalid(
      place,
      "should be an ONNX file that Pneumoscope exported",
      `an ONNX file without metadata "${onnxMetadataKey}": it does not say what its pixels and its score mean`,
    );
  }
  const contract = parseContract(facts.metadata, place);
  const heatMap = checkedHeatMap(facts, contract.imageSize, place);
  return { contract, heatMap, madeFrom: facts.madeFrom };
}

function parseContract(text: string, place: string): ModelContract {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw invalid(place, `metadata "${onnxMetadataKey}" should be JSON`, messageOf(thrown), thrown);
  }
  const { schemaVersion } = (value ?? {}) as { schemaVersion?: unknown };
  if (typeof schemaVersion === "number" && schemaVersion !== modelSchemaVersion) {
    throw invalid(
      place,
      `metadata should have schema version ${modelSchemaVersion}`,
      `${schemaVersion}: another Pneumoscope wrote the file; use that one, or export the model again`,
    );
  }
  if (isModelContract(value)) return value;
  throw invalid(place, `metadata "${onnxMetadataKey}" should be a model's contract`, "JSON that lacks a part of it");
}

/** The file's inputs and outputs must be those of `writeInferenceModel` for this image size. */
function checkedHeatMap({ inputs, outputs }: ModelFacts, imageSize: number, place: string): OnnxContract["heatMap"] {
  const text = (values: readonly ValueFacts[]) => values.map(({ text }) => text).join("; ") || "none";
  const isMap = ({ name, type, sizes }: ValueFacts) =>
    name === inferenceNames.heatmap &&
    type === dataType.float &&
    sizes.length === 4 &&
    sizes[1] === 2 &&
    sizes.slice(2).every((size) => size > 0); // 0 is open: nobody could tell cells from rows
  const [probability, map, ...others] = outputs;
  const isRight =
    text(inputs) === `${inferenceNames.image}: type ${dataType.uint8} [n, 1, ${imageSize}, ${imageSize}]` &&
    probability?.text === `${inferenceNames.probability}: type ${dataType.float} [n, 1]` &&
    (map === undefined || isMap(map)) &&
    others.length === 0;
  if (!isRight) {
    throw invalid(
      place,
      `should take "image" as uint8 [n, 1, ${imageSize}, ${imageSize}] and give "probability" [n, 1] and at most "heatmap" [n, 2, h, w]`,
      `inputs ${text(inputs)}; outputs ${text(outputs)}`,
    );
  }
  return map === undefined ? null : { height: map.sizes[2] as number, width: map.sizes[3] as number };
}

/** What one pass over the file's fields finds; field numbers are onnx.proto's. Weights are stepped over. */
class ModelFacts {
  graphs = 0;
  metadata: string | null = null;
  madeFrom: string | null = null;
  readonly inputs: ValueFacts[] = [];
  readonly outputs: ValueFacts[] = [];
  readonly #place: string;
  readonly #mayReachBeside: boolean;
  readonly #counts = new Map<string, number>();

  constructor(place: string, mayReachBeside: boolean) {
    this.#place = place;
    this.#mayReachBeside = mayReachBeside;
  }

  readModel(bytes: Uint8Array): void {
    const reader = protobuf.Reader.create(bytes);
    walk(reader, bytes.length, (field) => {
      if (field === 7) {
        this.graphs++;
        readInside(reader, this.#inGraph);
      } else if (field === 8) this.#operatorSet(reader);
      else if (field === 14) this.#metadataEntry(reader);
      else if (field === 20 || field === 25) throw this.#refused("training information or functions of its own");
      else return false;
      return true;
    });
  }

  readonly #inGraph: Visit = (field, reader) => {
    if (field === 1) readInside(this.#counted("nodes", reader), this.#inNode);
    else if (field === 5) {
      readInside(this.#counted("constants", reader), this.#inTensor, this.#tensorNumbers);
    } else if (field === 11) this.#value(this.#counted("inputs", reader), this.inputs);
    else if (field === 12) this.#value(this.#counted("outputs", reader), this.outputs);
    else if (field === 15) throw this.#refused("sparse constants");
    else return false;
    return true;
  };

  readonly #inNode: Visit = (field, reader) => {
    if (field === 4) {
      const operator = reader.string();
      if (!isOpenedOperator(operator)) throw this.#refused(`the operator ${JSON.stringify(operator.slice(0, 80))}`);
    } else if (field === 5) readInside(reader, this.#inAttribute);
    else if (field === 7) this.#domain(reader.string());
    else return false;
    return true;
  };

  /** Numbers, texts, and a tensor of a few numbers, as ConstantOfShape has: larger ones and graphs could hide anything. */
  readonly #inAttribute: Visit = (field, reader) => {
    if ([1, 2, 3, 4, 7, 8, 9, 13, 20].includes(field)) return false;
    const start = reader.pos;
    if (field !== tensorAttribute) throw this.#refused("a graph or a tensor inside a node");
    readInside(reader, this.#inTensor, this.#tensorNumbers);
    if (reader.pos - start <= maxAttributeTensorBytes) return true;
    throw this.#refused("a large tensor inside a node");
  };

  readonly #inTensor: Visit = (field) => {
    if (field === 13 && !this.#mayReachBeside) throw this.#refused("weights in another file");
    return false;
  };

  /** "data_location" 0 is the file itself. */
  readonly #tensorNumbers: Visit = (field, reader) => {
    if (field !== 14) return false;
    if (reader.uint32() !== 0 && !this.#mayReachBeside) throw this.#refused("weights in another file");
    return true;
  };

  #operatorSet(reader: protobuf.Reader): void {
    readInside(this.#counted("operator sets", reader), (field) => {
      if (field !== 1) return false;
      this.#domain(reader.string());
      return true;
    });
  }

  #domain(domain: string): void {
    if (domain !== "" && domain !== "ai.onnx") throw this.#refused(`the domain ${JSON.stringify(domain.slice(0, 80))}`);
  }

  #metadataEntry(reader: protobuf.Reader): void {
    let key = "";
    let value: Uint8Array = new Uint8Array();
    readInside(this.#counted("metadata entries", reader), (field) => {
      if (field === 1) key = reader.string();
      else if (field === 2) value = reader.bytes();
      else return false;
      return true;
    });
    if (key === madeFromMetadataKey && value.length === 64) this.madeFrom = new TextDecoder().decode(value);
    if (key !== onnxMetadataKey) return;
    if (this.metadata !== null) throw this.#refused(`metadata "${onnxMetadataKey}" twice`);
    if (value.length > maxMetadataBytes) throw this.#refused(`${value.length} bytes of metadata`);
    this.metadata = new TextDecoder("utf-8", { fatal: true }).decode(value);
  }

  #value(reader: protobuf.Reader, into: ValueFacts[]): void {
    if (into.length > 8) throw this.#refused("more than 8 inputs or outputs");
    into.push(readValue(reader));
  }

  #counted(what: string, reader: protobuf.Reader): protobuf.Reader {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    if (count > maxItems) throw this.#refused(`more than ${maxItems} ${what}`);
    return reader;
  }

  #refused(what: string): AppError {
    return invalid(this.#place, "a model of ours holds what our exporter writes and no more", what);
  }
}
