"""What MedMNIST's own evaluator says of predictions that Pneumoscope wrote, and what it would have called the file.

    pip install numpy pandas scikit-learn && pip install --no-deps medmnist==3.0.2
    python test/golden/make/medmnist_evaluator.py <folder with pneumoniamnist.npz> > test/golden/medmnist/evaluator.json

Scores are made from the index alone, with ties, by the same rule as in src/run/medmnist-predictions.test.ts. With a second
argument, a file that Pneumoscope wrote, that file is evaluated instead and nothing else is printed but what it measures.
The package's __init__ swallows that torch is absent; its evaluator needs none.
"""
import contextlib
import io
import json
import os
import shutil
import sys
import tempfile

import numpy as np

with contextlib.redirect_stdout(io.StringIO()):
    import medmnist  # noqa: F401
    from medmnist import evaluator as module

root = sys.argv[1]


def scores(labels):
    index = np.arange(len(labels))
    noise = (index * 7919 % 101) / 100
    return np.round(0.6 * noise + 0.4 * labels.squeeze() * ((index % 3) / 2), 3)


def parsed(path):
    """As `python -m medmnist evaluate` reads a file: by its name, with the labels of the published archive."""
    class Here(module.Evaluator):
        def __init__(self, flag, split, size=None):
            super().__init__(flag, split, size=size, root=root)

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        copy = os.path.join(folder, os.path.basename(path))
        shutil.copy(path, copy)
        metrics = Here.parse_and_evaluate(copy)
        [written] = {*os.listdir(folder)}  # the evaluator's own name for it: the same, or there are two
    return {"name": written, "auc": metrics.AUC, "acc": metrics.ACC}


if len(sys.argv) > 2:
    print(json.dumps(parsed(sys.argv[2])))
else:
    one = module.Evaluator("pneumoniamnist", "test", root=root)
    metrics = one.evaluate(scores(one.labels))
    name = one.get_standard_evaluation_filename(metrics, 1)
    labels = "".join(map(str, one.labels.squeeze()))
    print(json.dumps({"name": name, "auc": metrics.AUC, "acc": metrics.ACC, "labels": labels}, indent=1))
