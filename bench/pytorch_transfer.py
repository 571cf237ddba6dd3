#!/usr/bin/env python3
# The eager PyTorch peers of training with a frozen backbone, at the study's freeze rules: torchvision's DenseNet121 and
# EfficientNet-B0, its ResNet-152 (version 1: the same sizes, normalizations behind the convolutions), MobileNet v1 below.
#
#   python bench/pytorch_transfer.py --model densenet121 --setting fp32 --steps 4
#
# Settings: fp32 (PyTorch's default: contiguous, the backbone's parameters without gradients, nothing else);
# fp32-cl (channels-last, the backbone under no_grad); bf16-cl (as fp32-cl, the backbone in bfloat16, the rest under autocast).
# all-fp32 and all-fp32-cl train every layer instead. Needs PyTorch and torchvision. Weights are random: a step's time does
# not depend on them.
import argparse
from collections.abc import Callable
from contextlib import nullcontext

import torch
import torchvision
from torch import nn

from pytorch_step import main, measure


class WithNewFeatures(nn.Module):
    """A DenseNet layer, its output behind its input."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.layer([x])], dim=1)


def head(*layers: nn.Module) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), *layers]


def densenet121() -> tuple[nn.Module, nn.Module]:
    features = torchvision.models.densenet121().features
    *blocks, last, norm5 = features.children()
    *layers, layer16 = last.children()
    prefix = nn.Sequential(*blocks, *map(WithNewFeatures, layers))
    suffix = [WithNewFeatures(layer16), norm5, nn.ReLU(inplace=True), *head(nn.Linear(1024, 1))]
    for parameter in layer16.norm1.parameters():  # the tenth layer from the end is the ReLU behind it
        parameter.requires_grad_(False)
    return prefix, nn.Sequential(*suffix)


def efficientnetb0() -> tuple[nn.Module, nn.Module]:
    return torchvision.models.efficientnet_b0(), nn.Sequential(nn.Linear(1000, 512), nn.ReLU(), nn.Linear(512, 1))


def resnet152v2() -> tuple[nn.Module, nn.Module]:
    *prefix, _pool, _classifier = torchvision.models.resnet152().children()
    dense = head(nn.Linear(2048, 1024), nn.ReLU(), nn.Linear(1024, 1))
    return nn.Sequential(*prefix), nn.Sequential(nn.BatchNorm2d(2048), nn.ReLU(inplace=True), *dense)


class Clamp6(nn.Module):
    """ReLU6 with a gradient in bfloat16, which PyTorch 1.13's own has not on every processor."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.clamp(0, 6)


def mobilenet() -> tuple[nn.Module, nn.Module]:
    def normalized(convolution: nn.Conv2d) -> list[nn.Module]:
        return [convolution, nn.BatchNorm2d(convolution.out_channels, eps=1e-3), nn.ReLU6(inplace=True)]

    layers = normalized(nn.Conv2d(3, 32, 3, 2, 1, bias=False))
    channels = 32
    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for filters, stride in blocks:
        layers += normalized(nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False))
        layers += normalized(nn.Conv2d(channels, filters, 1, bias=False))
        channels = filters
    *prefix, norm, _ = layers
    dense = head(nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 1))
    return nn.Sequential(*prefix), nn.Sequential(norm, Clamp6(), *dense)


MODELS: dict[str, tuple[Callable[[], tuple[nn.Module, nn.Module]], int]] = {
    # With the number of trainable parameters in the study.
    "densenet121": (densenet121, 167_169),
    "efficientnetb0": (efficientnetb0, 513_025),
    "mobilenet": (mobilenet, 1_052_673),
    "resnet152v2": (resnet152v2, 2_103_297),
}


def measure_whole(options: argparse.Namespace) -> float:
    network = nn.Sequential(*MODELS[options.model][0]()).train().requires_grad_(True)
    is_channels_last = options.setting == "all-fp32-cl"
    memory_format = torch.channels_last if is_channels_last else torch.contiguous_format
    network = network.to(memory_format=memory_format)

    def forward(inputs: torch.Tensor) -> torch.Tensor:
        return network(inputs).squeeze(1)

    trainable = list(network.parameters())
    return measure(forward, trainable, memory_format, options.batch, options.steps, options.warm_up, options.clock)


def measure_setting(options: argparse.Namespace) -> float:
    if options.setting.startswith("all-"):
        return measure_whole(options)
    build, expected = MODELS[options.model]
    prefix, suffix = build()
    is_default = options.setting == "fp32"
    bf16 = options.setting == "bf16-cl"
    memory_format = torch.contiguous_format if is_default else torch.channels_last
    prefix = prefix.eval().requires_grad_(False).to(memory_format=memory_format)
    if bf16:
        prefix = prefix.to(torch.bfloat16)
    suffix = suffix.train().to(memory_format=memory_format)
    trainable = [parameter for parameter in suffix.parameters() if parameter.requires_grad]
    assert sum(parameter.numel() for parameter in trainable) == expected

    def forward(inputs: torch.Tensor) -> torch.Tensor:
        with nullcontext() if is_default else torch.no_grad():
            features = prefix(inputs.to(torch.bfloat16) if bf16 else inputs)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            return suffix(features).squeeze(1)

    return measure(forward, trainable, memory_format, options.batch, options.steps, options.warm_up, options.clock)


if __name__ == "__main__":
    main("Training speed, by default with a frozen backbone, in eager PyTorch", list(MODELS), measure_setting)
