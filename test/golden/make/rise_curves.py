"""Golden file for insertion and deletion curves: the metric of Petsiuk, Das and Saenko, "RISE" (BMVC 2018), as their own
evaluation.py computes it (pixels in the order of the flipped argsort, `step` at a time, area by trapezoids), in NumPy, on a small
image, a saliency map without ties and a logistic model of the pixels.

    python test/golden/make/rise_curves.py      (NumPy 2.x, SciPy 1.x)
Writes test/golden/rise/curves.json.
"""

import json
import os

import numpy as np
from scipy.ndimage import gaussian_filter

OUT = os.path.join("test", "golden", "rise")
SIDE, STEP = 16, 16

rng = np.random.default_rng(19)
image = rng.integers(0, 256, (SIDE, SIDE)).astype("u1")
saliency = rng.permutation(SIDE * SIDE).reshape(SIDE, SIDE) / (SIDE * SIDE)
weights = (gaussian_filter(rng.normal(size=(SIDE, SIDE)), 1) + 0.3 * (saliency - 0.5)).round(6)
mean = np.full_like(image, round(float(image.mean())))
blurred = gaussian_filter(image.astype("f8"), 2).round().astype("u1")


def score(pixels):
    return 1 / (1 + np.exp(-np.sum(weights * (pixels / 255 - 0.5))))


def area(values):
    return (values.sum() - values[0] / 2 - values[-1] / 2) / (len(values) - 1)


def curve(start, finish):
    """CausalMetric.single_run, for one image of one channel."""
    n_steps = (SIDE * SIDE + STEP - 1) // STEP
    salient_order = np.flip(np.argsort(saliency.reshape(-1)))
    current = start.copy().reshape(-1)
    scores = np.empty(n_steps + 1)
    for i in range(n_steps + 1):
        scores[i] = score(current.reshape(SIDE, SIDE))
        if i < n_steps:
            places = salient_order[STEP * i : STEP * (i + 1)]
            current[places] = finish.reshape(-1)[places]
    return {"scores": scores.tolist(), "area": area(scores)}


os.makedirs(OUT, exist_ok=True)
golden = {
    "side": SIDE,
    "steps": SIDE * SIDE // STEP,
    "image": image.ravel().tolist(),
    "saliency": saliency.ravel().tolist(),
    "weights": weights.ravel().tolist(),
    "mean": mean.ravel().tolist(),
    "blurred": blurred.ravel().tolist(),
    "deletion": curve(image, mean),
    "insertion": curve(blurred, image),
}
with open(os.path.join(OUT, "curves.json"), "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
