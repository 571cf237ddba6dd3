"""Golden file for Grad-CAM: heat maps of a model of every family, by real Keras and TensorFlow's GradientTape, on the
weights and images of keras_zoo.py (formulas, and the two numbers per normalization that its golden files hold).

    python test/golden/make/keras_gradcam.py      (TensorFlow 2.21.0: Keras 3.15.1; after keras_zoo.py)
Writes test/golden/keras-gradcam/maps.json: per case the target layer and maps [n, 2, h, w] for NORMAL and PNEUMONIA.
"""

import json
import os

from keras_zoo import IMAGES, filled

import keras
import numpy as np
import tensorflow as tf

OUT = os.path.join("test", "golden", "keras-gradcam")
TARGETS = {
    "custom": "conv2d_4",
    "mobilenet": "conv_pw_13_relu",
    "densenet121": "relu",
    "chexnet": "bn",
    "chexnet-study": "relu",
    "resnet152v2": "post_relu",
    "efficientnetb0": "top_activation",
    "mobilenetv2": "out_relu",
    "efficientnetv2b0": "top_activation",
    "xception": "block14_sepconv2_act",
    "inceptionv3": "mixed10",
    "convnexttiny": "add_17",
}


def heatmaps(case):
    model, images = filled(case)
    model.layers[-1].activation = keras.activations.linear  # the logit, not its sigmoid
    target = next(operation for operation in model.operations if operation.name == TARGETS[case])
    both = keras.Model(model.input, [target.output, model.output])
    with tf.GradientTape() as tape:
        values, logit = both(images, training=False)
    gradient = tape.gradient(logit, values)  # [n, h, w, c]
    alpha = np.mean(gradient.numpy().astype("f8"), (1, 2), keepdims=True)
    total = np.sum(alpha * values.numpy(), -1)  # [n, h, w]
    maps = np.maximum(np.stack([-total, total], 1), 0)  # [n, 2, h, w]
    largest = maps.max((2, 3), keepdims=True)
    maps = np.divide(maps, largest, out=np.zeros_like(maps), where=largest > 0)
    print(case, logit.numpy().ravel(), maps.shape, "share above 0:", [float((m > 0).mean()) for m in maps.reshape(-1, maps.shape[2] * maps.shape[3])])
    return {"target": TARGETS[case], "shape": list(maps.shape), "values": [float(f"{v:.6g}") for v in maps.ravel()]}


os.makedirs(OUT, exist_ok=True)
golden = {"keras": keras.__version__, "images": IMAGES, "cases": {case: heatmaps(case) for case in TARGETS}}
with open(os.path.join(OUT, "maps.json"), "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
