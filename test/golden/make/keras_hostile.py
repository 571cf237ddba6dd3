"""Hostile and odd variants of test/golden/keras/frozen-keras2.h5, for the reader's tests.

Run from the project's root, after keras_models.py, with tf.keras 2 (used: TensorFlow 2.15.1, Keras 2.15.0, h5py 3.16):
    python test/golden/make/keras_hostile.py
Writes test/golden/keras/hostile/*.h5. Nothing in them is dangerous by itself: paths they point at are of this project. (endless.h5 and trap.h5 are not made here: they are the fuzz test's files number 247 and
708, kept because they drive HDF5 2.0 into an endless loop and into a memory trap.)
"""

import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np

BASE = os.path.join("test", "golden", "keras", "frozen-keras2.h5")
OUT = os.path.join("test", "golden", "keras", "hostile")
KERNEL = "model_weights/dense/dense/kernel:0"
os.makedirs(OUT, exist_ok=True)


def variant(name, change):
    path = os.path.join(OUT, f"{name}.h5")
    shutil.copyfile(BASE, path)
    with h5py.File(path, "r+") as file:
        values = file[KERNEL][()]
        if change:
            change(file, values)


def replaced(make):
    def change(file, values):
        del file[KERNEL]
        make(file, values)

    return change


def external_group(file, _):
    del file["model_weights/dense"]
    file["model_weights/dense"] = h5py.ExternalLink("../functional-keras2.h5", "/model_weights/dense")


def virtual(file, values):
    layout = h5py.VirtualLayout(shape=values.shape, dtype="f4")
    layout[:] = h5py.VirtualSource("../frozen-keras2.h5", KERNEL, shape=values.shape)
    file.create_virtual_dataset(KERNEL, layout)


def loop(file, _):
    del file["model_weights/dense"]
    file["model_weights/dense"] = h5py.SoftLink("/model_weights/dense")


variant("external-link", external_group)
variant("virtual-dataset", replaced(virtual))
variant(
    "external-storage",
    replaced(lambda f, v: f.create_dataset(KERNEL, v.shape, "f4", external=[("package.json", 0, v.nbytes)])),
)
variant("huge-shape", replaced(lambda f, v: f.create_dataset(KERNEL, (2**20, 2**20), "f4", chunks=(1024, 1024))))
variant("dangling-link", replaced(lambda f, v: f.__setitem__(KERNEL, h5py.SoftLink("/nowhere"))))
variant("link-loop", loop)
variant("float64", replaced(lambda f, v: f.create_dataset(KERNEL, data=v.astype("f8"))))
variant("group-for-dataset", replaced(lambda f, v: f.create_group(KERNEL)))
variant("missing-weight", replaced(lambda f, v: None))
variant("other-shape", replaced(lambda f, v: f.create_dataset(KERNEL, data=np.zeros((3, 1), "f4"))))
variant("no-config", lambda f, v: f.attrs.__delitem__("model_config"))
variant("config-not-json", lambda f, v: f.attrs.__setitem__("model_config", '{"class_name": "Sequential"'))
variant("config-a-number", lambda f, v: f.attrs.__setitem__("model_config", 7))
variant("keras-1", lambda f, v: f.attrs.__setitem__("keras_version", "1.2.2"))
# Odd, but as good as the original: other storage, a soft link inside the file.
variant(
    "fine-gzip",
    replaced(lambda f, v: f.create_dataset(KERNEL, data=v, chunks=v.shape, compression="gzip", shuffle=True)),
)
variant("fine-big-endian", replaced(lambda f, v: f.create_dataset(KERNEL, data=v.astype(">f4"))))


def moved(file, values):
    file["elsewhere"] = values
    file[KERNEL] = h5py.SoftLink("/elsewhere")


variant("fine-soft-link", replaced(moved))

L = keras.layers
keras.Sequential([keras.Input((4, 4, 1)), L.Lambda(lambda x: x * 2, name="doubling"), L.Flatten()]).save(
    os.path.join(OUT, "lambda.h5"), save_format="h5"
)
inner = keras.Sequential([keras.Input((4, 4, 1)), L.Conv2D(1, 1)], name="inner")
keras.Sequential([keras.Input((4, 4, 1)), inner]).save(os.path.join(OUT, "nested.h5"), save_format="h5")
keras.Sequential([keras.Input((4, 4, 1)), L.Conv2DTranspose(1, 1, name="up")]).save(
    os.path.join(OUT, "unknown-layer.h5"), save_format="h5"
)
keras.Sequential([keras.Input((4, 4, 1)), L.Conv2D(1, 1, dilation_rate=2, name="wide")]).save(
    os.path.join(OUT, "dilated.h5"), save_format="h5"
)
keras.Sequential([keras.Input((None, None, 1)), L.Conv2D(1, 1)]).save(os.path.join(OUT, "any-size.h5"), save_format="h5")
x = keras.Input((4, 4, 1))
shared = L.Conv2D(1, 1, name="shared")
keras.Model(x, L.Add()([shared(x), shared(shared(x))])).save(os.path.join(OUT, "shared-layer.h5"), save_format="h5")
y = keras.Input((4, 4, 1))
keras.Model([x, y], L.Add()([x, y])).save(os.path.join(OUT, "two-inputs.h5"), save_format="h5")
keras.Model(x, [L.Flatten()(x), L.ReLU()(x)]).save(os.path.join(OUT, "two-outputs.h5"), save_format="h5")
keras.Model(x, L.BatchNormalization(axis=1, name="rows")(x)).save(os.path.join(OUT, "axis-1.h5"), save_format="h5")
