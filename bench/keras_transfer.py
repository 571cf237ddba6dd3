#!/usr/bin/env python3
# Keras 3 on TensorFlow as a peer of training with a frozen backbone, at the study's freeze rules: keras.applications behind the
# study's heads, `train_on_batch` on noise that is on hand already: nothing is read, augmented or scaled, which favours Keras.
#
#   python bench/keras_transfer.py --model resnet152v2 --steps 4 --threads 2
#
# Prints one JSON line. Needs keras and tensorflow. Weights are random: a step's time does not depend on them.
import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True, choices=["densenet121", "efficientnetb0", "mobilenet", "resnet152v2"])
parser.add_argument("--steps", type=int, default=4)
parser.add_argument("--warm-up", type=int, default=2)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
parser.add_argument("--setting", choices=["fp32"], default="fp32")
args = parser.parse_args()

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(args.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
import keras  # noqa: E402
import numpy as np  # noqa: E402

applications = {
    "densenet121": (keras.applications.DenseNet121, False, [], 10),
    "efficientnetb0": (keras.applications.EfficientNetB0, True, [512], 2),
    "mobilenet": (keras.applications.MobileNet, False, [1024], 5),
    "resnet152v2": (keras.applications.ResNet152V2, False, [1024], 5),
}
build, has_top, dense, learning = applications[args.model]
base = build(weights=None, include_top=has_top, input_shape=(224, 224, 3))
x = base.output if has_top else keras.layers.GlobalAveragePooling2D()(base.output)
for units in dense:
    x = keras.layers.Dense(units, activation="relu")(x)
model = keras.Model(base.input, keras.layers.Dense(1, activation="sigmoid")(x))
for layer in model.layers[:-learning]:
    layer.trainable = False
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")

random = np.random.default_rng(1)
images = random.random((args.batch, 224, 224, 3), dtype=np.float32)
labels = random.integers(0, 2, (args.batch, 1)).astype(np.float32)
seconds = time.process_time if args.clock == "cpu" else time.perf_counter
started = 0.0
for step in range(args.warm_up + args.steps):
    if step == args.warm_up:
        started = seconds()
    model.train_on_batch(images, labels)
print(json.dumps({"imagesPerSecond": args.batch * args.steps / (seconds() - started)}))
