#!/usr/bin/env python3
# The eager PyTorch peer of our training step: the same custom CNN, augmentation, loss and optimizer on the same shapes.
# Prints one JSON line per setting and round, so that a runner can interleave it with ours. Reference runs only.
#
#   python bench/pytorch_custom_cnn.py --settings fp32,fp32-cl,bf16-cl --steps 20 --rounds 1
#
# Settings: fp32 (contiguous, PyTorch's default), fp32-cl (channels-last), bf16-cl (autocast to bfloat16, channels-last).
# Needs PyTorch 2.x. No image is read: grey uint8 noise, for a step's time does not depend on the pixels' values.
import argparse
import json
import math
import time

import torch
from torch import nn
from torch.nn import functional as F

SETTINGS = {
    "fp32": (torch.contiguous_format, False),
    "fp32-cl": (torch.channels_last, False),
    "bf16-cl": (torch.channels_last, True),
}
# n / (2 n_c) of the published train set, for labels 0 (normal) and 1 (pneumonia).
CLASS_WEIGHTS = torch.tensor([1.9448173005219984, 0.6730322580645162])


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


def augment(grey: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """[n, 1, h, w] uint8 -> [n, 3, h, w] in 0..1; rotation +-30 degrees, zoom 0.8..1.2 per axis, shift +-0.1, flip."""
    n = grey.shape[0]
    u = torch.rand(6, n, generator=generator) * 2 - 1
    angle = u[0] * (30 * math.pi / 180)
    zoom_x = (1 + 0.2 * u[1]) * torch.sign(u[5])
    zoom_y = 1 + 0.2 * u[2]
    shift_x, shift_y = 0.2 * u[3], 0.2 * u[4]  # a tenth of the side is 0.2 in normalised coordinates
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [cos * zoom_x, -sin * zoom_y, cos * shift_x - sin * shift_y]
    rows += [sin * zoom_x, cos * zoom_y, sin * shift_x + cos * shift_y]
    theta = torch.stack(rows, dim=1).reshape(n, 2, 3)  # [n, 6] -> [n, 2, 3]
    grid = F.affine_grid(theta, [n, 1, grey.shape[2], grey.shape[3]], align_corners=False)
    warped = F.grid_sample(grey.float() / 255, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return warped.repeat(1, 3, 1, 1)


def measure(setting: str, batch: int, steps: int, warm_up: int) -> dict:
    memory_format, bf16 = SETTINGS[setting]
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(1)
    model = custom_cnn().to(memory_format=memory_format).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    images = torch.randint(0, 256, (batch, 1, 224, 224), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 2, (batch,), generator=generator)
    times: list[float] = []
    for step in range(warm_up + steps):
        started = time.perf_counter()
        inputs = augment(images, generator).contiguous(memory_format=memory_format)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            logits = model(inputs).squeeze(1)
        weights = CLASS_WEIGHTS[labels]
        losses = F.binary_cross_entropy_with_logits(logits.float(), labels.float(), weight=weights, reduction="sum")
        loss = losses / batch
        loss.backward()
        optimizer.step()
        value = loss.item()
        if step >= warm_up:
            times.append(time.perf_counter() - started)
    assert math.isfinite(value), value
    median = sorted(times)[len(times) // 2]
    return {
        "peer": "pytorch",
        "version": torch.__version__,
        "setting": setting,
        "threads": torch.get_num_threads(),
        "batch": batch,
        "steps": steps,
        "imagesPerSecond": round(batch * len(times) / sum(times), 2),
        "imagesPerSecondMedian": round(batch / median, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", default=",".join(SETTINGS), help="comma-separated, of " + ", ".join(SETTINGS))
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20, help="timed steps per setting and round")
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    trainable = sum(p.numel() for p in custom_cnn().parameters())
    assert trainable == 979_329, trainable
    for _ in range(options.rounds):
        for setting in options.settings.split(","):
            print(json.dumps(measure(setting, options.batch, options.steps, options.warm_up)), flush=True)


if __name__ == "__main__":
    main()
