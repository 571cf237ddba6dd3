#!/usr/bin/env python3
# The eager PyTorch peer of our training step: the same custom CNN, augmentation, loss and optimizer on the same shapes.
#
#   python bench/pytorch_custom_cnn.py --setting fp32 --steps 20
#
# Settings: fp32 (contiguous, PyTorch's default), fp32-cl (channels-last), bf16-cl (autocast to bfloat16, channels-last).
# Needs PyTorch 2.x.
import argparse

import torch
from torch import nn

from pytorch_step import main, measure

SETTINGS = {
    "fp32": (torch.contiguous_format, False),
    "fp32-cl": (torch.channels_last, False),
    "bf16-cl": (torch.channels_last, True),
}


def custom_cnn() -> nn.Sequential:
    """980,289 parameters, moving averages included, as the study's Keras model."""
    layers: list[nn.Module] = []
    channels = 3
    for filters in (32, 64, 64, 64, 128):
        layers += [
            nn.Conv2d(channels, filters, 3, padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01),
            nn.MaxPool2d(2),
        ]
        channels = filters
    layers += [
        nn.Flatten(),
        nn.Linear(channels * 7 * 7, 128),
        nn.ReLU(),
        nn.BatchNorm1d(128, eps=1e-3, momentum=0.01),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 1),
    ]
    return nn.Sequential(*layers)


def measure_setting(options: argparse.Namespace) -> float:
    memory_format, bf16 = SETTINGS[options.setting]
    model = custom_cnn().to(memory_format=memory_format).train()
    trainable = list(model.parameters())
    assert sum(p.numel() for p in trainable) == 979_329

    def forward(inputs: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            return model(inputs).squeeze(1)

    return measure(forward, trainable, memory_format, options.batch, options.steps, options.warm_up, options.clock)


if __name__ == "__main__":
    main("Training speed of the custom CNN in eager PyTorch", ["custom"], measure_setting)
