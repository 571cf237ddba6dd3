#!/usr/bin/env python3
# The PyTorch peer of engine-steps.ts on a GPU: the same networks (graph_module.py), work, batch, augmentation, loss and optimizer.
# Prints a JSON line per figure.
#
#   python bench/gpu/pytorch_gpu.py --graphs graphs --model mobilenet --settings fp32,fp32-cl,bf16-cl --deadline 60
#
# Settings: fp32 (PyTorch's default, whose convolutions may use TF32), fp32-cl (channels-last), bf16-cl (autocast to bfloat16,
# channels-last), each with PyTorch's fused Adam; "+compile" behind one runs it under torch.compile. Needs PyTorch 2.x alone.
import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from graph_module import GraphModule  # noqa: E402
from pytorch_step import CLASS_WEIGHTS, augment  # noqa: E402
from torch.nn import functional as F  # noqa: E402


def gpu_memory() -> int:
    """Of all programs on the GPU, in MiB."""
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(query, capture_output=True, text=True, check=True).stdout.split()[0])


def synchronize(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def timed(step, device: str, batch: int, steps: int) -> float:
    for _ in range(max(2, steps // 4)):
        step()
    synchronize(device)
    started = time.perf_counter()
    for _ in range(steps):
        step()
    synchronize(device)
    return batch * steps / (time.perf_counter() - started)


def measure(options: argparse.Namespace, work: str, setting: str) -> float:
    kind, _, compiled = setting.partition("+")
    memory_format = torch.contiguous_format if kind == "fp32" else torch.channels_last
    device, bf16 = options.device, kind == "bf16-cl"
    part = "study" if work == "study" else "all"
    network = GraphModule(Path(options.graphs) / f"{options.model}-{part}.json")
    network = network.to(device=device, memory_format=memory_format)
    size = network.nodes[0]["inputShapes"][0][0]
    call = torch.compile(network) if compiled else network
    generator = torch.Generator().manual_seed(1)
    grey = torch.randint(0, 256, (options.batch, 1, size, size), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 2, (options.batch,), generator=generator)
    if device != "cpu":
        grey, labels = grey.pin_memory(), labels.pin_memory()
    weights = CLASS_WEIGHTS.to(device)
    generator = torch.Generator(device).manual_seed(1)

    def logits(inputs: torch.Tensor) -> torch.Tensor:
        with torch.autocast(device, dtype=torch.bfloat16, enabled=bf16):
            return call(inputs.contiguous(memory_format=memory_format)).squeeze(1).float()

    if work == "score":
        network.eval()

        @torch.no_grad()
        def score() -> None:
            images = grey.to(device, non_blocking=True).float().div(255).expand(-1, 3, -1, -1)
            logits(images).sigmoid().cpu()

        return timed(score, device, options.batch, options.steps)

    network.train()
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=1e-4, eps=1e-7, fused=True)

    def train() -> None:
        images = augment(grey.to(device, non_blocking=True), generator)
        here = labels.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        loss = F.binary_cross_entropy_with_logits(logits(images), here.float(), weight=weights[here])
        loss.backward()
        optimizer.step()
        loss.item()

    return timed(train, device, options.batch, options.steps)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--graphs", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--works", default="all,study,score")
    parser.add_argument("--settings", default="fp32,fp32-cl,bf16-cl")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--deadline", type=float, default=1e9, help="seconds after which nothing new is begun")
    options = parser.parse_args()
    started = time.perf_counter()
    for work in options.works.split(","):
        for setting in options.settings.split(","):
            if time.perf_counter() - started > options.deadline:
                print(f"{options.model} {work} {setting}: left out for time", file=sys.stderr)
                continue
            speed = measure(options, work, setting)
            found = {"who": "PyTorch", "engine": f"PyTorch {torch.__version__}", "device": options.device}
            found |= {"model": options.model, "work": work, "setting": setting, "batch": options.batch}
            memory = None if options.device == "cpu" else gpu_memory()
            print(json.dumps(found | {"per_second": float(f"{speed:.4g}"), "gpu_mib": memory}), flush=True)


if __name__ == "__main__":
    main()
