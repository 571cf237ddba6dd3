"""Does real Keras load our files and compute the same? Run with tf.keras 2 and with Keras 3:
    python test/golden/make/keras_loads.py FOLDER
For every FOLDER/*.h5 and, with Keras 3, *.keras: load_model(compile=False), the sha256 of every weight's float32 bytes against
FOLDER/<name>.json's "weights", and the prediction for its "input" against its "output" (tensors as {"shape", "base64" of float32}).
FOLDER/*.weights.h5 is loaded into the model of the .keras file after its weights were set to zero. Prints one line per file with
the largest difference of outputs, as a share of the largest output where that is above 1; exits 1 when one is above 1e-5. Not part of
npm test (needs Keras).
Used with TensorFlow 2.15.1 (tf.keras 2.15.0), TensorFlow 2.21.0 and JAX 0.10.2 (Keras 3.15.1).
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


# Of keras.applications' ConvNeXt: Keras finds it for .keras files by itself, for .h5 files it must be told.
CUSTOM = {}
if not keras.__version__.startswith("2."):
    from keras.src.applications.convnext import LayerScale

    CUSTOM["LayerScale"] = LayerScale

failed = False
folder = sys.argv[1]
endings = ["h5"] if keras.__version__.startswith("2.") else ["h5", "keras"]
for path in sorted(path for ending in endings for path in glob.glob(os.path.join(folder, f"*.{ending}"))):
    name = os.path.basename(path).split(".")[0]
    if path.endswith(".weights.h5"):
        if "keras" not in endings:
            continue
        model = keras.models.load_model(os.path.join(folder, f"{name}.keras"), compile=False)
        model.set_weights([np.zeros_like(value) for value in model.get_weights()])
        model.load_weights(path)
    else:
        model = keras.models.load_model(path, compile=False, custom_objects=CUSTOM if path.endswith(".h5") else None)
    with open(os.path.join(folder, f"{name}.json")) as file:
        expected = json.load(file)
    line = f"Keras {keras.__version__} {os.path.basename(path)}: {model.count_params()} parameters"
    for layer, weights in expected["weights"].items():
        for weight in model.get_layer(layer).weights:
            name = weight.name.split("/")[-1].split(":")[0]
            name = next(one for one in (name, "depthwise_kernel", "gamma") if one in weights)
            value = np.ascontiguousarray(weight, "<f4").tobytes()
            if hashlib.sha256(value).hexdigest() != weights[name]:
                failed = True
                line += f"; {layer}/{name} DIFFERS"
    if "output" in expected:
        output = np.asarray(model(unpacked(expected["input"]), training=False))
        wanted = unpacked(expected["output"])
        difference = float(np.abs(output - wanted).max() / max(1, np.abs(wanted).max()))
        failed |= not difference <= 1e-5
        line += f"; largest difference of outputs {difference:.3g}"
    print(line)
sys.exit(1 if failed else 0)
