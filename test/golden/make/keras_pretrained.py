"""Golden files for src/interchange/load-pretrained.ts: the same small backbones with the same weights as the two Kerases
save them: weights only and whole, without and with a top, under old and new layer names, and as a model inside a model.

Run once with each Keras, from the project's root:
    python test/golden/make/keras_pretrained.py                                  (TensorFlow 2.21.0: Keras 3.15.1)
    PYTHONPATH=... python test/golden/make/keras_pretrained.py tf_keras          (the same with tf_keras 2.21.0: Keras 2)
Writes test/golden/keras-pretrained/*.h5 and nested.keras. The DenseNet is keras.applications' own code with one dense block in all.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

if "tf_keras" in sys.argv:
    import tf_keras as keras
    from tf_keras.src.applications.densenet import DenseNet
else:
    import keras
    from keras.src.applications.densenet import DenseNet

L = keras.layers
MAJOR = int(keras.__version__.split(".")[0])
OUT = os.path.join("test", "golden", "keras-pretrained")


def randomize(model):
    """By place and not by name, which differs between the Kerases; a top, which comes last, changes nothing before it."""
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if getattr(layer, "layers", None):
            randomize(layer)
        elif layer.weights:
            # Eighths: git packs them to a tenth.
            layer.set_weights([rng.integers(1, 9, w.shape) / 8 for w in layer.weights])


def densenet(**options):
    keras.backend.clear_session()
    model = DenseNet([1, 0, 0, 0], weights=None, input_shape=(32, 32, 3), **options)
    randomize(model)
    return model


def separable():
    """Layers of MobileNet's kind, under its names."""
    x = i = keras.Input((8, 8, 3))
    x = L.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="conv1")(x)
    x = L.BatchNormalization(name="conv1_bn")(x)
    x = L.ReLU(6.0, name="conv1_relu")(x)
    x = L.DepthwiseConv2D(3, padding="same", use_bias=False, name="conv_dw_1")(x)
    x = L.BatchNormalization(name="conv_dw_1_bn")(x)
    return keras.Model(i, x, name="separable")


def nested():
    keras.backend.clear_session()
    model = keras.Sequential([separable(), L.GlobalAveragePooling2D(), L.Dense(1, activation="sigmoid")])
    model.build((None, 8, 8, 3))
    randomize(model)
    return model


def whole():
    keras.backend.clear_session()
    base = separable()
    x = L.GlobalAveragePooling2D()(base.output)
    x = L.Dense(2, activation="relu")(x)
    model = keras.Model(base.input, L.Dense(1, activation="sigmoid")(x), name="whole")
    randomize(model)
    return model


def save(model, name):
    model.save(os.path.join(OUT, f"{name}-keras{MAJOR}.h5"))


os.makedirs(OUT, exist_ok=True)
save(nested(), "nested")
save(whole(), "whole")
if MAJOR == 3:
    nested().save(os.path.join(OUT, "nested.keras"))
    save(densenet(include_top=False), "densenet")
else:
    top = {"include_top": True, "classes": 7}
    densenet(include_top=False).save_weights(os.path.join(OUT, "densenet-weights-keras2.h5"), save_format="h5")
    densenet(**top).save_weights(os.path.join(OUT, "densenet-top-weights-keras2.h5"), save_format="h5")
