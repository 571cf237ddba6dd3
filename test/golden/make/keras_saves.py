"""Every network of the zoo as real Keras saves it, whole as .h5 and .keras, its weights alone as .weights.h5, for
read-from-keras.js to load and compute:
    python test/golden/make/keras_saves.py FOLDER && node dist/test/golden/make/read-from-keras.js FOLDER
Writes FOLDER/<model>.{h5,keras,weights.h5} with the formula weights of the golden files, and FOLDER/<model>.json with an "input" and the
"output" that Keras predicts for it (tensors as {"shape", "base64" of float32}). Not part of npm test (needs Keras; each of
ResNet152V2's files has 240 MB). Used with TensorFlow 2.21.0, and with JAX 0.10.2 (KERAS_BACKEND=jax), of Keras 3.15.1. CASES may be named behind FOLDER.
"""

import base64
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras_zoo import CASES, filled


def packed(value):
    value = np.ascontiguousarray(value, "<f4")
    return {"shape": value.shape, "base64": base64.b64encode(value.tobytes()).decode()}


folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
for case, (model_id, *_) in CASES.items():
    if case != model_id or (sys.argv[2:] and case not in sys.argv[2:]):
        continue
    model, images = filled(case)
    for ending in ("h5", "keras"):
        model.save(os.path.join(folder, f"{case}.{ending}"))
    model.save_weights(os.path.join(folder, f"{case}.weights.h5"))
    output = model(images, training=False)
    with open(os.path.join(folder, f"{case}.json"), "w") as file:
        json.dump({"input": packed(images), "output": packed(output)}, file)
    print(f"Keras {keras.__version__} saved {case}: {model.count_params()} parameters, output {np.ravel(output)}")
