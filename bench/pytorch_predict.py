#!/usr/bin/env python3
# The PyTorch + OpenCV peer of `predict`: every JPEG of a folder read grey, resized to 224 x 224, through the model in
# batches of 16 in eager PyTorch, scores printed as JSON. The plain script that a Python user writes.
#
#   python bench/pytorch_predict.py --folder images --model custom --setting fp32
#
# Settings: fp32 (PyTorch's default: contiguous), fp32-cl (channels-last). All processors compute. Needs PyTorch 1.13 or newer and OpenCV; weights
# are random, for a forward pass takes as long with any.
import argparse
import json
import os
import resource
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

SETTINGS = {"fp32": torch.contiguous_format, "fp32-cl": torch.channels_last}
SIZE = 224


def custom_cnn() -> nn.Sequential:
    """The study's network, as in pytorch_custom_cnn.py."""
    layers: list[nn.Module] = []
    channels = 3
    for filters in (32, 64, 64, 64, 128):
        layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(filters), nn.MaxPool2d(2)]
        channels = filters
    dense = [nn.Linear(channels * 7 * 7, 128), nn.ReLU(), nn.BatchNorm1d(128), nn.Linear(128, 64), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), *dense, nn.Linear(64, 1), nn.Sigmoid())


def mobilenet() -> nn.Sequential:
    """MobileNet v1 with the study's head, as in pytorch_transfer.py."""

    def normalized(convolution: nn.Conv2d) -> list[nn.Module]:
        return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU6(inplace=True)]

    layers = normalized(nn.Conv2d(3, 32, 3, 2, 1, bias=False))
    channels = 32
    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for filters, stride in blocks:
        layers += normalized(nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False))
        layers += normalized(nn.Conv2d(channels, filters, 1, bias=False))
        channels = filters
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 1), nn.Sigmoid()]
    return nn.Sequential(*layers, *head)


MODELS = {"custom": custom_cnn, "mobilenet": mobilenet}


def main() -> None:
    parser = argparse.ArgumentParser(description="predict over a folder in eager PyTorch with OpenCV")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--setting", choices=SETTINGS, default="fp32")
    parser.add_argument("--batch", type=int, default=16)
    options = parser.parse_args()

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    memory_format = SETTINGS[options.setting]
    model = MODELS[options.model]().eval().to(memory_format=memory_format)
    paths = sorted(options.folder.glob("*.jpeg"))
    scores = []
    wall, cpu = time.perf_counter(), time.process_time()
    with torch.no_grad():
        for start in range(0, len(paths), options.batch):
            images = [
                cv2.resize(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), (SIZE, SIZE))
                for path in paths[start : start + options.batch]
            ]
            x = torch.from_numpy(np.stack(images)).unsqueeze(1).float().div_(255)  # [n, 1, h, w]
            x = x.expand(-1, 3, -1, -1).contiguous(memory_format=memory_format)  # [n, 3, h, w]
            scores += model(x)[:, 0].tolist()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert len(scores) == len(paths) > 0
    print(
        json.dumps(
            {
                "wallSeconds": wall,
                "cpuSeconds": cpu,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
