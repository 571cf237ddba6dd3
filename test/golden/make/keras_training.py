"""Golden run: 20 training steps of the custom CNN in real Keras on the CPU, in double and in single precision.

Run once with Keras 3 (writes test/golden/keras-training/steps.json), then with tf.keras 2.15 (prints its differences
from that file and adds its losses to it):

    python test/golden/make/keras_training.py            # tensorflow-cpu 2.21, keras 3.15
    python test/golden/make/keras_training.py            # tensorflow-cpu 2.15.1

Why two runs. At the study's learning rate these first steps are chaotic: a rounding difference of 1e-7 grows about
tenfold per step (batch normalization over 8 samples, max pooling, Adam's sign-like first steps), so tf.keras 2.15 and
Keras 3 in float32 already differ by 1 % after four steps and share no digit after ten. Hence
- "float64": Adam 1e-3 as in the study, double precision throughout. tf.keras 2.15 and Keras 3 agree to 1e-7 or better in
  losses (reported as float32) and 2e-8 in weights; Keras 3 with one thread and without oneDNN, to 1e-8;
- "float32": the same in single precision at a learning rate small enough that the trajectory is well defined: the two
  differ by 5e-6 in losses. A float64 replay differs from it by 3e-5: that is float32's own error here.

What a replay must copy to follow the float64 run (a PyTorch one that does agrees to 2e-7 in losses, 4e-8 in weights):
- Adam's powers of beta start from the float32 values of 0.9 and 0.999, in both versions and in either precision
  (1 - 0.999f is off by 1.3e-5); the factors 1 - beta in the moments do not:
  alpha = lr * sqrt(1 - fround(0.999)^t) / (1 - fround(0.9)^t), weight -= alpha * m / (sqrt(v) + 1e-7);
- the moving variance takes the batch's biased variance. (tf.keras 2's fused kernel, used for float32 images, takes the
  unbiased one, as PyTorch does: the only place where the two versions differ by more than rounding.)

Weights, images and labels come from formula_weights.py; image values are divided by 255, rounded to float32 (in both
runs), and the grey channel is repeated three times. The loss is checked here to be
sum(class weight * binary cross-entropy) / batch size.
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

SIZE, BATCH, STEPS = 64, 8, 20
RATES = {"float64": 1e-3, "float32": 1e-6}
CLASS_WEIGHT = {0: 1.9448173005219984, 1: 0.6730322580645162}  # 0 normal, 1 pneumonia
LAYER_SALTS = {"conv2d": 1, "conv2d_1": 2, "conv2d_2": 3, "conv2d_3": 4, "conv2d_4": 5, "dense": 6, "dense_1": 7, "dense_2": 8}


def build(learning_rate):
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
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="binary_crossentropy")
    return model


def batch(first, real):
    images = np.stack([formula_image(k, SIZE) for k in range(first, first + BATCH)])
    x = (images.astype(np.float64) / 255.0).astype(np.float32).astype(real)
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
    return [float(f"{float(v):.12g}") for v in values]


def weight_names(layer):
    if "batch_normalization" in layer.name:
        return ["gamma", "beta", "moving_mean", "moving_variance"]
    return ["kernel", "bias"]


def use_precision(name):
    keras.backend.set_floatx(name)
    if hasattr(keras, "config"):
        keras.config.set_dtype_policy(name)
    else:
        keras.mixed_precision.set_global_policy(name)


def all_weights(model):
    return {f"{layer.name}/{name}": np.asarray(value, dtype=np.float64)
            for layer in model.layers for name, value in zip(weight_names(layer), layer.get_weights())}


def run(precision):
    use_precision(precision)
    model = build(RATES[precision])
    assert all(np.asarray(w).dtype == precision for w in model.get_weights())
    start = all_weights(model)
    losses = []
    for step in range(STEPS):
        x, y = batch(step * BATCH, precision)
        expected = weighted_loss(model, x, y)
        if hasattr(model, "reset_metrics"):
            model.reset_metrics()  # Keras 3 reports the mean over all calls since the last reset; Keras 2 resets by itself
        if precision == "float64" and not is_keras3:  # Keras 2 turns class weights into float32, whatever the precision
            sample_weight = np.where(y[:, 0] == 1, CLASS_WEIGHT[1], CLASS_WEIGHT[0])
            loss = float(model.train_on_batch(x, y, sample_weight=sample_weight))
        else:
            loss = float(model.train_on_batch(x, y, class_weight=CLASS_WEIGHT))
        assert abs(loss - expected) < 2e-5 * abs(expected), (step, loss, expected)
        losses.append(loss)
    weights = {}
    for key, value in all_weights(model).items():
        flat = value.ravel()
        stride = max(1, flat.size // 64)
        weights[key] = {
            "shape": list(value.shape),
            "norm": float(np.linalg.norm(flat)),
            "sum": float(flat.sum()),
            "moved": float(np.linalg.norm(flat - start[key].ravel())),
            "first": numbers(flat[:64]),
            "stride": stride,
            "strided": numbers(flat[::stride][:64]),
        }
    images, _ = batch(STEPS * BATCH, precision)
    predictions = numbers(np.asarray(model(images[:4], training=False)).ravel())
    return {"learningRate": RATES[precision], "losses": numbers(losses), "predictions": predictions, "weights": weights}


def differences(ours, golden):
    relative = [abs(a - b) / abs(b) for a, b in zip(ours["losses"], golden["losses"])]
    print("losses, relative:", " ".join(f"{r:.1e}" for r in relative))
    print("predictions, absolute:", [f"{abs(a - b):.1e}" for a, b in zip(ours["predictions"], golden["predictions"])])
    rows = []
    for key, w in ours["weights"].items():
        g = golden["weights"][key]
        worst = max(abs(a - b) for a, b in zip(w["first"] + w["strided"], g["first"] + g["strided"]))
        rows.append((worst, abs(w["norm"] - g["norm"]) / (g["norm"] or 1), abs(w["moved"] - g["moved"]) / (g["moved"] or 1), key))
    print("weights, worst absolute:", max(rows)[0], max(rows)[3], " norm, relative:", max(r[1] for r in rows),
          " moved, relative:", max(r[2] for r in rows))


def formula_check():
    """A few values by which the TypeScript twin of the formulas is checked."""
    kernel = formula_kernel((3, 3, 64, 128), LAYER_SALTS["conv2d_4"]).ravel()
    weights = np.arange(1, 11) * 1.0
    images = [formula_image(k, SIZE).astype(np.int64) for k in range(10)]
    return {
        "kernelShape": [3, 3, 64, 128],
        "kernelSalt": LAYER_SALTS["conv2d_4"],
        "kernelFirst": [float(v) for v in kernel[:10]],
        "kernelWeightedLast": float(np.dot(kernel[-10:].astype(np.float64), weights)),
        "labels": [formula_label(k) for k in range(STEPS * BATCH)],
        "imageSums": [int(image.sum()) for image in images],
        "imageRow17": [int(v) for v in images[3][17]],
    }


is_keras3 = hasattr(keras, "config")
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keras-training")
path = os.path.join(folder, "steps.json")
version = getattr(keras, "__version__", None) or tf.__version__
runs = {precision: run(precision) for precision in ("float64", "float32")}
if is_keras3 and "--compare" not in sys.argv:
    golden = {
        "about": "made by test/golden/make/keras_training.py",
        "versions": {"keras": version, "tensorflow": tf.__version__},
        "size": SIZE,
        "batch": BATCH,
        "steps": STEPS,
        "classWeights": {"normal": CLASS_WEIGHT[0], "pneumonia": CLASS_WEIGHT[1]},
        "kernelSalts": LAYER_SALTS,
        "formulas": formula_check(),
        "runs": runs,
        "otherLosses": {},
    }
else:
    with open(path) as file:
        golden = json.load(file)
    if not is_keras3:
        golden["otherLosses"][f"tf.keras {version}"] = {precision: result["losses"] for precision, result in runs.items()}
    for precision, result in runs.items():
        print(f"{precision}: Keras {version} against Keras {golden['versions']['keras']}")
        differences(result, golden["runs"][precision])
print("float32 run from lr", RATES["float32"], runs["float32"]["losses"])
with open(path, "w") as file:
    file.write(json.dumps(golden) + "\n")
