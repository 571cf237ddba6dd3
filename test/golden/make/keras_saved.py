"""How golden files of Keras models are made: weights by a seed, an input, the output Keras computes for it, all saved."""

import base64
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

L = keras.layers
MAJOR = int(keras.__version__.split(".")[0])
OUT = os.path.join("test", "golden", "keras")


def single_layers(model):
    """Those of models inside the model in their place."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from single_layers(layer)
        else:
            yield layer


def randomize(model, seed):
    rng = np.random.default_rng(seed)
    for layer in single_layers(model):
        values = []
        for weight in layer.weights:
            name = weight.name.split("/")[-1].split(":")[0]
            spread = rng.normal(0, 0.5, weight.shape)
            if name == "seed_generator_state":
                spread = np.asarray(weight)
            is_positive = name in ("moving_variance", "gamma", "variance")
            values.append(rng.uniform(0.5, 2, weight.shape) if is_positive else np.asarray(spread))
        if values:
            layer.set_weights(values)
        if isinstance(layer, L.Normalization) and layer.weights:
            layer.finalize_state()


def packed(array):
    array = np.asarray(array, "<f4")
    return {"shape": list(array.shape), "base64": base64.b64encode(array.tobytes()).decode()}


def save(build, name):
    keras.backend.clear_session()
    model = build()
    randomize(model, 7)
    x = np.random.default_rng(11).normal(0, 1, (3, *model.input_shape[1:])).astype("f4")
    y = model(x, training=False)
    model.save(os.path.join(OUT, f"{name}-keras{MAJOR}.h5"), save_format="h5") if MAJOR == 2 else model.save(
        os.path.join(OUT, f"{name}-keras{MAJOR}.h5")
    )
    weights = {
        layer.name: {w.name.split("/")[-1].split(":")[0]: packed(v) for w, v in zip(layer.weights, layer.get_weights())}
        for layer in single_layers(model)
        if layer.weights and not isinstance(layer, L.Normalization)
    }
    with open(os.path.join(OUT, f"{name}-keras{MAJOR}.json"), "w") as file:
        json.dump({"keras": keras.__version__, "input": packed(x), "output": packed(y), "weights": weights}, file)
    return model
