#!/usr/bin/env python3
# The Keras peer of bench/keras-scores.ts: P(pneumonia) by a Keras file of others, on pixels that are given and on image files that
# Keras itself decodes and resizes (`keras.utils.load_img` with its own defaults: Pillow, nearest neighbour).
#
#   python bench/keras_scores.py < request.json
#
# The request: {model, pixels (a file of uint8 [n, size, size]), range, pneumonia (index of the output), images (paths)}. Prints JSON.
# Needs keras 3 with a backend, and Pillow.
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

RANGES = {"0..1": (1 / 255, 0), "-1..1": (1 / 127.5, -1), "0..255": (1, 0)}


def probabilities(model, values, pneumonia):
    """values [n, size, size, channels] in 0..255 -> [n]"""
    output = np.asarray(model.predict(values, batch_size=8, verbose=0), "f8")
    last = model.layers[-1]
    if getattr(last, "activation", keras.activations.linear) is keras.activations.linear:
        if output.shape[1] == 1:
            output = 1 / (1 + np.exp(-output))
        else:
            output = np.exp(output - output.max(1, keepdims=True))
            output /= output.sum(1, keepdims=True)
    if output.shape[1] == 1:
        return output[:, 0] if pneumonia == 0 else 1 - output[:, 0]
    return output[:, pneumonia]


def main():
    request = json.load(sys.stdin)
    model = keras.models.load_model(request["model"], compile=False)
    _, size, _, channels = model.input_shape
    scale, offset = RANGES[request["range"]]

    def scores(values):
        return probabilities(model, (values * np.float32(scale) + np.float32(offset)), request["pneumonia"]).tolist()

    grey = np.fromfile(request["pixels"], np.uint8).reshape(-1, size, size, 1)
    mode = "rgb" if channels == 3 else "grayscale"
    load = keras.utils.load_img
    own = [keras.utils.img_to_array(load(path, color_mode=mode, target_size=(size, size))) for path in request["images"]]
    result = {
        "version": keras.__version__,
        "given": scores(np.repeat(grey, channels, 3).astype("f4")),
        "own": scores(np.stack(own)),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
