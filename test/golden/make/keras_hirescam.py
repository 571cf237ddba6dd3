"""Golden file for HiResCAM (Draelos and Carin, 2020): heat maps by real Keras and TensorFlow's GradientTape of a model with a
flattened head and of one with a pooled head, on the weights and images of keras_zoo.py.

    python test/golden/make/keras_hirescam.py      (TensorFlow 2.21.0: Keras 3.15.1; after keras_zoo.py)
Writes test/golden/keras-gradcam/hirescam.json: per case the target layer and maps [n, 2, h, w] for NORMAL and PNEUMONIA.
"""

import json
import os

from keras_zoo import IMAGES, filled

import keras
import numpy as np
import tensorflow as tf

OUT = os.path.join("test", "golden", "keras-gradcam")
TARGETS = {"custom": "conv2d_4", "mobilenet": "conv_pw_13_relu"}


def heatmaps(case):
    model, images = filled(case)
    model.layers[-1].activation = keras.activations.linear  # the logit, not its sigmoid
    target = next(operation for operation in model.operations if operation.name == TARGETS[case])
    both = keras.Model(model.input, [target.output, model.output])
    with tf.GradientTape() as tape:
        values, logit = both(images, training=False)
    gradient = tape.gradient(logit, values).numpy().astype("f8")  # [n, h, w, c]
    total = np.sum(gradient * values.numpy(), -1)  # [n, h, w]
    maps = np.maximum(np.stack([-total, total], 1), 0)  # [n, 2, h, w]
    largest = maps.max((2, 3), keepdims=True)
    maps = np.divide(maps, largest, out=np.zeros_like(maps), where=largest > 0)
    return {"target": TARGETS[case], "shape": list(maps.shape), "values": [float(f"{v:.6g}") for v in maps.ravel()]}


golden = {"keras": keras.__version__, "images": IMAGES, "cases": {case: heatmaps(case) for case in TARGETS}}
with open(os.path.join(OUT, "hirescam.json"), "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
