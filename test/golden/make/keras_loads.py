"""Does real Keras load our files and compute the same? Run with tf.keras 2 and with Keras 3:
    python test/golden/make/keras_loads.py FOLDER
For every FOLDER/*.h5: load_model(compile=False), the sha256 of every weight's float32 bytes against FOLDER/<name>.json's
"weights", and the prediction for its "input" against its "output" (tensors as {"shape", "base64" of float32}). Prints one line per file with
the largest absolute differences; exits 1 when one is above 1e-5. Not part of npm test (needs TensorFlow).
Used with TensorFlow 2.15.1 (tf.keras 2.15.0) and TensorFlow 2.21.0 (Keras 3.15.1).
"""

import base64
import glob
import hashlib
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np


def unpacked(tensor):
    return np.frombuffer(base64.b64decode(tensor["base64"]), "<f4").reshape(tensor["shape"])


failed = False
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.h5"))):
    model = keras.models.load_model(path, compile=False)
    with open(path[:-3] + ".json") as file:
        expected = json.load(file)
    line = f"Keras {keras.__version__} {os.path.basename(path)}: {model.count_params()} parameters"
    for layer, weights in expected["weights"].items():
        for weight in model.get_layer(layer).weights:
            name = weight.name.split("/")[-1].split(":")[0]
            name = name if name in weights else "depthwise_kernel"
            value = np.ascontiguousarray(weight, "<f4").tobytes()
            if hashlib.sha256(value).hexdigest() != weights[name]:
                failed = True
                line += f"; {layer}/{name} DIFFERS"
    if "output" in expected:
        output = np.asarray(model(unpacked(expected["input"]), training=False))
        difference = float(np.abs(output - unpacked(expected["output"])).max())
        failed |= not difference <= 1e-5
        line += f"; largest difference of outputs {difference:.3g}"
    print(line)
sys.exit(1 if failed else 0)
