"""Writes test/golden/mapie/conformal.json: made-up scores to calibrate on and to test, and the class-conditional sets that MAPIE makes of
them. Given a run's predictions.csv it prints what MAPIE makes of its validation and test rows instead.

Run:   python test/golden/make/mapie_conformal.py [runs/<name>/predictions.csv]      (from the project's root)
Made with: Python 3.11, MAPIE 1.6.0, scikit-learn 1.9.1, NumPy 2.4.6.
MAPIE's SplitConformalClassifier (LAC: 1 - probability) is conformalized with the rows of one class at a time, which is Mondrian conformal
prediction by class. Each image stands alone: MAPIE knows no patients.
"""
import csv
import json
import sys

import numpy as np
from mapie.classification import SplitConformalClassifier
from sklearn.base import BaseEstimator, ClassifierMixin


class Scores(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose input is P(pneumonia)."""

    def __init__(self):
        self.classes_ = np.array([0, 1])
        self.fitted_ = True

    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        p = np.asarray(x)[:, 0]
        return np.stack([1 - p, p], axis=1)

    def predict(self, x):
        return (self.predict_proba(x)[:, 1] >= 0.5).astype(int)


def sets(scores, labels, test_scores, coverage):
    """[test images, classes]: whether each class is in the set."""
    inside = []
    for label in (0, 1):
        own = scores[labels == label].reshape(-1, 1)
        conformal = SplitConformalClassifier(Scores(), confidence_level=coverage, conformity_score="lac", prefit=True)
        conformal.conformalize(own, np.full(len(own), label))
        _, predicted = conformal.predict_set(test_scores.reshape(-1, 1))
        inside.append(predicted[:, label, 0])
    return np.stack(inside, axis=1)


def drawn(rng, n, moved=0.0):
    labels = (rng.random(n) < 0.65).astype(int)
    scores = 1 / (1 + np.exp(-rng.normal(np.where(labels == 1, 1.5, -1.5) + moved, 1.5)))
    return np.round(scores, 6), labels


def case(name, validation, test, coverage):
    (scores, labels), (test_scores, test_labels) = validation, test
    inside = sets(scores, labels, test_scores, coverage)
    return {
        "name": name, "coverage": coverage,
        "scores": scores.tolist(), "labels": labels.tolist(),
        "testScores": test_scores.tolist(), "testLabels": test_labels.tolist(),
        "inside": inside.astype(int).tolist(),
        "covered": [float(inside[test_labels == label, label].mean()) for label in (0, 1)],
        "both": float(inside.all(axis=1).mean()),
    }


def rows_of(path, split):
    with open(path) as f:
        rows = [row for row in csv.DictReader(f) if row["split"] == split]
    return np.array([float(row["score"]) for row in rows]), np.array([int(row["label"]) for row in rows])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for coverage in (0.9, 0.95):
            c = case("", rows_of(sys.argv[1], "validation"), rows_of(sys.argv[1], "test"), coverage)
            print(f"coverage {coverage}: normal {c['covered'][0]:.4f}, pneumonia {c['covered'][1]:.4f}, both classes {c['both']:.4f}")
        sys.exit()
    rng = np.random.default_rng(50)
    cases = [
        case("nine in ten", drawn(rng, 300), drawn(rng, 400), 0.9),
        case("few patients", drawn(rng, 60), drawn(rng, 400), 0.9),
        case("nineteen in twenty", drawn(rng, 500), drawn(rng, 400), 0.95),
        case("scores moved", drawn(rng, 300), drawn(rng, 400, moved=1.0), 0.9),
        case("less than the classes overlap", drawn(rng, 300), drawn(rng, 400), 0.6),
    ]
    with open("test/golden/mapie/conformal.json", "w") as f:
        json.dump(cases, f, separators=(",", ":"), allow_nan=False)
        f.write("\n")
    for c in cases:
        print(c["name"], c["covered"], c["both"])
