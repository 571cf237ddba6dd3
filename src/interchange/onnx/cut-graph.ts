// Cuts out of a foreign graph what computes one of its values, and refuses what a file of ours may not hold: operators with
// graphs inside or drawn at random, domains beyond ONNX's own.
import { AppError } from "../../core/errors.js";
import { didYouMean } from "../../core/nearest.js";
import { type ForeignGraph, type ForeignNode, type ForeignOnnx, type ForeignTensor, shown } from "./foreign-onnx.js";
import { dataType, maxAttributeTensorBytes } from "./onnx-messages.js";
import { isOpenedOperator } from "./onnx-operators.js";
import type { ValueFacts } from "./protobuf-fields.js";

/** The part of a graph between its images and one value. */
export interface CutGraph extends ForeignGraph {
  /** Where the images go in. */
  readonly input: ValueFacts;
  /** The value that comes out. */
  readonly output: string;
}

/** What our own nodes around it need: Sign came with 9. */
const oldestOperatorSet = 9;

/**
 * @param wanted a value's or a node's name; null for the file's only output
 * @param place for messages
 * @throws AppError OPTION_INVALID where there is no such value, or none is named and it is open which; MODEL_INVALID for what
 *   cannot be taken over
 */
export function cutAt(model: ForeignOnnx, wanted: string | null, place: string): CutGraph {
  const makers = new Map(model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const output = wanted === null ? onlyOutput(model, place) : valueNamed(model, wanted, makers, place);
  if (model.operatorSet < oldestOperatorSet) {
    throw unusable(
      place,
      `of operator set ${oldestOperatorSet} or later`,
      `operator set ${model.operatorSet}`,
      "Export it again with a later one",
    );
  }
  const used = new Set<ForeignNode>();
  const read = new Set<string>();
  const open = [output];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const maker = makers.get(value);
    read.add(value);
    if (maker === undefined || used.has(maker)) continue;
    used.add(maker);
    open.push(...maker.inputs);
  }
  const constants = new Map([...model.constants].filter(([name]) => read.has(name)));
  const nodes = model.nodes.filter((node) => used.has(node)).flatMap((node) => checkedNode(node, constants, place));
  const inputs = model.inputs.filter(({ name }) => read.has(name));
  const { irVersion, operatorSet } = model;
  return { irVersion, operatorSet, nodes, constants, input: checkedInput(inputs, output, place), output };
}

function onlyOutput(model: ForeignOnnx, place: string): string {
  const [output, ...others] = model.outputs;
  if (output !== undefined && others.length === 0) return output.name;
  throw new AppError("OPTION_INVALID", {
    place: "features",
    rule: `must say which of the values in ${place} are the features`,
    received: `none, and a file with ${model.outputs.length} outputs`,
    remedy: candidatesText(model),
  });
}

function valueNamed(
  model: ForeignOnnx,
  wanted: string,
  makers: ReadonlyMap<string, ForeignNode>,
  place: string,
): string {
  if (makers.has(wanted)) return wanted;
  const [node, ...others] = model.nodes.filter(({ name }) => name === wanted);
  const [only] = node?.outputs ?? [];
  if (only !== undefined && others.length === 0) return only;
  const near = didYouMean(wanted, [...makers.keys(), ...model.nodes.map(({ name }) => name)]);
  throw new AppError("OPTION_INVALID", {
    place: "features",
    rule: `should be the name of a value or a node in ${place}`,
    received: shown(wanted),
    remedy: near ?? candidatesText(model),
  });
}

/** Outputs, and what goes into poolings over the whole map and into dense layers: where backbones are usually cut. */
export function candidatesOf({ nodes, outputs }: ForeignOnnx): readonly string[] {
  const lastMean = nodes.findLast(({ operator }) => operator === "ReduceMean");
  const isBehind = (node: ForeignNode) =>
    node.operator === "GlobalAveragePool" || node.operator === "Gemm" || node === lastMean;
  const behind = nodes.filter(isBehind);
  return [...new Set([...outputs.map(({ name }) => name), ...behind.flatMap(({ inputs }) => inputs.slice(0, 1))])];
}

function candidatesText(model: ForeignOnnx): string {
  const names = candidatesOf(model).slice(0, 8).map(shown);
  return names.length === 0 ? "Choose another file" : `Candidates: ${names.join(", ")}`;
}

/** Large tensors in attributes become constants: our reader opens no file in which a node hides some. */
function checkedNode(node: ForeignNode, constants: Map<string, ForeignTensor>, place: string): readonly ForeignNode[] {
  const { operator, domain, attributes, outputs } = node;
  if (domain !== "" || !isOpenedOperator(operator)) {
    const named = domain === "" ? operator : `${domain}.${operator}`;
    throw unusable(
      place,
      "made of ONNX's own operators, without loops, branches and chance",
      `the operator ${shown(named)} of node ${shown(node.name)}`,
      "Export it again without optimisations for one runtime, or cut it before that node",
    );
  }
  const [value] = attributes;
  if (operator === "Constant" && value?.name === "value" && value.tensor !== null && outputs.length === 1) {
    const [name] = outputs as readonly [string];
    constants.set(name, { ...value.tensor, name });
    return [];
  }
  for (const { name, bytes, tensor, isUnknown } of attributes) {
    const isLarge = bytes.length > maxAttributeTensorBytes && tensor !== null;
    if (!isUnknown && !isLarge && (tensor?.external ?? null) === null) continue;
    const received = `attribute ${shown(name)} of node ${shown(node.name)}, ${operator}`;
    throw unusable(place, "without graphs and large tensors inside its nodes", received, "Export it in another way");
  }
  return [node];
}

/** Element types in which images can be given. */
const imageTypes: readonly number[] = [dataType.float, dataType.float16, dataType.uint8];

function checkedInput(inputs: readonly ValueFacts[], output: string, place: string): ValueFacts {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    throw unusable(
      place,
      "one whose features come from one input, the images",
      `${inputs.length} inputs before ${shown(output)}${input === undefined ? "" : `: ${inputs.map(({ name }) => shown(name)).join(", ")}`}`,
      "Choose other features, or export it with images as its only input",
    );
  }
  const { type, sizes, text } = input;
  const [, channels, height, width] = sizes;
  const isColour = channels === 1 || channels === 3;
  if (imageTypes.includes(type) && sizes.length === 4 && isColour && height === width) return input;
  throw unusable(
    place,
    "one that takes square images [n, channels, height, width] of 1 or 3 channels, as float32, float16 or uint8",
    `input ${text}`,
    "Export it with images in that order",
  );
}

const unusable = (place: string, rule: string, received: string, remedy: string): AppError =>
  new AppError("MODEL_INVALID", { place, rule: `a backbone should be ${rule}`, received, remedy });
