"""Golden files for src/interchange/keras-archive: small .keras and .weights.h5 files saved by real Keras 3, with an input and
the output that Keras computes for it; and files that Keras writes, or that break its layout, and that are refused.

Run from the project's root:
    KERAS_BACKEND=jax python test/golden/make/keras_archives.py      (Keras 3.15.1, JAX 0.10.2, h5py 3.16)
Writes test/golden/keras-archive/*.{keras,weights.h5,json} and hostile/*.keras.
"""

import io
import json
import os
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np
from keras.src.applications.convnext import ConvNeXtBlock
from keras.src.saving import saving_lib

L = keras.layers
OUT = os.path.join("test", "golden", "keras-archive")
HOSTILE = os.path.join(OUT, "hostile")


def randomize(model):
    """Eighths: git packs them to a tenth."""
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if getattr(layer, "layers", None):
            randomize(layer)
        elif layer.weights:
            values = [rng.integers(1, 9, w.shape) / 8 * (-1 if i % 2 else 1) for i, w in enumerate(layer.weights)]
            is_positive = isinstance(layer, (L.BatchNormalization, L.Normalization))
            layer.set_weights([np.abs(v) if is_positive else v for v in values])
            if isinstance(layer, L.Normalization):
                layer.finalize_state()


def tower():
    """A model for models: its layers' names are those of the outer one's, and one of them is called three times."""
    i = keras.Input((6, 6, 3), name="image")
    shared = L.Conv2D(4, 1, name="shared")
    a = L.Conv2D(4, 3, name="conv", activation="relu")(i)
    b = L.Conv2D(4, 3, name="other")(i)
    return keras.Model(i, L.Add()([shared(a), shared(shared(b))]), name="tower")


def nested():
    """A model inside a model, called twice; one inside that; layers with weights on both sides of it."""
    keras.backend.clear_session()
    i = keras.Input((12, 12, 3), name="image")
    x = L.Conv2D(3, 2, strides=2, name="conv")(i)
    both = tower()
    end = keras.Sequential([keras.Input((4, 4, 4)), L.BatchNormalization(), L.DepthwiseConv2D(3)], name="end")
    middle_in = keras.Input((4, 4, 4))
    middle = keras.Model(middle_in, L.ReLU()(end(middle_in)), name="middle")
    y = L.Concatenate()([middle(both(x)), middle(both(L.ReLU(name="relu")(x)))])
    y = L.Dropout(0.5)(y)
    y = L.GlobalAveragePooling2D()(y)
    return keras.Model(i, L.Dense(1, activation="sigmoid", name="score")(y), name="outer")


def sequential():
    keras.backend.clear_session()
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            L.Rescaling(1 / 255),
            L.Normalization(),
            L.Conv2D(4, 3, strides=2, use_bias=False),
            L.BatchNormalization(scale=False),
            L.Activation("relu"),
            L.GlobalAveragePooling2D(),
            L.Dense(1, activation="sigmoid"),
        ],
        name="plain",
    )


def convnext():
    """Blocks of keras.applications' ConvNeXt: its own layers, dense ones at every position, additions without a layer."""
    keras.backend.clear_session()
    i = keras.Input((12, 12, 3), name="image")
    stem = keras.Sequential([keras.Input((12, 12, 3)), L.Conv2D(4, 3, strides=3), L.LayerNormalization()], name="stem")
    x = ConvNeXtBlock(4, drop_path_rate=0.1, layer_scale_init_value=0.5, name="first")(stem(i))
    x = ConvNeXtBlock(4, layer_scale_init_value=0.5, name="second")(x)
    x = L.Add()([x, keras.ops.maximum(x, x * x)])
    x = L.LayerNormalization()(L.GlobalAveragePooling2D()(x))
    return keras.Model(i, L.Dense(1, activation="sigmoid")(x), name="convnext")


def packed(array):
    array = np.asarray(array, "<f4")
    return {"shape": list(array.shape), "values": [round(float(v), 9) for v in array.ravel()]}


def save(build, name):
    model = build()
    model.compile("adam", "binary_crossentropy")
    model.fit(np.zeros((2, *model.input_shape[1:])), np.zeros((2, 1)), verbose=0)  # the optimizer has a state then
    randomize(model)
    x = np.random.default_rng(11).integers(0, 9, (2, *model.input_shape[1:])) / 8
    model.save(os.path.join(OUT, f"{name}.keras"))
    if name == "sequential":
        model.save_weights(os.path.join(OUT, f"{name}.weights.h5"))
    golden = {"keras": keras.__version__, "input": packed(x), "output": packed(model(x, training=False))}
    with open(os.path.join(OUT, f"{name}.json"), "w") as file:
        json.dump(golden, file)
        file.write("\n")
    return model


@keras.saving.register_keras_serializable("somebody")
class Conv2D(L.Conv2D):
    """Of another package under a name of Keras' own."""


@keras.saving.register_keras_serializable("somebody")
class OwnModel(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.dense = L.Dense(1)

    def call(self, x):
        return self.dense(x)


def small(*layers):
    keras.backend.clear_session()
    return keras.Sequential([keras.Input((4, 4, 1)), *layers])


def refuse(name, model, **options):
    saving_lib.save_model(model, os.path.join(HOSTILE, f"{name}.keras"), **options)


def changed(name, change):
    """sequential.keras with other insides of model.weights.h5."""
    with zipfile.ZipFile(os.path.join(OUT, "sequential.keras")) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    weights = io.BytesIO(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        change(file)
    members["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile(os.path.join(HOSTILE, f"{name}.keras"), "w") as archive:
        for one, data in members.items():
            archive.writestr(zipfile.ZipInfo(one), data)


def replaced(path, make):
    def change(file):
        del file[path]
        make(file, path)

    return change


KERNEL = "layers/conv2d/vars/0"
os.makedirs(HOSTILE, exist_ok=True)
save(nested, "nested")
save(convnext, "convnext")
save(sequential, "sequential")
refuse("lambda", small(L.Lambda(lambda x: x * 2, name="doubling"), L.Flatten(), L.Dense(1)))
refuse("custom-layer", small(Conv2D(1, 1, name="own"), L.Flatten()))
own = OwnModel(name="own")
own(np.zeros((1, 3)))
refuse("custom-model", own)
quantized = small(L.Flatten(), L.Dense(2, name="packed"))
quantized.quantize("int8")
refuse("quantized", quantized)
refuse("npz", small(L.Flatten(), L.Dense(1)), weights_format="npz")
changed("external-link", replaced("layers/conv2d", lambda f, p: f.__setitem__(p, h5py.ExternalLink("other.h5", "/" + p))))
changed("soft-link-outside", replaced(KERNEL, lambda f, p: f.__setitem__(p, h5py.SoftLink("/nowhere"))))
changed("huge-shape", replaced(KERNEL, lambda f, p: f.create_dataset(p, (2**20, 2**20), "f4", chunks=(1024, 1024))))
changed("other-name", lambda f: f["layers/conv2d/vars"].attrs.__setitem__("name", "conv2d_7"))
changed("more-weights", lambda f: f.create_dataset("layers/conv2d/vars/1", data=np.zeros(4, "f4")))
changed("loop", lambda f: f["layers/conv2d"].__setitem__("layers", f["layers"]))
