// What versions of Keras call a layer's weights in files, and what they are called here.
/**
 * The weight's name in our layers: Keras 3 calls a DepthwiseConv2D's kernel only "kernel", and gives a LayerScale's one
 * weight no name ("variable", or "Variable" in Keras 2).
 */
export function weightName(className: string | undefined, inFile: string): string {
  if (className === "DepthwiseConv2D" && inFile === "kernel") return "depthwise_kernel";
  return className === "LayerScale" && /^variable(_\d+)?$/i.test(inFile) ? "gamma" : inFile;
}
