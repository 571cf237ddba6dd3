"""What real Keras computes with real models by others (MLCommons Tiny, Apache-2.0, tf.keras 2.4 and 2.14).

Run from the project's root with tf.keras 2 (used: TensorFlow 2.15.1, Keras 2.15.0):
    python test/golden/make/keras_samples.py FOLDER_WITH_THE_H5_FILES
Writes test/golden/keras/samples.json: for each file the parameter count and the output for two inputs whose value number i is
((i * 2654435761) mod 2^32) / 2^32.
"""

import glob
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

found = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.h5"))):
    model = keras.models.load_model(path, compile=False)
    shape = (2, *model.input_shape[1:])
    index = np.arange(np.prod(shape), dtype=np.uint64)
    x = ((index * 2654435761 % 2**32) / 2**32).astype("f4").reshape(shape)
    output = np.asarray(model(x, training=False))
    found[os.path.basename(path)] = {"parameters": model.count_params(), "output": [round(float(v), 9) for v in output.ravel()]}
with open(os.path.join("test", "golden", "keras", "samples.json"), "w") as file:
    json.dump(found, file, indent=1)
