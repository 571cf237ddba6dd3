// The activations in ONNX operators of set 18.
import { leakyReluSlope } from "../../model/layer-configs/activation.js";
import type { Activation } from "../../model/layers.js";
import type { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import type { OnnxOperator } from "./onnx-operators.js";

/** Those that are one operator, which has the same defaults; along the channels where it takes them together. */
const operators = {
  linear: "Identity",
  relu: "Relu",
  sigmoid: "Sigmoid",
  softmax: "Softmax",
  log_softmax: "LogSoftmax",
  tanh: "Tanh",
  elu: "Elu",
  celu: "Elu", // equal at alpha 1
  selu: "Selu",
  softplus: "Softplus",
  softsign: "Softsign",
  exponential: "Exp",
  hard_swish: "HardSwish",
} as const satisfies Partial<Record<Activation, OnnxOperator>>;

const isOneOperator = (kind: Activation): kind is keyof typeof operators => kind in operators;

/** Adds the activation of value `input` as value `output`. */
export function activation(kind: Activation, input: string, output: string, builder: OnnxGraphBuilder): void {
  if (isOneOperator(kind)) {
    builder.node(operators[kind], [input], output, kind.endsWith("softmax") ? { axis: 1 } : {});
    return;
  }
  const step = (operator: OnnxOperator, inputs: readonly string[], name: string) =>
    builder.node(operator, inputs, `${output}::${name}`);
  const scalar = (name: string, value: number) =>
    builder.constant(`${output}::${name}`, { shape: [], data: Float32Array.of(value) });
  switch (kind) {
    case "relu6":
      clip([0, 6], input, output, builder);
      return;
    case "swish":
      builder.node("Mul", [input, step("Sigmoid", [input], "gate")], output);
      return;
    case "gelu": {
      const erf = step("Erf", [step("Mul", [input, scalar("root", Math.SQRT1_2)], "scaled")], "erf");
      const share = step("Mul", [step("Add", [erf, scalar("one", 1)], "shifted"), scalar("half", 0.5)], "share");
      builder.node("Mul", [input, share], output);
      return;
    }
    case "hard_sigmoid":
      builder.node("HardSigmoid", [input], output, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
      return;
    case "hard_tanh":
      clip([-1, 1], input, output, builder);
      return;
    case "hard_shrink":
      builder.node("Shrink", [input], output, { lambd: { float: 0.5 }, bias: { float: 0 } });
      return;
    case "soft_shrink":
      builder.node("Shrink", [input], output, { lambd: { float: 0.5 }, bias: { float: 0.5 } });
      return;
    case "tanh_shrink":
      builder.node("Sub", [input, step("Tanh", [input], "tanh")], output);
      return;
    case "leaky_relu":
      builder.node("LeakyRelu", [input], output, { alpha: { float: leakyReluSlope } });
      return;
    case "mish":
      builder.node("Mul", [input, step("Tanh", [step("Softplus", [input], "softplus")], "gate")], output);
      return;
    case "log_sigmoid":
      builder.node("Neg", [step("Softplus", [step("Neg", [input], "negative")], "softplus")], output);
      return;
    case "squareplus": {
      // (x + sqrt(x^2 + 4)) / 2
      const square = step("Mul", [input, input], "square");
      const root = step("Sqrt", [step("Add", [square, scalar("four", 4)], "sum")], "root");
      builder.node("Mul", [step("Add", [input, root], "both"), scalar("half", 0.5)], output);
      return;
    }
    case "sparse_plus": {
      // (x + 1)^2 / 4 of x within -1..1, and what is above 1
      const inside = `${output}::inside`;
      clip([-1, 1], input, inside, builder);
      const raised = step("Mul", [step("Add", [inside, scalar("one", 1)], "raised"), scalar("half", 0.5)], "halved");
      const above = step("Relu", [step("Sub", [input, scalar("most_inside", 1)], "beyond")], "above");
      builder.node("Add", [step("Mul", [raised, raised], "curve"), above], output);
      return;
    }
    default:
      kind satisfies never;
  }
}

/** The value kept within a range. */
export function clip(
  [least, most]: readonly [number, number],
  input: string,
  output: string,
  builder: OnnxGraphBuilder,
): void {
  const scalar = (which: string, value: number) =>
    builder.constant(`${output}::${which}`, { shape: [], data: Float32Array.of(value) });
  builder.node("Clip", [input, scalar("least", least), scalar("most", most)], output);
}
