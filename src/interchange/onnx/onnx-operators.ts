// The ONNX operators that our files hold, and the only ones that we open: no loops, no subgraphs, no custom domains.
// A new operator in the writer needs a line here, or it does not compile.

export const onnxOperators = [
  "Add",
  "AveragePool",
  "BatchNormalization",
  "Cast",
  "Clip",
  "Concat",
  "Conv",
  "Div",
  "Flatten",
  "Gemm",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "Identity",
  "MatMul",
  "MaxPool",
  "Mul",
  "Neg",
  "Pad",
  "ReduceMax",
  "ReduceMean",
  "Relu",
  "Reshape",
  "Sigmoid",
  "Sign",
  "Softmax",
  "Sub",
  "Transpose",
] as const;

export type OnnxOperator = (typeof onnxOperators)[number];

export const isOnnxOperator = (name: string): name is OnnxOperator =>
  (onnxOperators as readonly string[]).includes(name);
