"""Golden files for src/model/zoo: the networks of keras.applications with our heads, as real Keras builds and runs them. Weights and images come from formulas (formula_weights.py, test/support/formula-weights.ts), so a file holds only
the list of layers, two numbers per normalization, and slices of activations.

    python test/golden/make/keras_zoo.py [CASE ...]      (TensorFlow 2.21.0: Keras 3.15.1)
Writes test/golden/keras-zoo/<case>.json and <case>-layers.jsonl.gz. The EfficientNet that Keras builds around its published
weights has one layer more than the one around random weights; it is built here without those weights being read.
"""

import gzip
import json
import os
import sys
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from formula_weights import formula_image, formula_kernel, formula_spread
from keras import applications as apps
from keras.src.models.functional import Functional
from keras.src.utils import file_utils

L = keras.layers
OUT = os.path.join("test", "golden", "keras-zoo")
IMAGES = 2
SLICE = 48
IMAGENET_MEAN, IMAGENET_DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def head(features, units):
    x = L.GlobalAveragePooling2D()(features)
    x = L.Dense(units, activation="relu")(x)
    return L.Dense(1, activation="sigmoid")(x)


def mobilenet(size, alpha=1.0):
    base = apps.MobileNet(weights=None, include_top=False, input_shape=(size, size, 3), alpha=alpha)
    return keras.Model(base.input, head(base.output, 1024))


def resnet_v2(application):
    def build(size):
        base = application(weights=None, include_top=False, input_shape=(size, size, 3))
        return keras.Model(base.input, head(base.output, 1024))

    return build


def predicted(base, pooled):
    return keras.Model(base.input, L.Dense(1, activation="sigmoid", name="predictions")(pooled))


def pooled(application):
    """Its features, pooled, below one sigmoid."""

    def build(size, **options):
        base = application(weights=None, include_top=False, input_shape=(size, size, 3), **options)
        return predicted(base, L.GlobalAveragePooling2D(name="avg_pool")(base.output))

    return build


def convnexttiny(size):
    base = apps.ConvNeXtTiny(weights=None, include_top=False, input_shape=(size, size, 3), pooling="avg")
    return predicted(base, base.output)


def chexnet(size, protocol="sound"):
    base = apps.DenseNet121(weights=None, include_top=False, input_shape=(size, size, 3), pooling="avg")
    x = base.output
    if protocol == "sound":  # Keras before 2018: no ReLU after the last normalization
        x = L.GlobalAveragePooling2D(name="avg_pool")(base.get_layer("bn").output)
    x = L.Dense(14, activation="sigmoid", name="output")(x)
    return keras.Model(base.input, L.Dense(1, activation="sigmoid")(x))


def unread(application, size, **options):
    """Built for its published weights, without them."""
    nothing = {"new": lambda *args, **kwargs: None}
    with mock.patch.object(file_utils, "get_file", **nothing), mock.patch.object(Functional, "load_weights", **nothing):
        return application(weights="imagenet", input_tensor=keras.Input((size, size, 3)), **options)


def efficientnet(application):
    def build(size):
        base = unread(application, size, include_top=False)
        return predicted(base, L.GlobalAveragePooling2D(name="avg_pool")(base.output))

    return build


def efficientnetb0(size):
    base = unread(apps.EfficientNetB0, size, classifier_activation=None)
    x = L.Dense(512, activation="relu")(base.output)
    return keras.Model(base.input, L.Dense(1, activation="sigmoid")(x))


def custom(size):
    x = i = keras.Input((size, size, 3), name="conv2d_input")
    for block, filters in enumerate([32, 64, 64, 64, 128]):
        x = L.Conv2D(filters, 3, activation="relu", padding="same")(x)
        x = L.BatchNormalization()(x)
        x = L.MaxPooling2D(2, padding="same" if block in (0, 4) else "valid")(x)
    x = L.Dense(128, activation="relu")(L.Flatten()(x))
    x = L.Dense(64, activation="relu")(L.BatchNormalization()(x))
    return keras.Model(i, L.Dense(1, activation="sigmoid")(x))


# case: (registry id, build options beside the size, image size, Keras' own preprocessing, stages)
DENSE_STAGES = ["pool1", "pool3_pool", "relu"]
CASES = {
    "custom": ("custom", custom, {}, 224, lambda x: x / 255, ["conv2d", "conv2d_2", "conv2d_4"]),
    "mobilenet": (
        "mobilenet", mobilenet, {}, 224, apps.mobilenet.preprocess_input,
        ["conv1_relu", "conv_pw_6_relu", "conv_pw_13_relu"],
    ),
    "mobilenet-half": (
        "mobilenet", mobilenet, {"alpha": 0.5}, 90, apps.mobilenet.preprocess_input,
        ["conv1_relu", "conv_pw_6_relu", "conv_pw_13_relu"],
    ),
    "densenet121": ("densenet121", pooled(apps.DenseNet121), {}, 160, apps.densenet.preprocess_input, DENSE_STAGES),
    "chexnet": (
        "chexnet", chexnet, {}, 160, apps.densenet.preprocess_input, ["pool1", "pool3_pool", "bn"],
    ),
    "chexnet-study": ("chexnet", chexnet, {"protocol": "study"}, 96, apps.densenet.preprocess_input, DENSE_STAGES),
    "resnet152v2": (
        "resnet152v2", resnet_v2(apps.ResNet152V2), {}, 160, apps.resnet_v2.preprocess_input,
        ["pool1_pool", "conv4_block18_out", "post_relu"],
    ),
    "efficientnetb0": (
        "efficientnetb0", efficientnetb0, {}, 224, apps.efficientnet.preprocess_input,
        ["stem_activation", "block4c_add", "top_activation"],
    ),
    "efficientnetb0-odd": (
        "efficientnetb0", efficientnetb0, {}, 99, apps.efficientnet.preprocess_input,
        ["stem_activation", "block4c_add", "top_activation"],
    ),
    # Small: what a size of a known family adds is its list of layers.
    "densenet169": ("densenet169", pooled(apps.DenseNet169), {}, 64, apps.densenet.preprocess_input, ["relu"]),
    "densenet201": ("densenet201", pooled(apps.DenseNet201), {}, 64, apps.densenet.preprocess_input, ["relu"]),
    "resnet50v2": ("resnet50v2", resnet_v2(apps.ResNet50V2), {}, 64, apps.resnet_v2.preprocess_input, ["post_relu"]),
    "resnet101v2": ("resnet101v2", resnet_v2(apps.ResNet101V2), {}, 64, apps.resnet_v2.preprocess_input, ["post_relu"]),
    "efficientnetb1": (
        "efficientnetb1", efficientnet(apps.EfficientNetB1), {}, 64, apps.efficientnet.preprocess_input, ["top_activation"],
    ),
    "efficientnetb2": (
        "efficientnetb2", efficientnet(apps.EfficientNetB2), {}, 64, apps.efficientnet.preprocess_input, ["top_activation"],
    ),
    "efficientnetb3": (
        "efficientnetb3", efficientnet(apps.EfficientNetB3), {}, 64, apps.efficientnet.preprocess_input, ["top_activation"],
    ),
    "mobilenetv2": (
        "mobilenetv2", pooled(apps.MobileNetV2), {}, 96, apps.mobilenet_v2.preprocess_input,
        ["Conv1_relu", "block_9_add", "out_relu"],
    ),
    "mobilenetv2-half": (
        "mobilenetv2", pooled(apps.MobileNetV2), {"alpha": 0.5}, 75, apps.mobilenet_v2.preprocess_input, ["out_relu"],
    ),
    "xception": (
        "xception", pooled(apps.Xception), {}, 96, apps.xception.preprocess_input,
        ["block2_pool", "block8_sepconv3_bn", "block14_sepconv2_act"],
    ),
    "inceptionv3": (
        "inceptionv3", pooled(apps.InceptionV3), {}, 112, apps.inception_v3.preprocess_input, ["mixed2", "mixed7", "mixed10"],
    ),
    "efficientnetv2b0": (
        "efficientnetv2b0", pooled(apps.EfficientNetV2B0), {}, 96, apps.efficientnet_v2.preprocess_input,
        ["block2b_add", "block5c_add", "top_activation"],
    ),
    "convnexttiny": (
        "convnexttiny", convnexttiny, {}, 96, apps.convnext.preprocess_input,
        ["convnext_tiny_stem_layernorm", "add_8", "add_17"],
    ),
}  # fmt: skip

ESSENTIALS = {
    "Conv2D": ["filters", "kernel_size", "strides", "padding", "activation", "use_bias", "kernel_initializer"],
    "DepthwiseConv2D": [
        "kernel_size", "strides", "padding", "depth_multiplier", "activation", "use_bias", "depthwise_initializer",
    ],
    "SeparableConv2D": ["filters", "kernel_size", "strides", "padding", "depth_multiplier", "activation", "use_bias"],
    "Dense": ["units", "activation", "use_bias", "kernel_initializer"],
    "BatchNormalization": ["momentum", "epsilon", "center", "scale"],
    "LayerNormalization": ["epsilon", "center", "scale"],
    "LayerScale": ["init_values", "projection_dim"],
    "Activation": ["activation"],
    "ReLU": ["max_value"],
    "MaxPooling2D": ["pool_size", "strides", "padding"],
    "AveragePooling2D": ["pool_size", "strides", "padding"],
    "ZeroPadding2D": ["padding"],
    "Reshape": ["target_shape"],
    "Dropout": ["rate", "noise_shape"],
    "Rescaling": ["scale", "offset"],
}  # fmt: skip


def operations(model):
    """Layers, additions of tensors among them, each with the tensors that it reads; models inside the model opened."""
    for operation in model.operations:
        read = operation._inbound_nodes[0].input_tensors
        if not isinstance(operation, keras.Sequential):
            yield operation, read, operation.output
            continue
        tensor = read[0]
        for index, layer in enumerate(operation.layers):
            output = operation.output if index == len(operation.layers) - 1 else layer.output
            yield layer, [tensor], output
            tensor = output


def listed(layer, reads, output):
    """One layer: name, class, output shape, names it reads, and the settings that matter."""
    config = layer.get_config()
    essentials = {}
    keys = ESSENTIALS.get(type(layer).__name__, [])
    if config.get("groups", 1) > 1:
        keys = [*keys, "groups"]
    for key in keys:
        value = config[key]
        if key.endswith("initializer"):
            # Keras' default, Glorot uniform, goes without saying.
            if value["class_name"] == "VarianceScaling":
                essentials[key] = {k: value["config"][k] for k in ("scale", "mode", "distribution")}
        elif value is not None:
            essentials[key] = "swish" if value == "silu" else value  # one function; Keras 2 wrote the one name, 3 the other
    if isinstance(layer, L.Normalization):
        adapted = {"mean": IMAGENET_MEAN, "variance": IMAGENET_DEVIATION}
        essentials = {key: config[key] or adapted[key] for key in adapted}
    return [layer.name, type(layer).__name__, list(output.shape[1:]), reads, essentials]


def rounded(value):
    return float(f"{float(value):.4g}")


def statistics_of(layer, x):
    """Mean and variance around which the moving statistics of a normalization that reads `x` are to lie; else None."""
    if isinstance(layer, L.BatchNormalization):
        return [rounded(np.mean(x)), max(rounded(np.var(x, dtype=np.float64)), 1e-6)]
    return None


def fill(layer, salt, statistics):
    """Formula weights, from that salt on. Returns the next layer's salt."""
    if isinstance(layer, L.Normalization) and layer.weights:
        # As the published weights have it: deviations in the place of variances (keras-team/keras issue 16392).
        layer.set_weights([np.float32(IMAGENET_MEAN), np.float32(IMAGENET_DEVIATION), np.int32(0)])
        layer.finalize_state()
        return salt
    mean, variance = statistics or (0, 1)
    values = []
    for weight in getattr(layer, "weights", []):
        name, shape = "gamma" if type(layer).__name__ == "LayerScale" else weight.name, tuple(weight.shape)
        if "kernel" in name:
            values.append(formula_kernel(shape, salt))
        else:
            centre, spread = {
                "bias": lambda: (0.0, 0.1),
                "gamma": lambda: (1.0, 0.5),
                "beta": lambda: (0.0, 0.5),
                "moving_mean": lambda: (mean, variance**0.5),
                "moving_variance": lambda: (variance, variance / 2),
            }[name]()
            values.append(formula_spread(shape, salt, centre, spread))
        salt += 1
    if values:
        layer.set_weights(values)
    return salt


def formula_images(size):
    """[n, size, size, 3], grey values 0..255, another image in every channel."""
    return np.stack([np.stack([formula_image(3 * i + c, size) for c in range(3)], -1) for i in range(IMAGES)]).astype("f4")


def filled(case):
    """The case's model with the weights of its golden file, and its images as the model takes them."""
    _, build, options, size, preprocess, _ = CASES[case]
    keras.backend.clear_session()
    model = build(size, **options)
    with open(os.path.join(OUT, f"{case}.json")) as file:
        statistics = json.load(file)["normalizations"]
    salt = 1000
    for layer, _, _ in operations(model):
        if not isinstance(layer, L.InputLayer):
            salt = fill(layer, salt, statistics.get(layer.name))
    return model, preprocess(formula_images(size))


def sliced(layer, value):
    flat = np.asarray(value, np.float64).reshape(-1)
    places = (np.arange(SLICE) * flat.size) // SLICE if flat.size > SLICE else np.arange(flat.size)
    return {
        "layer": layer,
        "size": int(flat.size),
        "rootMeanSquare": float(np.sqrt(np.mean(flat**2))),
        "meanAbsolute": float(np.mean(np.abs(flat))),
        "values": [float(f"{v:.9g}") for v in flat[places]],
    }


def make(case):
    model_id, build, options, size, preprocess, stages = CASES[case]
    keras.backend.clear_session()
    model = build(size, **options)
    images = formula_images(size)
    values = {id(model.layers[0].output): preprocess(images.copy())}
    salt, statistics, slices, lines, names = 1000, {}, [], [], {}
    for layer, tensors, produced in operations(model):
        lines.append(listed(layer, [names[id(tensor)] for tensor in tensors], produced))
        names[id(produced)] = layer.name
        if not isinstance(layer, L.InputLayer):
            read = [values[id(tensor)] for tensor in tensors]
            found = statistics_of(layer, read[0])
            salt = fill(layer, salt, found)
            if found is not None:
                statistics[layer.name] = found
            if isinstance(layer, L.Layer):
                value = layer(read if len(read) > 1 else read[0], training=False)
            else:
                value = layer(*read)  # an addition of tensors
            values[id(produced)] = np.asarray(value)
        if layer.name in stages:
            slices.append(sliced(layer.name, values[id(produced)]))
    output = np.asarray(model(preprocess(images.copy()), training=False))
    assert np.allclose(output, values[id(produced)], atol=1e-6), "layer by layer is not the model"
    slices.append(sliced(layer.name, output))
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    with open(os.path.join(OUT, f"{case}-layers.jsonl.gz"), "wb") as file:
        file.write(gzip.compress(text.encode(), mtime=0))
    golden = {
        "keras": keras.__version__,
        "model": model_id,
        "options": {**options, "imageSize": size},
        "images": IMAGES,
        "normalizations": statistics,
        "slices": slices,
    }
    with open(os.path.join(OUT, f"{case}.json"), "w") as file:
        json.dump(golden, file, indent=None, separators=(",", ":"))
        file.write("\n")
    print(case, len(lines), "layers", model.count_params(), "parameters;", [s["rootMeanSquare"] for s in slices], output.ravel())


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    for name in sys.argv[1:] or CASES:
        make(name)
