// The formats that a model is exported in.

/** onnx: one file for ONNX Runtime; keras: one .keras file, or by its name a .h5 or .weights.h5 file; tfjs: a folder with model.json and shards. */
export const exportFormats = ["onnx", "keras", "tfjs"] as const;
/** One of `exportFormats`. */
export type ExportFormat = (typeof exportFormats)[number];
