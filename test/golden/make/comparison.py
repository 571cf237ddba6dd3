"""Writes test/golden/comparison/comparison.json: a comparison of models by scikit-learn, SciPy and statsmodels.

Run:   python test/golden/make/comparison.py      (from the project's root)
Made with: Python 3.11, scikit-learn 1.9.1, SciPy 1.17.1, statsmodels 0.15.0, NumPy 2.4.6.
DeLong's covariance has no function there: sklearn_metrics.py writes it out from its definition.
"""
import json
import sys

import numpy as np
from scipy import stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

sys.path.insert(0, "test/golden/make")
from sklearn_metrics import delong_covariance, placements

SEEDS = {"strong": 3, "weak": 2, "single": 1}
STRENGTH = {"strong": 2.6, "weak": 0.9, "single": 1.8}
THRESHOLD = {"strong": [0.5, 0.5, 0.5], "weak": [0.4, 0.7], "single": [0.45]}


def row(y, s, t):
    called = (s >= t).astype(int)
    report = metrics.classification_report(y, called, output_dict=True, zero_division=0)
    take = lambda c: [report[c][k] for k in ("precision", "recall", "f1-score")]
    return {
        "accuracy": metrics.accuracy_score(y, called), "sensitivity": report["1"]["recall"],
        "specificity": report["0"]["recall"], "auc": metrics.roc_auc_score(y, s),
        "brier": metrics.brier_score_loss(y, s), "pneumonia": take("1"), "normal": take("0"),
    }


def summary(rows):
    numbers = {k: np.array([r[k] for r in rows]) for k in ("accuracy", "sensitivity", "specificity", "auc", "brier")}
    return {
        **{k: [float(v.mean()), float(v.std(ddof=1)) if len(v) > 1 else None] for k, v in numbers.items()},
        **{c: np.mean([r[c] for r in rows], axis=0).tolist() for c in ("pneumonia", "normal")},
    }


def mid_p(only_a, only_b):
    """The exact p less half of the observed outcome's probability on each side."""
    assert only_a != only_b
    exact = mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue
    return min(1.0, exact - stats.binom.pmf(min(only_a, only_b), only_a + only_b, 0.5))


def main():
    rng = np.random.default_rng(11)
    n = 140
    y = (rng.random(n) < 0.6).astype(int)
    hard = rng.normal(size=n)
    runs = {
        name: [np.round(1 / (1 + np.exp(-(STRENGTH[name] * (y - 0.5) + hard + 0.6 * rng.normal(size=n)))), 4)
               for _ in range(k)]
        for name, k in SEEDS.items()
    }
    averaged = {name: np.mean(scores, axis=0) for name, scores in runs.items()}
    threshold = {name: float(np.mean(t)) for name, t in THRESHOLD.items()}
    right = {name: (averaged[name] >= threshold[name]).astype(int) == y for name in runs}
    tests = []
    names = list(runs)
    for i, a in enumerate(names):
        for b in names[i + 1:]:
            only_a, only_b = int((right[a] & ~right[b]).sum()), int((~right[a] & right[b]).sum())
            va, vb = delong_covariance(y, averaged[a], averaged[a]), delong_covariance(y, averaged[b], averaged[b])
            cab = delong_covariance(y, averaged[a], averaged[b])
            difference = placements(y, averaged[a])[0] - placements(y, averaged[b])[0]
            p = 2 * stats.norm.sf(abs(difference / np.sqrt(va + vb - 2 * cab)))
            tests.append({"a": a, "b": b, "onlyA": only_a, "onlyB": only_b, "midP": mid_p(only_a, only_b),
                          "difference": float(difference), "deLongP": float(p)})
    for key, out in (("midP", "adjustedMcNemar"), ("deLongP", "adjustedDeLong")):
        for test, p in zip(tests, multipletests([t[key] for t in tests], method="holm")[1]):
            test[out] = float(p)
    together = np.mean(list(averaged.values()), axis=0)
    all_wrong = ~right["strong"] & ~right["weak"] & ~right["single"]
    families = [[0.01, 0.04, 0.03, 0.005], [0.2], [1, 1, 1], [0.02, 0.02, 0.9, 0.02], [0, 0.5, 1e-12, 0.049, 0.7]]
    value = {
        "labels": y.tolist(),
        "models": [{"name": name, "thresholds": THRESHOLD[name], "scores": [s.tolist() for s in runs[name]],
                    "result": summary([row(y, s, t) for s, t in zip(runs[name], THRESHOLD[name])]),
                    "averaged": summary([row(y, averaged[name], threshold[name])])} for name in names],
        "together": summary([row(y, together, float(np.mean(list(threshold.values()))))]),
        "tests": tests,
        "commonMistakes": np.flatnonzero(all_wrong).tolist(),
        "holm": [[p, multipletests(p, method="holm")[1].tolist()] for p in families],
    }
    with open("test/golden/comparison/comparison.json", "w") as f:
        json.dump(value, f, separators=(",", ":"), allow_nan=False)
        f.write("\n")


if __name__ == "__main__":
    main()
