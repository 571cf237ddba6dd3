"""Whole .h5 files of every network of the zoo as real Keras saves them, for read-from-keras.js to load and compute:
    python test/golden/make/keras_saves.py FOLDER && node dist/test/golden/make/read-from-keras.js FOLDER
Writes FOLDER/<model>.h5 with the formula weights of the golden files, and FOLDER/<model>.json with an "input" and the
"output" that Keras predicts for it (tensors as {"shape", "base64" of float32}). Not part of npm test (needs TensorFlow;
ResNet152V2's file alone has 240 MB). Used with TensorFlow 2.21.0 (Keras 3.15.1).
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
    if case != model_id:
        continue
    model, images = filled(case)
    model.save(os.path.join(folder, f"{case}.h5"))
    output = model(images, training=False)
    with open(os.path.join(folder, f"{case}.json"), "w") as file:
        json.dump({"input": packed(images), "output": packed(output)}, file)
    print(f"Keras {keras.__version__} saved {case}.h5: {model.count_params()} parameters, output {np.ravel(output)}")
