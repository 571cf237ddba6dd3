# Our networks in PyTorch, from what `node dist/bench/gpu/write-graphs.js` writes of each: one module per layer, called in the
# graph's order as hand-written PyTorch would call them. Architectures are exactly ours, paddings included, without torchvision.
import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F


def activation(name: str) -> nn.Module:
    known = {"linear": nn.Identity, "relu": nn.ReLU, "swish": nn.SiLU, "silu": nn.SiLU, "sigmoid": nn.Sigmoid}
    return known[name]()


class SamePadding(nn.Module):
    """Keras' "same": what is left over goes behind and below."""

    def __init__(self, size: list[int], kernel: list[int], strides: list[int], fill: float = 0.0) -> None:
        super().__init__()
        totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(size, kernel, strides)]
        (top, left) = (total // 2 for total in totals)
        self.edges = [left, totals[1] - left, top, totals[0] - top]
        self.fill = fill

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pad(x, self.edges, value=self.fill)


def convolution(node: dict, depthwise: bool) -> nn.Module:
    config, (height, width, channels) = node["config"], node["inputShapes"][0]
    kernel, strides = config["kernelSize"], config["strides"]
    filters = channels * config["depthMultiplier"] if depthwise else config["filters"]
    groups = channels if depthwise else config.get("groups", 1)
    is_same = config["padding"] == "same"
    is_even = is_same and strides == [1, 1] and all(k % 2 == 1 for k in kernel)
    layers: list[nn.Module] = []
    if is_same and not is_even:
        layers.append(SamePadding([height, width], kernel, strides))
    padding = [k // 2 for k in kernel] if is_even else 0
    layers.append(nn.Conv2d(channels, filters, kernel, strides, padding, groups=groups, bias=config["useBias"]))
    if config["activation"] != "linear":
        layers.append(activation(config["activation"]))
    return nn.Sequential(*layers)


def pooling(node: dict, maximum: bool) -> nn.Module:
    config, (height, width, _) = node["config"], node["inputShapes"][0]
    make = nn.MaxPool2d if maximum else nn.AvgPool2d
    pool = make(config["poolSize"], config["strides"])
    if config["padding"] == "valid":
        return pool
    assert maximum
    return nn.Sequential(SamePadding([height, width], config["poolSize"], config["strides"], float("-inf")), pool)


class Multiply(nn.Module):
    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return inputs[0] * inputs[1]


class Add(nn.Module):
    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return sum(inputs[1:], start=inputs[0])


class Concatenate(nn.Module):
    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return torch.cat(inputs, dim=1)


class ToChannels(nn.Module):
    """[n, c] -> [n, c, 1, 1], as Keras' squeeze and excitation reshapes."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1)[:, :, None, None]


class Scale(nn.Module):
    """x * scale + offset, numbers or one of each for every channel."""

    def __init__(self, scale: object, offset: object) -> None:
        super().__init__()
        for name, value in (("scale", scale), ("offset", offset)):
            values = torch.tensor(value, dtype=torch.float32)
            self.register_buffer(name, values if values.ndim == 0 else values.reshape(1, -1, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale + self.offset


def module(node: dict) -> nn.Module:
    config, kind = node["config"], node["className"]
    shape = node["inputShapes"][0] if node["inputShapes"] else []
    match kind:
        case "Conv2D" | "DepthwiseConv2D":
            return convolution(node, kind == "DepthwiseConv2D")
        case "BatchNormalization":
            make = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
            norm = make(shape[-1], eps=config["epsilon"], momentum=1 - config["momentum"])
            if not node["trainable"]:  # uses its moving statistics in training too
                norm.train = lambda mode=True: norm
                norm.eval()
                norm.training = False
            return norm
        case "Activation":
            return activation(config["activation"])
        case "ReLU":
            return nn.ReLU6() if config["maxValue"] == 6 else nn.ReLU()
        case "MaxPooling2D" | "AveragePooling2D":
            return pooling(node, kind == "MaxPooling2D")
        case "GlobalAveragePooling2D":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case "ZeroPadding2D":
            (top, bottom), (left, right) = config["padding"]
            return nn.ZeroPad2d((left, right, top, bottom))
        case "Flatten":
            return nn.Flatten()
        case "Reshape":
            return ToChannels()
        case "Dropout":
            return nn.Dropout(config["rate"])
        case "Dense":
            last = activation("linear" if node["isOutput"] else config["activation"])
            return nn.Sequential(nn.Linear(shape[-1], config["units"], bias=config["useBias"]), last)
        case "Add":
            return Add()
        case "Multiply":
            return Multiply()
        case "Concatenate":
            return Concatenate()
        case "Rescaling":
            return Scale(config["scale"], config["offset"])
        case "Normalization":
            mean, variance = (torch.tensor(config[key]) for key in ("mean", "variance"))
            deviation = variance.sqrt().clamp_min(1e-7)
            return Scale((1 / deviation).tolist(), (-mean / deviation).tolist())
    raise ValueError(f"{node['name']}: {kind} has no module")


class GraphModule(nn.Module):
    """Logits [n, 1] for images [n, 3, h, w]. Frozen layers ask for no gradients."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        graph = json.loads(path.read_text())
        self.nodes = [node for node in graph["nodes"] if node["className"] != "InputLayer"]
        self.inputs = {node["name"] for node in graph["nodes"] if node["className"] == "InputLayer"}
        self.layers = nn.ModuleList(module(node) for node in self.nodes)
        self.output = graph["output"]
        for node, layer in zip(self.nodes, self.layers):
            layer.requires_grad_(node["trainable"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = {name: x for name in self.inputs}
        for node, layer in zip(self.nodes, self.layers):
            values[node["name"]] = layer(*(values[name] for name in node["inputs"]))
        return values[self.output]
