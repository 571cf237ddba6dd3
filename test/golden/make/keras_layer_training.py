"""Golden run: 6 steps of Adam in real Keras, in double precision, through the layers with weights that the custom CNN of
keras_training.py does not have.

    python test/golden/make/keras_layer_training.py      (TensorFlow 2.21.0: Keras 3.15.1, h5py 3.14)
Writes test/golden/keras-training/layers.h5 (the model and its first weights) and layers.json: losses, and the weights after the
last step (base64 of float32, in Keras' order). The value number i of all steps' images, [step, n, h, w, c], is
((i * 2654435761) mod 2^32) / 2^32; the labels are 0, 1, 1, 0.
"""

import base64
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

L = keras.layers
STEPS, RATE, LABELS = 6, 1e-2, [0, 1, 1, 0]
SHAPE = (9, 8, 3)
OUT = os.path.join("test", "golden", "keras-training")


def build():
    keras.backend.clear_session()
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            L.SeparableConv2D(4, 3, padding="same", depth_multiplier=2, activation="tanh"),
            L.GroupNormalization(2),
            L.Conv2D(4, 3, padding="same", dilation_rate=2),
            L.PReLU(shared_axes=[1, 2]),
            L.Conv2D(8, 3, strides=2, padding="same", groups=2),
            L.LayerNormalization(),
            L.DepthwiseConv2D(2, dilation_rate=2, depth_multiplier=2),
            L.PReLU(),
            L.BatchNormalization(),
            L.GlobalMaxPooling2D(),
            L.Dense(1, activation="sigmoid"),
        ],
        name="layers",
    )


def first_weights(model):
    rng = np.random.default_rng(17)
    for weight in model.weights:
        low, high = (0.5, 1.5) if "variance" in weight.name or "gamma" in weight.name else (-0.6, 0.7)
        weight.assign(rng.uniform(low, high, weight.shape).astype("f4"))
    return [np.asarray(weight, "f8") for weight in model.weights]


model = build()
start = first_weights(model)
model.save(os.path.join(OUT, "layers.h5"))

keras.backend.set_floatx("float64")
keras.config.set_dtype_policy("float64")
model = build()
for weight, value in zip(model.weights, start):
    weight.assign(value)
model.compile(optimizer=keras.optimizers.Adam(RATE), loss="binary_crossentropy")
index = np.arange(STEPS * len(LABELS) * np.prod(SHAPE), dtype=np.uint64)
images = ((index * 2654435761 % 2**32) / 2**32).astype("f4").astype("f8").reshape(STEPS, len(LABELS), *SHAPE)
losses = []
for x in images:
    model.reset_metrics()
    losses.append(float(model.train_on_batch(x, np.array(LABELS, "f8")[:, None])))
after = [np.asarray(weight, "f4") for weight in model.weights]
moved = [float(np.abs(a - s).max()) for a, s in zip(after, start)]
assert min(moved) > 1e-3, moved
weights = [base64.b64encode(np.ascontiguousarray(value, "<f4").tobytes()).decode() for value in after]
with open(os.path.join(OUT, "layers.json"), "w") as file:
    json.dump({"keras": keras.__version__, "rate": RATE, "labels": LABELS, "losses": losses, "weights": weights}, file)
    file.write("\n")
print(losses, moved)
