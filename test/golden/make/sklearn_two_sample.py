"""Writes test/golden/sklearn/two-sample.json: made-up images of two sets in folds, and what scikit-learn and SciPy say of how
well a logistic regression tells the sets apart.

Run:   python test/golden/make/sklearn_two_sample.py      (from the project's root)
Made with: Python 3.11, scikit-learn 1.9.1, SciPy 1.17.1, NumPy 2.4.6.
The AUC is cross_val_score's; each fold's variance is DeLong's, written out; p combines Mann and Whitney's statistics of the
folds, and scikit-learn's permutation test stands beside it. Both variances are corrected as Nadeau and Bengio (2003) do, because
the folds' classifiers learned mostly from the same images.
"""
import json

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_score, permutation_test_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5


def case(name, rng, second):
    """60 images of each set; the third column of the second set may be spread more than that of the first."""
    n = 60
    a = rng.normal(size=(n, 4)) @ np.diag([20, 5, 0.01, 1]) + [120, 55, 0.05, 1.2]
    b = second(rng.normal(size=(n, 4)) @ np.diag([20, 5, 0.01, 1]) + [120, 55, 0.05, 1.2])
    rows = np.round(np.concatenate([a, b]), 6)
    is_second = np.repeat([0, 1], n)
    folds = np.concatenate([np.arange(n) % FOLDS, np.arange(n) % FOLDS])
    standard = (rows - rows.mean(0)) / rows.std(0)
    x = np.concatenate([standard, standard**2], axis=1)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1, tol=1e-10, max_iter=10_000))
    cv = PredefinedSplit(folds)
    scores = np.empty(2 * n)
    for train, test in cv.split():
        scores[test] = model.fit(x[train], is_second[train]).predict_proba(x[test])[:, 1]
    aucs = cross_val_score(model, x, is_second, cv=cv, scoring="roc_auc")
    variance = chance = 0
    for fold in range(FOLDS):
        pos, neg = (scores[(folds == fold) & (is_second == k)] for k in (1, 0))
        wins = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
        variance += wins.mean(1).var(ddof=1) / len(pos) + wins.mean(0).var(ddof=1) / len(neg)
        chance += (len(pos) + len(neg) + 1) / (12 * len(pos) * len(neg))
        u = stats.mannwhitneyu(pos, neg, method="asymptotic").statistic
        assert abs(u / (len(pos) * len(neg)) - aucs[fold]) < 1e-12
    auc = aucs.mean()
    corrected = 1 + FOLDS * (1 / FOLDS) / (1 - 1 / FOLDS)  # K (1 / K + n_test / n_train)
    half = stats.norm.ppf(0.975) * np.sqrt(corrected * variance) / FOLDS
    p = stats.norm.sf((auc - 0.5) * FOLDS / np.sqrt(corrected * chance))
    *_, permuted = permutation_test_score(
        model, x, is_second, cv=cv, scoring="roc_auc", n_permutations=100, random_state=1
    )
    return {
        "name": name, "rows": rows.tolist(), "isSecond": is_second.tolist(), "folds": folds.tolist(),
        "auc": auc, "low": max(0, auc - half), "high": min(1, auc + half), "p": p, "permutationP": permuted,
    }


if __name__ == "__main__":
    rng = np.random.default_rng(30)
    wider = np.array([1, 1, 2.5, 1])
    cases = [
        case("the same twice", rng, lambda b: b),
        case("a little darker", rng, lambda b: b - [12, 0, 0, 0]),
        case("spread more, with the same mean", rng, lambda b: (b - b.mean(0)) * wider + b.mean(0)),
        case("much darker", rng, lambda b: b * [0.6, 0.6, 1, 1]),
    ]
    with open("test/golden/sklearn/two-sample.json", "w") as f:
        json.dump(cases, f, separators=(",", ":"), allow_nan=False)
        f.write("\n")
    for c in cases:
        print(c["name"], c["auc"], c["low"], c["high"], c["p"], c["permutationP"])
