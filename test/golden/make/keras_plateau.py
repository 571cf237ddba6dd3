"""Golden data for ReduceLROnPlateau: the real callback driven over fixed metric sequences.

    python test/golden/make/keras_plateau.py     # keras 3.15, tensorflow-cpu 2.21: writes plateau.json
    python test/golden/make/keras_plateau.py     # tf.keras 2.15.1: adds its learning rates to the file

A case holds the callback's arguments, the metric after each epoch (null is NaN) and, per epoch, the learning rate after
the callback ran (the value of the optimizer's float32 variable).
"""
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

keras = tf.keras
version = getattr(keras, "__version__", None) or tf.__version__
NAN = None
STUDY = {"factor": 0.3, "patience": 2, "min_delta": 1e-4, "cooldown": 0, "min_lr": 1e-6, "mode": "max"}
sixteenths = [12, 8, 13, 13, 11, 14, 16, 16, 16, 15, 16, 16]

cases = [
    ("accuracy rises", {}, 1e-3, [0.7, 0.75, 0.8, 0.85, 0.9, 0.92]),
    ("a tie is no improvement", {}, 1e-3, [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]),
    ("16 validation images", {}, 1e-3, [n / 16 for n in sixteenths]),
    ("below min_delta", {}, 1e-3, [0.9, 0.90005, 0.90009, 0.90015, 0.90016, 0.9002, 0.90026]),
    ("exactly min_delta", {}, 1e-3, [0.5, 0.5001, 0.5002, 0.5003, 0.5004, 0.5005]),
    ("exactly min_delta, min", {"mode": "min"}, 1e-3, [0.5, 0.4999, 0.4998, 0.4997, 0.4996, 0.4995]),
    ("falls to the floor", {}, 1e-3, [0.9] * 20),
    ("starts at the floor", {}, 1e-6, [0.9, 0.8, 0.8, 0.8, 0.95, 0.8, 0.8]),
    ("NaN between", {}, 1e-3, [0.8, NAN, NAN, 0.9, NAN, 0.7, 0.95, NAN]),
    ("NaN first", {}, 1e-3, [NAN, 0.8, 0.9, 0.85, 0.84, 0.95]),
    ("loss", {"mode": "min"}, 1e-3, [0.7, 0.6, 0.65, 0.64, 0.5, 0.49995, 0.49991, 0.4, 0.41, 0.42, 0.43]),
    ("cooldown 2", {"cooldown": 2}, 1e-3, [0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.91, 0.8, 0.8]),
    ("patience 1, factor 0.5", {"patience": 1, "factor": 0.5}, 3e-4, [0.5, 0.4, 0.6, 0.6, 0.55, 0.7, 0.7]),
    ("patience 0", {"patience": 0, "factor": 0.1}, 1e-2, [0.5, 0.6, 0.5, 0.7, 0.7]),
    ("infinite loss", {"mode": "min"}, 1e-3, [float("inf"), float("inf"), 2.0, float("inf"), 1.0]),
]


def drive(changes, learning_rate, values):
    settings = {**STUDY, **changes}
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="mse")
    callback = keras.callbacks.ReduceLROnPlateau(monitor="val_metric", **settings)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_metric": float("nan") if value is None else value})
        rates.append(float(np.asarray(model.optimizer.learning_rate)))
    return {**settings}, rates


def plain(value):
    return "Infinity" if value == float("inf") else value


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keras-training", "plateau.json")
is_keras3 = version.startswith("3")
results = []
for name, changes, learning_rate, values in cases:
    settings, rates = drive(changes, learning_rate, values)
    results.append({"name": name, "settings": settings, "learningRate": learning_rate,
                    "values": [plain(v) for v in values], "rates": rates})
if is_keras3:
    golden = {"about": "made by test/golden/make/keras_plateau.py; null is NaN",
              "versions": {"keras": version, "tensorflow": tf.__version__}, "cases": results}
else:
    with open(path) as file:
        golden = json.load(file)
    for case, result in zip(golden["cases"], results):
        case["ratesOfKeras2"] = result["rates"]
        if case["rates"] != result["rates"]:
            print(f"{case['name']}: Keras 3 {case['rates']}, Keras {version} {result['rates']}")
with open(path, "w") as file:
    file.write(json.dumps(golden) + "\n")
