"""Golden files for backbones by others: what PyTorch computes of images and what scikit-learn makes of it.

    python -m venv REF && REF/bin/pip install torch torchvision onnx onnxscript scikit-learn timm scikit-image pandas
    REF/bin/pip install torchxrayvision --no-deps
    python test/golden/make/onnx_backbones.py            (torch 2.15.0, torchxrayvision 1.5.7, timm 1.0.31, scikit-learn 1.9.1)
Writes test/golden/backbones/: small models of the real classes with seeded random weights, and <name>.json with features and
head. With a folder as argument it writes the same of full-size models there, which are not committed:
    python test/golden/make/onnx_backbones.py FOLDER && node dist/bench/backbones.js FOLDER
"""

import json
import os
import sys

import numpy as np
import onnx
import timm
import torch
import torchxrayvision as xrv
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

OUT = os.path.join("test", "golden", "backbones")
C = 0.1
IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))


def images(count, size):
    """8-bit grey, [count, size, size]; those of label 1 have finer waves. The test computes them as well."""
    i, y, x = np.meshgrid(np.arange(count), np.arange(size), np.arange(size), indexing="ij")
    return ((x * (3 + i % 7) + y * (5 + (i * 3) % 11) + (i % 2) * ((x * y) % 61)) % 256).astype(np.uint8)


def xrv_pixels(grey):
    return (2 * (grey.astype(np.float32) / 255) - 1) * 1024


def imagenet_pixels(grey):
    mean, deviation = (part.reshape(1, 3, 1, 1) for part in IMAGENET)
    return ((np.repeat(grey, 3, axis=1).astype(np.float64) / 255 - mean) / deviation).astype(np.float32)


def rad_dino_pixels(grey):
    return ((np.repeat(grey, 3, axis=1).astype(np.float64) / 255 - 0.5307) / 0.2583).astype(np.float32)


def awaken(model):
    """Normalizations that do something, and no dropout."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.1)
    return model.eval()


class Tokens(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model.forward_features(x)


def xrv_case(**options):
    model = awaken(xrv.models.DenseNet(**options))
    features = lambda x: torch.relu(model.features(x)).mean((2, 3))
    return model, features, xrv_pixels, "-1024..1024"


def vit_case(name, pixels=imagenet_pixels, stated="imagenet", **options):
    model = awaken(Tokens(timm.create_model(name, pretrained=False, **options)))
    return model, lambda x: model(x)[:, 0], pixels, stated


def cnn_case(name, **options):
    model = awaken(timm.create_model(name, pretrained=False, num_classes=0, global_pool="", **options))
    return model, lambda x: model(x).mean((2, 3)), imagenet_pixels, "imagenet"


SMALL = {
    "xrv-densenet": (lambda: xrv_case(growth_rate=4, block_config=(2, 2, 2, 2), num_init_features=8), 64, {}),
    "vit": (
        lambda: vit_case("vit_tiny_patch16_224", img_size=64, embed_dim=24, depth=2, num_heads=2),
        64,
        {"external": True},
    ),
}
FULL = {
    "xrv-densenet121": (lambda: xrv_case(), 224, {}),
    "timm-resnet18": (lambda: cnn_case("resnet18"), 224, {}),
    "timm-vit-tiny": (lambda: vit_case("vit_tiny_patch16_224"), 224, {}),
    "dinov2-small": (
        lambda: vit_case("vit_small_patch14_dinov2", rad_dino_pixels, "mean=0.5307,std=0.2583"),
        518,
        {"external": True},
    ),
}


def last(graph, operator):
    return [node for node in graph.node if node.op_type == operator][-1]


def export(model, path, channels, size, external):
    image = torch.zeros(2, channels, size, size)
    torch.onnx.export(
        model, (image,), path, dynamo=True, external_data=False, opset_version=18,
        input_names=["pixels"], output_names=["out"], dynamic_shapes=({0: torch.export.Dim("n")},),
    )
    written = onnx.load(path)
    if external:
        os.remove(path)
        for part in (*written.graph.node, *written.graph.value_info):  # what it was traced from: more than the model itself
            del part.metadata_props[:]
        data = os.path.basename(path) + ".data"
        if os.path.exists(path + ".data"):
            os.remove(path + ".data")  # onnx would write behind what is there
        onnx.save(written, path, save_as_external_data=True, location=data, size_threshold=256)
    return written


def make(name, case, size, out, count, external=False):
    torch.manual_seed(1)
    model, features, pixels, stated = case()
    channels = 1 if "xrv" in name else 3
    written = export(model, os.path.join(out, f"{name}.onnx"), channels, size, external)
    grey = images(count, size)[:, None]
    labels = (np.arange(count) % 3 == 0).astype(int)
    with torch.no_grad():
        x = np.concatenate([features(torch.from_numpy(pixels(part))).numpy() for part in np.array_split(grey, max(1, count // 8))])
    scaler = StandardScaler().fit(x.astype(np.float64))
    head = LogisticRegression(C=C, class_weight="balanced", tol=1e-10, max_iter=100000)
    head.fit(scaler.transform(x.astype(np.float64)), labels)
    node = last(written.graph, "Relu").output[0] if "xrv" in name else "out"
    golden = {
        "pixels": stated, "size": size, "node": node, "labels": labels.tolist(), "c": C,
        "features": [[float(np.float32(v)) for v in row] for row in x],
        "coefficients": head.coef_[0].tolist(), "intercept": float(head.intercept_[0]),
    }
    with open(os.path.join(out, f"{name}.json"), "w") as file:
        json.dump(golden, file)
    print(name, x.shape, node, head.n_iter_, sorted({n.op_type for n in written.graph.node}))


if __name__ == "__main__":
    full = len(sys.argv) > 1
    out = sys.argv[1] if full else OUT
    os.makedirs(out, exist_ok=True)
    for name, (case, size, options) in (FULL if full else SMALL).items():
        make(name, case, size, out, 24 if size < 500 else 6, **options)
