// What lies where in a .keras file, in Keras' own spelling. Source: keras/src/saving/saving_lib.py (Keras 3.15).

export const configName = "config.json";
export const metadataName = "metadata.json";
export const weightsName = "model.weights.h5";
/** What Keras can write in the weights' place and this product does not read. */
export const otherWeights = ["model.weights.npz", "model.weights.json"];

/** Group of a layer's variables, numbered from 0, inside its own. */
export const variables = "vars";
/** Attribute of that group in later versions of Keras 3: the layer's name. */
export const nameAttribute = "name";
/** Group of the outermost model's layers; up to Keras 2.13 it had the second name. */
export const layersGroup = "layers";
export const oldLayersGroup = "_layer_checkpoint_dependencies";

/** Key of metadata.json under which our own contract stands; Keras reads none of the file. */
export const ownKey = "pneumoscope";
