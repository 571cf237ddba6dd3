# What the eager PyTorch peers share: augmentation, loss, optimizer and the timing of a training step. Settings name how
# the step runs; each prints one JSON line, so that a runner can interleave it with ours. Reference runs only.
# No image is read: grey uint8 noise, for a step's time does not depend on the pixels' values.
import argparse
import json
import math
import time
from collections.abc import Callable

import torch
from torch.nn import functional as F

# n / (2 n_c) of the published train set, for labels 0 (normal) and 1 (pneumonia).
CLASS_WEIGHTS = torch.tensor([1.9448173005219984, 0.6730322580645162])


def augment(grey: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """[n, 1, h, w] uint8 -> [n, 3, h, w] in 0..1; rotation +-30 degrees, zoom 0.8..1.2 per axis, shift +-0.1, flip."""
    n = grey.shape[0]
    u = torch.rand(6, n, generator=generator, device=grey.device) * 2 - 1
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


def measure(
    forward: Callable[[torch.Tensor], torch.Tensor],
    trainable: list[torch.nn.Parameter],
    memory_format: torch.memory_format,
    batch: int,
    steps: int,
    warm_up: int,
    clock: str,
) -> float:
    """Images per second of whole training steps: augmentation, logits [n] by `forward`, loss, gradients, Adam."""
    seconds = time.process_time if clock == "cpu" else time.perf_counter
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(trainable, lr=1e-3, eps=1e-7)
    images = torch.randint(0, 256, (batch, 1, 224, 224), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 2, (batch,), generator=generator)
    started = 0.0
    for step in range(warm_up + steps):
        if step == warm_up:
            started = seconds()
        inputs = augment(images, generator).contiguous(memory_format=memory_format)
        optimizer.zero_grad(set_to_none=True)
        logits = forward(inputs)
        weights = CLASS_WEIGHTS[labels]
        losses = F.binary_cross_entropy_with_logits(logits.float(), labels.float(), weight=weights, reduction="sum")
        loss = losses / batch
        loss.backward()
        optimizer.step()
        value = loss.item()
    assert math.isfinite(value), value
    return batch * steps / (seconds() - started)


def main(description: str, names: list[str], measure_setting: Callable[[argparse.Namespace], float]) -> None:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", choices=names, default=names[0])
    parser.add_argument("--setting", required=True)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20, help="timed steps")
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: processor time of all threads")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    speed = measure_setting(options)
    print(json.dumps({"version": torch.__version__, "imagesPerSecond": speed}))
