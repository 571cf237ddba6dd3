"""Golden files for the layers and activations that keras_models.py does not have: small whole-model .h5 files saved by real
Keras, each with an input and the output Keras computes for it.

    python test/golden/make/keras_layers.py      (TensorFlow 2.21.0: Keras 3.15.1, h5py 3.14)
Writes test/golden/keras/<model>-keras3.{h5,json} for each function below.
"""

import json
import os

import h5py
import keras
import numpy as np
from keras_saved import L, OUT, save

ACTIVATIONS = """relu relu6 sigmoid silu softmax tanh elu selu celu gelu softplus softsign exponential hard_sigmoid hard_silu
hard_tanh hard_shrink soft_shrink tanh_shrink leaky_relu mish log_sigmoid log_softmax squareplus sparse_plus linear""".split()


def separable():
    return keras.Sequential(
        [
            keras.Input((12, 11, 3)),
            L.SeparableConv2D(6, 3, strides=2, padding="same", depth_multiplier=2, activation="relu"),  # 6 x 6
            L.BatchNormalization(),
            L.SeparableConv2D(4, (2, 3), dilation_rate=2, use_bias=False),  # 4 x 2
            L.SeparableConv2D(3, 2, padding="same"),
            L.BatchNormalization(),
            L.GlobalMaxPooling2D(),
            L.Dense(1, activation="sigmoid"),
        ]
    )


def dilated():
    """Also what a two-class model ends in."""
    return keras.Sequential(
        [
            keras.Input((13, 11, 3)),
            L.Conv2D(6, 3, dilation_rate=(2, 1), padding="same", activation="relu"),
            L.Conv2D(8, 3, groups=2, use_bias=False),
            L.BatchNormalization(),
            L.Conv2D(8, 2, groups=4, strides=2, padding="same", activation="tanh"),
            L.DepthwiseConv2D(2, dilation_rate=2, depth_multiplier=2),
            L.Conv2D(8, 3, dilation_rate=2, padding="same", use_bias=False),
            L.BatchNormalization(),
            L.ReLU(),
            L.AveragePooling2D(2, padding="same"),
            L.Flatten(),
            L.Dense(2, activation="softmax"),
        ]
    )


def augmented():
    """Pixels brought to size and every augmentation layer that passes its input on in use; logits."""
    return keras.Sequential(
        [
            keras.Input((20, 25, 3)),
            L.RandomFlip("horizontal"),
            L.RandomRotation(0.1, fill_mode="constant"),
            L.RandomZoom((-0.2, 0.1)),
            L.RandomTranslation(0.1, 0.2),
            L.RandomContrast(0.2),
            L.RandomShear(0.1, 0.1),
            L.RandomColorJitter(),
            L.RandomElasticTransform(),
            L.RandomErasing(),
            L.RandomGaussianBlur(),
            L.RandomGrayscale(),
            L.RandomHue(0.1),
            L.RandomInvert(),
            L.RandomPerspective(),
            L.Resizing(14, 12),
            L.CenterCrop(11, 9),
            L.Rescaling(1 / 127.5, offset=-1),
            L.Conv2D(4, 3, activation="relu"),
            L.GlobalAveragePooling2D(),
            L.Dense(1),
        ]
    )


def resized():
    x = i = keras.Input((17, 22, 1))
    a = L.Resizing(9, 7, interpolation="nearest")(x)
    b = L.Resizing(9, 7, crop_to_aspect_ratio=True)(x)
    c = L.Resizing(31, 29)(x)
    c = L.Resizing(9, 7, interpolation="nearest", crop_to_aspect_ratio=True)(c)
    return keras.Model(i, L.Concatenate()([a, b, c]), name="resized")


def noisy():
    """What is there in training alone."""
    return keras.Sequential(
        [
            keras.Input((8, 7, 2)),
            L.GaussianNoise(0.1),
            L.Conv2D(4, 3, activation="selu"),
            L.SpatialDropout2D(0.2),
            L.GaussianDropout(0.3),
            L.AlphaDropout(0.1),
            L.Identity(),
            L.ActivityRegularization(l2=0.01),
            L.Flatten(),
            L.Dropout(0.5),
            L.Dense(2),
        ]
    )


def normalized():
    x = i = keras.Input((6, 5, 4))
    x = L.LayerNormalization()(x)
    x = L.Conv2D(6, 2)(x)
    x = L.LayerNormalization(epsilon=1e-5, scale=False)(x)
    x = L.GroupNormalization(groups=3)(x)
    x = L.GroupNormalization(groups=-1, center=False, epsilon=1e-4)(x)
    x = L.Flatten()(x)
    x = L.Dense(8)(x)
    x = L.LayerNormalization(center=False)(x)
    x = L.GroupNormalization(groups=2)(x)
    return keras.Model(i, L.Dense(3)(x), name="normalized")


def imagewise():
    """Keras 3.15 saves this file and cannot load it again: it reads a list of axes in an .h5 file as its first or last."""
    return keras.Sequential(
        [
            keras.Input((6, 5, 4)),
            L.LayerNormalization(axis=[1, 2, 3], epsilon=1e-5, scale=False),
            L.Conv2D(6, 2, activation="hard_tanh"),
            L.LayerNormalization(axis=[1, 2, 3]),
            L.Flatten(),
            L.Dense(3),
        ]
    )


def merged():
    x = i = keras.Input((6, 7, 3))
    a = L.Conv2D(4, 3, padding="same", activation="relu")(x)
    b = L.Conv2D(4, 3, padding="same", activation="gelu")(x)
    c = L.Conv2D(4, 1)(x)
    s = L.GlobalAveragePooling2D(keepdims=True)(c)
    y = L.Concatenate()([L.Average()([a, b, c]), L.Maximum()([a, b, c]), L.Average()([c, s]), L.Maximum()([b, s])])
    y = L.Add()([y, L.Multiply()([y, L.Activation("sigmoid")(y)])])
    y = L.GlobalAveragePooling2D()(y)
    return keras.Model(i, L.Dense(1, activation="sigmoid")(L.Maximum()([y, L.Dense(16)(y)])), name="merged")


def turned():
    return keras.Sequential(
        [
            keras.Input((6, 5, 4)),
            L.Permute((2, 1, 3)),
            L.Conv2D(6, 2),  # 4 x 5 x 6
            L.Permute((3, 1, 2)),  # 6 x 4 x 5
            L.Conv2D(8, 2, padding="same"),
            L.Reshape((8, 12, 2)),
            L.Permute((2, 3, 1)),  # 12 x 2 x 8
            L.Flatten(),
            L.Permute((1,)),
            L.Reshape((4, 6, -1)),
            L.Permute((1, 3, 2)),
        ]
    )


def rectified():
    x = i = keras.Input((5, 6, 3))
    x = L.Conv2D(4, 3, padding="same")(x)
    a = L.LeakyReLU(0.1)(x)
    b = L.ELU(0.7)(x)
    c = L.PReLU(shared_axes=[1, 2])(x)
    d = L.PReLU()(x)
    e = L.ReLU(max_value=1.5)(x)
    f = L.ReLU(negative_slope=0.25)(x)
    y = L.Flatten()(L.Concatenate()([a, b, c, d, e, f]))
    return keras.Model(i, L.PReLU()(L.Dense(9)(y)), name="rectified")


def activated():
    """Every activation, its values put out as they are."""
    x = i = keras.Input((4, 4, 2))
    x = L.Conv2D(3, 2, strides=2)(x)
    return keras.Model(i, L.Concatenate()([L.Activation(name)(x) for name in ACTIVATIONS]), name="activated")


def nested():
    """Models inside the model, as transfer learning has them, one inside another, one of them frozen."""
    x = i = keras.Input((9, 9, 3), name="pixels")
    y = L.Conv2D(4, 3, activation="relu", name="stem")(x)
    y = L.Add(name="skip")([y, L.Conv2D(4, 1, use_bias=False, name="side")(y)])
    y = L.BatchNormalization(name="stem_bn")(y)
    backbone = keras.Model(i, y, name="backbone")
    backbone.trainable = False
    block = keras.Sequential(
        [keras.Input((7, 7, 4)), L.DepthwiseConv2D(3, name="depthwise_inside"), L.SeparableConv2D(3, 2, name="fine")],
        name="block",
    )
    body = keras.Sequential([backbone, block, L.GlobalAveragePooling2D(name="pool")], name="body")
    o = keras.Input((9, 9, 3), name="image")
    z = L.Rescaling(2.0, offset=-1.0, name="scale")(o)
    z = body(z, training=False)
    head = keras.Sequential([keras.Input((3,)), L.Dense(4, activation="relu", name="hidden"), L.Dense(2, name="logits")], name="head")
    return keras.Model(o, L.Softmax(name="probabilities")(head(z)), name="nested")


def put_in(path):
    """Keras 3.15 cannot save these layers to .h5 (it stumbles over a module in them): their configs are put into the file."""
    layers = [
        L.RandomBrightness(0.2, value_range=(0, 1)),
        L.RandomColorDegeneration(0.5),
        L.RandomPosterization(4),
        L.RandomSaturation(0.2),
        L.RandomSharpness(0.2),
    ]
    images = np.random.default_rng(3).uniform(0, 255, (2, 9, 8, 3)).astype("f4")
    for layer in layers:
        assert np.array_equal(layer(images, training=False), images), layer
    with h5py.File(path, "r+") as file:
        whole = json.loads(file.attrs["model_config"])
        whole["config"]["layers"][2:2] = [keras.saving.serialize_keras_object(layer) for layer in layers]
        file.attrs["model_config"] = json.dumps(whole)


MODELS = [separable, dilated, augmented, resized, noisy, normalized, imagewise, merged, turned, rectified, activated, nested]
if __name__ == "__main__":
    for build in MODELS:
        save(build, build.__name__)
    put_in(os.path.join(OUT, "augmented-keras3.h5"))
