"""Golden data for augmentation, from the real tf.keras 2.15 ImageDataGenerator.

    python test/golden/make/keras_augmentation.py     # tensorflow-cpu 2.15.1, numpy 1.26, scipy 1.17

Writes test/golden/keras-augmentation/warps.json (an image, transform parameters, the image that apply_transform makes
of it) and draws.json (quantiles of 20,000 draws of get_random_transform with the study's settings).

What apply_transform does (keras/src/preprocessing/image.py), in pixels from the centre, centre = size / 2 - 0.5,
x along the columns, y along the rows:

    source = R(theta) . T(tx, ty) . Z(zx, zy) . result
    R = [[cos, -sin], [sin, cos]], theta in degrees; T shifts by (tx, ty) pixels; Z scales x by zx and y by zy

so the matrix goes from places in the result to places in the source: zx = 1.2 shows more, smaller. Sampling is
bilinear (scipy affine_transform, order 1), outside the nearest border pixel. The left-right flip comes after the warp.
get_random_transform draws theta, tx, ty, zx, zy independently and uniformly (tx = U(-r, r) * height from
height_shift_range although it moves columns; ty = U(-r, r) * width from width_shift_range). For images that are not square
Keras 2.15 also swaps the two centre offsets, so its centre is off; everything here is square.

Pixel values are stored as uint16, little endian, base64: round(value * 256).
"""
import base64
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import scipy
import tensorflow as tf

SIZE = 48
generator = tf.keras.preprocessing.image.ImageDataGenerator(
    rotation_range=30, zoom_range=0.2, width_shift_range=0.1, height_shift_range=0.1, horizontal_flip=True)

row, column = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
image = 120 + 60 * np.sin(row / 5 + column / 9) + 40 * np.cos(column / 4) + 0.5 * row
image[8:14, 30:44] += 30  # an edge, so that a wrong half pixel shows
image = np.clip(np.round(image), 0, 255).astype(np.uint8)


def case(theta=0.0, tx=0.0, ty=0.0, zx=1.0, zy=1.0, flip=False):
    return {"theta": theta, "tx": tx, "ty": ty, "zx": zx, "zy": zy, "flip_horizontal": flip}


cases = [
    case(), case(flip=True), case(theta=30.0), case(theta=-30.0), case(theta=7.5), case(theta=90.0),
    case(tx=3.0), case(tx=-2.5), case(ty=4.0), case(ty=-1.25), case(zx=1.2), case(zx=0.8), case(zy=1.2), case(zy=0.8),
    case(zx=0.85, zy=1.15), case(theta=20.0, tx=3.2), case(theta=20.0, ty=-4.1), case(theta=-12.0, zx=1.2, zy=0.9),
    case(tx=4.0, ty=-3.0, zx=0.9, zy=1.1), case(theta=15.0, flip=True), case(tx=2.2, flip=True),
    case(theta=25.0, tx=-4.6, ty=3.9, zx=0.81, zy=1.19), case(theta=-28.0, tx=4.4, ty=-2.7, zx=1.17, zy=0.88, flip=True),
    case(theta=3.0, tx=0.4, ty=0.6, zx=1.02, zy=0.97, flip=True),
]


def packed(values):
    return base64.b64encode(np.round(np.asarray(values, dtype=np.float64) * 256).astype("<u2").tobytes()).decode()


def warp(parameters):
    result = generator.apply_transform(image.astype(np.float32)[..., None], parameters)
    assert result.shape == (SIZE, SIZE, 1)
    return packed(result[..., 0])


folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keras-augmentation")
versions = {"tensorflow": tf.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
with open(os.path.join(folder, "warps.json"), "w") as file:
    golden = {
        "about": "made by test/golden/make/keras_augmentation.py; pixels are uint16 little endian base64, value * 256",
        "versions": versions,
        "size": SIZE,
        "image": packed(image),
        "cases": [{"parameters": parameters, "pixels": warp(parameters)} for parameters in cases],
    }
    file.write(json.dumps(golden) + "\n")

np.random.seed(20261123)
draws = [generator.get_random_transform((224, 224, 1)) for _ in range(20000)]
probabilities = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
names = ["theta", "tx", "ty", "zx", "zy"]
columns = {name: np.array([draw[name] for draw in draws]) for name in names}
with open(os.path.join(folder, "draws.json"), "w") as file:
    golden = {
        "about": "made by test/golden/make/keras_augmentation.py",
        "versions": versions,
        "count": len(draws),
        "size": 224,
        "probabilities": probabilities,
        "quantiles": {name: [float(q) for q in np.quantile(columns[name], probabilities)] for name in names},
        "extremes": {name: [float(columns[name].min()), float(columns[name].max())] for name in names},
        "flipShare": float(np.mean([draw["flip_horizontal"] for draw in draws])),
        "correlations": np.corrcoef(np.stack([columns[name] for name in names])).round(5).tolist(),
    }
    file.write(json.dumps(golden) + "\n")
print("made", len(cases), "warps;", {name: columns[name].std() for name in names})
