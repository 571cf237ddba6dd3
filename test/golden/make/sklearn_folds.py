"""Writes test/golden/sklearn/folds.json: 100 random manifests with the folds that scikit-learn makes of them.

Run:   python test/golden/make/sklearn_folds.py      (from the project's root)
Made with: Python 3.11, scikit-learn 1.9.1, NumPy 2.4.6.
`patients` has [normal images, images of pneumonia] of each. `spread` is what StratifiedGroupKFold minimises as it deals groups out:
the standard deviation over the folds of the share of a class that a fold holds, mean of both classes.
"""
import json
import warnings

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

warnings.filterwarnings("ignore")  # it warns where a class has fewer images than folds


def manifest(rng):
    folds = int(rng.integers(2, 11))
    patients = int(rng.integers(4 * folds, 40 * folds))
    prevalence = rng.uniform(0.1, 0.9)
    rows = []
    for _ in range(patients):
        images = int(rng.geometric(rng.uniform(0.15, 0.9)))
        is_ill = rng.random() < prevalence
        # Some were ill once and healthy later.
        ill = int(rng.integers(0, images + 1)) if rng.random() < 0.1 else images * int(is_ill)
        rows.append([images - ill, ill])
    return folds, rows


def spread_of(folds, rows, seed):
    labels = np.concatenate([[0] * normal + [1] * ill for normal, ill in rows])
    groups = np.concatenate([[i] * (normal + ill) for i, (normal, ill) in enumerate(rows)])
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    shares = np.array([np.bincount(labels[test].astype(int), minlength=2)
                       for _, test in splitter.split(labels, labels, groups)]) / np.bincount(labels.astype(int))
    return float(np.mean(np.std(shares, axis=0)))


rng = np.random.default_rng(16)
cases = []
while len(cases) < 100:
    folds, rows = manifest(rng)
    if min(sum(1 for row in rows if row[label] > 0) for label in (0, 1)) < folds:
        continue
    cases.append({"folds": folds, "patients": rows, "spread": spread_of(folds, rows, len(cases))})
with open("test/golden/sklearn/folds.json", "w") as file:
    json.dump(cases, file, separators=(",", ":"))
    file.write("\n")
