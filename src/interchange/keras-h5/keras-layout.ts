// Where things stand in a legacy whole-model Keras .h5 file, in Keras' own spelling, and how our own state sits beside
// them. Source: keras/src/legacy/saving/legacy_h5_format.py (Keras 3) and saving/legacy/hdf5_format.py (Keras 2.15).

export const modelConfigAttribute = "model_config";
export const weightsGroup = "model_weights";
export const layerNamesAttribute = "layer_names";
export const weightNamesAttribute = "weight_names";

/** Keras splits name lists longer than this over attributes `layer_names0`, `layer_names1`, …: an HDF5 header's limit. */
export const attributeLimitBytes = 64_512;

/** Our own root group; Keras reads only what it knows and passes it by. */
export const ownGroup = "pneumoscope";
/** Attribute of `ownGroup`: any JSON. */
export const ownJsonAttribute = "json";
/** Attribute of `ownGroup`: JSON list of tensor names; dataset `<i>` of the group holds tensor i. */
export const ownTensorsAttribute = "tensors";
