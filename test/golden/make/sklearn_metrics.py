"""Writes test/golden/sklearn/*.json: what scikit-learn, SciPy and Keras say about fixed predictions.

Run:   python test/golden/make/sklearn_metrics.py      (from the project's root)
Made with: Python 3.11, scikit-learn 1.9.1, SciPy 1.17.1, NumPy 2.4.6, Keras 3 with TensorFlow (CPU).
DeLong's variance and the expected calibration error have no function there: they are written out from their definitions.
"""
import json
import os
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from scipy import optimize, stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
keras.backend.set_floatx("float64")
OUT = "test/golden/sklearn"
STUDY_NAMES = ["Pneumonia", "Normal"]


def number(x):
    """NaN and infinity have no JSON form: null."""
    x = float(x)
    return x if np.isfinite(x) else None


def save(name, value):
    with open(os.path.join(OUT, name), "w") as f:
        json.dump(value, f, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        f.write("\n")


def predictions():
    """name -> (labels with 1 = pneumonia, scores, threshold)"""
    rng = np.random.default_rng(20)
    y = (rng.random(160) < 0.62).astype(int)
    s = 1 / (1 + np.exp(-(rng.normal(size=160) * 1.6 + 2.2 * y - 0.8)))
    return {
        "typical": (y, s, 0.5),
        "typical at 0.8": (y, s, 0.8),
        "many ties": (y, np.round(s, 1), 0.5),
        "perfect": ([0, 0, 1, 1, 1], [0.1, 0.2, 0.8, 0.9, 0.9], 0.5),
        "reversed": ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9], 0.5),
        "exactly 0.5": ([0, 1, 0, 1, 1], [0.5, 0.5, 0.2, 0.9, 0.1], 0.5),
        "all one score": ([0, 1, 1, 0, 1], [0.7] * 5, 0.5),
        "all called normal": ([0, 1, 1, 0], [0.1, 0.2, 0.3, 0.05], 0.5),
        "all called pneumonia": ([0, 1, 1, 0], [0.9, 0.8, 0.7, 0.6], 0.5),
        "only pneumonia": ([1, 1, 1], [0.9, 0.4, 0.6], 0.5),
        "only pneumonia, all right": ([1, 1], [0.9, 0.8], 0.5),
        "only pneumonia, all wrong": ([1, 1], [0.2, 0.1], 0.5),
        "only normal": ([0, 0, 0], [0.9, 0.4, 0.6], 0.5),
        "only normal, all right": ([0, 0, 0], [0.1, 0.4, 0.2], 0.5),
        "one pneumonia": ([1], [0.3], 0.5),
        "one normal": ([0], [0.3], 0.5),
        "scores 0 and 1": ([0, 1, 1, 0, 1], [0.0, 1.0, 0.0, 1.0, 1.0], 0.5),
        "bin edges": ([0, 1, 0, 1, 1, 0], [0.0, 0.1, 0.2, 0.3, 0.7, 1.0], 0.5),
        "report ties": ([1] * 8 + [0] * 8, [0.9] + [0.1] * 7 + [0.9] * 3 + [0.1] * 5, 0.5),
    }


def golden_metrics():
    cases = []
    for name, (y, s, t) in predictions().items():
        y, s = np.asarray(y), np.asarray(s, dtype=float)
        called = (s >= t).astype(int)
        if t == 0.5:  # the study's own rounding of P(normal), whose class 0 is pneumonia
            assert np.array_equal(np.round(1 - s).astype(int), 1 - called)
        zero = dict(zero_division=0)
        recall = lambda c: metrics.recall_score(y, called, labels=[0, 1], pos_label=c, average="binary", **zero)
        precision = lambda c: metrics.precision_score(y, called, labels=[0, 1], pos_label=c, average="binary", **zero)

        def roc(drop):
            f, r, th = metrics.roc_curve(y, s, pos_label=1, drop_intermediate=drop)
            return [[number(v) for v in p] for p in zip(f, r, th)]

        def pr(drop):
            p, r, th = metrics.precision_recall_curve(y, s, pos_label=1, drop_intermediate=drop)
            return [[number(v) for v in q] for q in zip(p, r, list(th) + [np.inf])]

        both = len(set(y.tolist())) == 2
        true_share, mean_score = calibration_curve(y, s, pos_label=1, n_bins=10)
        bins = np.searchsorted(np.linspace(0, 1, 11)[1:-1], s)
        ece = sum(abs(s[bins == b].mean() - y[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins))
        cases.append(
            {
                "name": name, "labels": y.tolist(), "scores": s.tolist(), "threshold": t,
                "confusion": metrics.confusion_matrix(1 - y, 1 - called, labels=[0, 1]).tolist(),
                "accuracy": metrics.accuracy_score(y, called),
                "balancedAccuracy": metrics.balanced_accuracy_score(y, called),
                "sensitivity": recall(1), "specificity": recall(0), "ppv": precision(1), "npv": precision(0),
                "f1": metrics.f1_score(y, called, labels=[0, 1], pos_label=1, average="binary", **zero),
                "mcc": metrics.matthews_corrcoef(y, called),
                "report": {
                    d: metrics.classification_report(
                        1 - y, 1 - called, labels=[0, 1], target_names=STUDY_NAMES, digits=d, zero_division=0)
                    for d in (2, 4)
                },
                "auc": number(metrics.roc_auc_score(y, s)) if both else None,
                "averagePrecision": number(metrics.average_precision_score(y, s)),
                "brier": float(np.mean((s - y) ** 2)) if not both else metrics.brier_score_loss(y, s),
                "kerasLoss": float(keras.losses.BinaryCrossentropy()(y[:, None].astype("float64"), s[:, None])),
                "roc": roc(False) if both else None, "rocDropped": roc(True) if both else None,
                "pr": pr(False) if y.any() else None, "prDropped": pr(True) if y.any() else None,
                "bins": [[float(a), float(b)] for a, b in zip(mean_score, true_share)],
                "ece": float(ece),
            }
        )
    save("metrics.json", cases)


def golden_reports():
    rng = np.random.default_rng(3)
    three = (rng.integers(0, 3, 40).tolist(), rng.integers(0, 3, 40).tolist())
    asked = [
        ([0, 1, 1, 0], [0, 1, 0, 0], None, STUDY_NAMES, 2),
        ([0, 1, 1, 0], [0, 1, 0, 0], None, None, 2),
        ([0, 1, 1, 0], [0, 1, 0, 0], [1, 0], ["b", "a"], 3),
        ([0, 0, 0], [0, 0, 0], [0, 1], STUDY_NAMES, 2),
        ([0, 0, 0], [0, 0, 0], None, ["only"], 2),
        ([0, 1, 1, 0, 1], [0, 1, 0, 0, 1], [0], ["Pneumonia"], 2),
        ([0, 1, 1, 0, 1], [1, 1, 1, 1, 1], [0], ["Pneumonia"], 2),
        ([1, 1], [1, 1], [0], ["Pneumonia"], 2),
        ([0, 1, 1], [1, 0, 0], [0], ["Pneumonia"], 2),
        ([0, 1, 1], [1, 0, 1], [0], ["Pneumonia"], 2),
        (*three, None, ["one", "two", "three, a name longer than the averages"], 2),
        (*three, [0, 2], ["one", "three"], 5),
        (*three, None, ["Lungenentzündung", "naïve 🫁", "ok"], 0),
        (*three, None, None, 16),
    ]
    save("reports.json", [
        {
            "truth": t, "predicted": p, "labels": labels, "names": names, "digits": d,
            "text": metrics.classification_report(t, p, labels=labels, target_names=names, digits=d, zero_division=0),
            "numbers": metrics.classification_report(
                t, p, labels=labels, target_names=names, digits=d, zero_division=0, output_dict=True),
        }
        for t, p, labels, names, d in asked
    ])


def placements(y, s):
    """DeLong 1988, equation 4, written out pair by pair."""
    pos, neg = s[y == 1], s[y == 0]
    psi = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
    return psi.mean(), psi.mean(axis=1), psi.mean(axis=0)


def delong_covariance(y, s1, s2):
    _, a1, b1 = placements(y, s1)
    _, a2, b2 = placements(y, s2)
    return np.cov(a1, a2)[0, 1] / len(a1) + np.cov(b1, b2)[0, 1] / len(b1)


def golden_statistics():
    rng = np.random.default_rng(5)
    y = (rng.random(120) < 0.6).astype(int)
    a = 1 / (1 + np.exp(-(rng.normal(size=120) + 1.5 * y - 0.5)))
    b = np.round(np.clip(0.5 * a + 0.5 * rng.random(120), 0, 1), 2)
    va, vb, cab = delong_covariance(y, a, a), delong_covariance(y, b, b), delong_covariance(y, a, b)
    difference = placements(y, a)[0] - placements(y, b)[0]
    z = difference / np.sqrt(va + vb - 2 * cab)

    def mcnemar(x, w):
        n = x + w
        k = min(x, w)
        return {
            "onlyA": x, "onlyB": w,
            # Fagerland, Lydersen and Laake (2013): the exact p less f(k), and at equal counts 1 less half of it.
            "midP": 2 * stats.binom.cdf(k, n, 0.5) - stats.binom.pmf(k, n, 0.5) if x != w else 1 - stats.binom.pmf(k, n, 0.5) / 2,
        }

    logit = np.log(a / (1 - a))
    nll = lambda z: np.sum(np.logaddexp(0, -(2 * y - 1) * z))
    tight = dict(method="BFGS", options={"gtol": 1e-9})
    line = optimize.minimize(lambda v: nll(v[0] + v[1] * logit), [0.0, 1.0], **tight).x
    shift = optimize.minimize(lambda v: nll(v[0] + logit), [0.0], **tight).x
    inverse = optimize.minimize(lambda v: nll(v[0] * logit), [1.0], **tight).x

    # A clustered bootstrap with numpy's generator: agrees with ours up to the noise of resampling.
    patients = np.arange(120) // 3
    groups = [np.flatnonzero(patients == g) for g in range(40)]
    draws = []
    for _ in range(20000):
        rows = np.concatenate([groups[g] for g in rng.integers(0, 40, 40)])
        draws.append(placements(y[rows], a[rows])[0])
    save("statistics.json", {
        "wilson": [
            [k, n, level, *map(float, stats.binomtest(k, n).proportion_ci(level, method="wilson"))]
            for k, n in [(0, 1), (1, 1), (16, 16), (0, 20), (355, 390), (574, 624), (1, 3)] for level in (0.95, 0.99)
        ],
        "quantiles": [[p, stats.norm.ppf(p)] for p in (1e-10, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.995)],
        "erfc": [[x, 2 * stats.norm.sf(x * np.sqrt(2))] for x in (-3, -0.5, 0, 0.1, 1, 1.9999, 2, 3, 6, 12)],
        "paired": {
            "labels": y.tolist(), "a": a.tolist(), "b": b.tolist(), "aucA": placements(y, a)[0], "aucB": placements(y, b)[0],
            "varianceA": va, "varianceB": vb, "z": z, "p": 2 * stats.norm.sf(abs(z)),
        },
        "mcnemar": [mcnemar(*c) for c in [(1, 0), (5, 5), (3, 9), (10, 25), (0, 7), (400, 470), (40, 3)]],
        "recalibration": {
            "intercept": line[0], "slope": line[1], "inTheLarge": shift[0], "temperature": 1 / inverse[0]},
        "clusterBootstrapAuc": [float(v) for v in np.percentile(draws, [2.5, 97.5])],
    })


def golden_logistic():
    rng = np.random.default_rng(9)
    x = np.round(rng.normal(size=(80, 6)) * [1, 10, 0.1, 1, 5, 1] + [0, 100, 0, 3, 0, 0], 3)
    x[:, 5] = 7.25  # constant
    y = (x[:, 0] + 0.1 * (x[:, 1] - 100) + rng.normal(size=80) > 0).astype(int)
    scaler = StandardScaler().fit(x)
    fits = []
    for c in (0.01, 1.0, 100.0):
        m = LogisticRegression(C=c, tol=1e-12, max_iter=10000).fit(scaler.transform(x), y)
        fits.append({"c": c, "weights": m.coef_[0].tolist(), "bias": float(m.intercept_[0]),
                     "scores": m.predict_proba(scaler.transform(x))[:, 1].tolist()})
    save("logistic.json", {"features": x.tolist(), "labels": y.tolist(), "fits": fits})


if __name__ == "__main__":
    golden_metrics()
    golden_reports()
    golden_statistics()
    golden_logistic()
