"""Golden run: 20 training steps of the custom CNN in real Keras, float32, on the CPU.

Run once with Keras 3 (writes test/golden/keras-training/steps.json) and once with tf.keras 2.15 (prints the
differences to that file and adds its losses to it):

    python test/golden/make/keras_training.py            # tensorflow-cpu 2.21, keras 3.15
    python test/golden/make/keras_training.py            # tensorflow-cpu 2.15.1
    python test/golden/make/keras_training.py --float64  # same steps in double precision, printed and added

Weights, images and labels come from formula_weights.py; image values are divided by 255 and the grey channel is
repeated three times. The loss is checked here to be sum(class weight * binary cross-entropy) / batch size.
"""
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from formula_weights import formula_image, formula_kernel, formula_label

keras = tf.keras
is_float64 = "--float64" in sys.argv
if is_float64:
    keras.backend.set_floatx("float64")
real = np.float64 if is_float64 else np.float32

SIZE, BATCH, STEPS, LEARNING_RATE = 64, 8, 20, 1e-3
CLASS_WEIGHT = {0: 1.9448173005219984, 1: 0.6730322580645162}  # 0 normal, 1 pneumonia
LAYER_SALTS = {"conv2d": 1, "conv2d_1": 2, "conv2d_2": 3, "conv2d_3": 4, "conv2d_4": 5, "dense": 6, "dense_1": 7, "dense_2": 8}


def build():
    L = keras.layers
    layers = [keras.Input((SIZE, SIZE, 3))]
    suffix = lambda stem, i: stem if i == 0 else f"{stem}_{i}"
    for i, filters in enumerate([32, 64, 64, 64, 128]):
        layers.append(L.Conv2D(filters, 3, activation="relu", padding="same", name=suffix("conv2d", i)))
        layers.append(L.BatchNormalization(name=suffix("batch_normalization", i)))
        layers.append(L.MaxPooling2D(2, padding="same" if i in (0, 4) else "valid", name=suffix("max_pooling2d", i)))
    layers += [
        L.Flatten(name="flatten"),
        L.Dense(128, activation="relu", name="dense"),
        L.BatchNormalization(name="batch_normalization_5"),
        L.Dense(64, activation="relu", name="dense_1"),
        L.Dense(1, activation="sigmoid", name="dense_2"),
    ]
    model = keras.Sequential(layers)
    for name, salt in LAYER_SALTS.items():
        kernel, bias = model.get_layer(name).get_weights()
        model.get_layer(name).set_weights([formula_kernel(kernel.shape, salt), np.zeros_like(bias)])
    model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss="binary_crossentropy")
    return model


def batch(first):
    images = np.stack([formula_image(k, SIZE) for k in range(first, first + BATCH)])
    x = (images.astype(np.float64) / 255.0).astype(real)
    y = np.array([formula_label(k) for k in range(first, first + BATCH)], dtype=real)[:, None]
    return np.repeat(x[..., None], 3, axis=-1), y


def weighted_loss(model, x, y):
    """The loss by hand, in training mode, on a copy of the model."""
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    p = np.clip(np.asarray(twin(x, training=True), dtype=np.float64), 1e-7, 1 - 1e-7)
    bce = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    w = np.where(y == 1, CLASS_WEIGHT[1], CLASS_WEIGHT[0])
    return float(np.sum(w * bce) / BATCH)


def numbers(values):
    return [float(f"{float(v):.9g}") for v in values]


def weight_names(layer):
    if "batch_normalization" in layer.name:
        return ["gamma", "beta", "moving_mean", "moving_variance"]
    return ["kernel", "bias"]


model = build()
losses = []
for step in range(STEPS):
    x, y = batch(step * BATCH)
    expected = weighted_loss(model, x, y)
    if hasattr(model, "reset_metrics"):
        model.reset_metrics()  # Keras 3 reports the mean over all calls since the last reset; Keras 2 resets by itself
    loss = float(model.train_on_batch(x, y, class_weight=CLASS_WEIGHT))
    assert abs(loss - expected) < 2e-5 * abs(expected), (step, loss, expected)
    losses.append(loss)

weights = {}
for layer in model.layers:
    for name, value in zip(weight_names(layer), layer.get_weights()):
        flat = np.asarray(value, dtype=np.float64).ravel()
        stride = max(1, flat.size // 64)
        weights[f"{layer.name}/{name}"] = {
            "shape": list(value.shape),
            "norm": float(np.linalg.norm(flat)),
            "sum": float(flat.sum()),
            "first": numbers(flat[:64]),
            "stride": stride,
            "strided": numbers(flat[::stride][:64]),
        }
final_images, _ = batch(STEPS * BATCH)
predictions = numbers(np.asarray(model(final_images[:4], training=False)).ravel())

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keras-training", "steps.json")
keras_version = getattr(keras, "__version__", None) or tf.__version__
name = "float64" if is_float64 else f"tf.keras {keras_version}"
if keras_version.startswith("3") and not is_float64:
    golden = {
        "about": "made by test/golden/make/keras_training.py",
        "versions": {"keras": keras_version, "tensorflow": tf.__version__},
        "settings": {"size": SIZE, "batch": BATCH, "steps": STEPS, "learningRate": LEARNING_RATE,
                     "classWeights": {"normal": CLASS_WEIGHT[0], "pneumonia": CLASS_WEIGHT[1]}, "kernelSalts": LAYER_SALTS},
        "losses": numbers(losses),
        "predictions": predictions,
        "weights": weights,
        "otherLosses": {},
    }
else:
    golden = json.load(open(path))
    golden["otherLosses"][name] = numbers(losses)
    relative = [abs(a - b) / abs(b) for a, b in zip(losses, golden["losses"])]
    print(f"{name} against {golden['versions']}: losses differ by at most {max(relative):.2e} relative, by step:",
          " ".join(f"{r:.1e}" for r in relative))
    print("predictions", predictions, golden["predictions"])
    for key, w in weights.items():
        g = golden["weights"][key]
        pairs = zip(w["first"] + w["strided"], g["first"] + g["strided"])
        print(f"{key:40s} max abs {max(abs(a - b) for a, b in pairs):.2e}  norm rel {abs(w['norm'] - g['norm']) / (g['norm'] or 1):.2e}")
with open(path, "w") as file:
    file.write(json.dumps(golden) + "\n")
print("losses", losses)
