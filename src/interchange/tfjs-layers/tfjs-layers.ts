// A model in the layers that TensorFlow.js 4 has.
import { AppError } from "../../core/errors.js";
import { isRandomLayer } from "../../model/layer-configs/chance.js";
import type { Activation } from "../../model/layers.js";
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import { inferShapes, type Shape } from "../../model/shapes.js";

/**
 * The same model in the layers that TensorFlow.js has. Its poolings drop height and width whatever `keepdims` says: a
 * Reshape brings them back. A Normalization is a Rescaling by its constants; augmentation and dropping whole channels,
 * which it does not have, pass their input on.
 * @throws AppError MODEL_LAYER_UNSUPPORTED
 */
export function inTfjsLayers(graph: ModelGraph, place: string): ModelGraph {
  const shapes = inferShapes(graph);
  const renamed = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node): readonly LayerNode[] => {
    const { name, trainable } = node;
    const inputs = node.inputs.map((input) => renamed.get(input) ?? input);
    checkHasIt(node, place);
    if (isRandomLayer(node) || node.className === "SpatialDropout2D") {
      return [{ className: "Activation", config: { activation: "linear" }, name, inputs, trainable }];
    }
    switch (node.className) {
      case "GlobalAveragePooling2D":
      case "GlobalMaxPooling2D": {
        if (!node.config.keepdims) return [{ ...node, inputs }];
        const reshape = `${name}_keepdims`;
        renamed.set(name, reshape);
        const targetShape = shapes.get(name) as Shape; // [1, 1, c]
        return [
          { ...node, config: { keepdims: false }, inputs },
          { className: "Reshape", config: { targetShape }, name: reshape, inputs: [name], trainable },
        ];
      }
      case "Normalization": {
        const { mean, variance } = node.config;
        const scale = variance.map((value) => 1 / Math.max(Math.sqrt(value), 1e-7)); // Keras' epsilon
        const offset = mean.map((value, channel) => -value * (scale[channel] as number));
        return [{ className: "Rescaling", config: { scale, offset }, name, inputs, trainable }];
      }
      default:
        return [{ ...node, inputs }];
    }
  });
  return { ...graph, nodes, output: renamed.get(graph.output) ?? graph.output };
}

/** Those that TensorFlow.js has under the same name and computes as Keras 3 does. */
const activations: ReadonlySet<Activation> = new Set([
  "linear",
  "relu",
  "relu6",
  "sigmoid",
  "swish",
  "softmax",
  "tanh",
  "elu",
  "selu",
  "gelu",
  "softplus",
  "softsign",
  "mish",
]);

function checkHasIt(node: LayerNode, place: string): void {
  const { className, config } = node;
  const lacking = (received: string): never => {
    throw new AppError("MODEL_LAYER_UNSUPPORTED", {
      place: `${place}: layer "${node.name}" (${className})`,
      rule: "TensorFlow.js has every layer of the model",
      received: `${received}, which it has not or computes otherwise`,
      remedy: "Export the model as .onnx or .h5",
    });
  };
  if (className === "GroupNormalization" || className === "LayerScale") lacking(className);
  if (className === "Resizing") lacking(className);
  if (className === "ELU" && node.config.alpha !== 1) lacking("an ELU with an alpha of its own");
  if (className === "Conv2D" && (node.config.groups ?? 1) > 1) lacking("a convolution in groups");
  if ("activation" in config && !activations.has(config.activation)) lacking(`activation "${config.activation}"`);
}
