"""Writes test/golden/clustered/clustered.json: what R, statsmodels, SciPy, netcal and dcurves say of images some of which are of one
patient, and of calibration.

Run:   python test/golden/make/clustered.py path/to/doAUCcluster.R      (from the project's root; clustered.R says where that file is)
Made with: Python 3.11, NumPy 2.4, SciPy 1.17.1, statsmodels 0.15.0, netcal 1.4.0, dcurves 1.1.7 (with lifelines), pandas 3.1, R 4.2.2.
Obuchowski's formulas are written out here pair by pair as well; the script fails where R says otherwise.
"""
import csv
import itertools
import json
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.proportion import proportion_confint


def invented():
    """150 images of 70 patients, some with images of both classes; b has ties."""
    rng = np.random.default_rng(19)
    patient = np.sort(np.concatenate([np.arange(70), rng.integers(0, 40, 80)]))
    ill = rng.random(70) < 0.55
    label = np.where(rng.random(150) < 0.12, ~ill[patient], ill[patient]).astype(int)
    shared = rng.normal(size=150)
    score = lambda noise: 1 / (1 + np.exp(-(1.6 * label - 0.8 + 0.6 * shared + noise)))
    a = score(rng.normal(size=70)[patient] + 0.6 * rng.normal(size=150))
    b = np.round(score(rng.normal(size=70)[patient] + 0.8 * rng.normal(size=150)), 2)
    return label, np.round(a, 6), b, patient


def obuchowski(label, scores, patient):
    """Biometrics 53, 1997, equations 1 to 5: the AUCs and their covariance matrix, pair by pair."""
    clusters = np.unique(patient)
    m = np.array([np.sum((patient == k) & (label == 1)) for k in clusters])
    n = np.array([np.sum((patient == k) & (label == 0)) for k in clusters])
    M, N, I, I10, I01 = m.sum(), n.sum(), len(clusters), np.sum(m > 0), np.sum(n > 0)
    aucs, xs, ys = [], [], []
    for s in scores:
        psi = (s[label == 1][:, None] > s[label == 0][None, :]) + 0.5 * (s[label == 1][:, None] == s[label == 0][None, :])
        v10, v01, auc = psi.mean(axis=1), psi.mean(axis=0), psi.mean()
        aucs.append(auc)
        xs.append(np.array([v10[patient[label == 1] == k].sum() for k in clusters]) - m * auc)
        ys.append(np.array([v01[patient[label == 0] == k].sum() for k in clusters]) - n * auc)
    covariance = np.empty((len(scores), len(scores)))
    for r, s in itertools.product(range(len(scores)), repeat=2):
        s10 = I10 / ((I10 - 1) * M) * np.sum(xs[r] * xs[s])
        s01 = I01 / ((I01 - 1) * N) * np.sum(ys[r] * ys[s])
        s11 = I / (I - 1) * (np.sum(xs[r] * ys[s]) + np.sum(xs[s] * ys[r]))
        covariance[r, s] = s10 / M + s01 / N + s11 / (M * N)
    return np.array(aucs), covariance


def by_r(label, a, b, patient):
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["label", "a", "b", "patient"], *zip(label, a, b, patient)])
        file.flush()
        said = subprocess.run(
            ["Rscript", "test/golden/make/clustered.R", sys.argv[1], file.name], check=True, capture_output=True, text=True)
    return dict(zip(["aucA", "aucB", "varianceA", "varianceB", "varianceOfDifference", "p"], map(float, said.stdout.split())))


def robust_mean(values, patient):
    """A mean and its variance over clusters, by statsmodels' GEE, with the factor K / (K - 1)."""
    fit = sm.GEE(values.astype(float), np.ones(len(values)), groups=patient, family=sm.families.Gaussian(),
                 cov_struct=sm.cov_struct.Independence()).fit(cov_type="robust")
    count = len(np.unique(patient))
    return float(fit.params[0]), float(fit.cov_params()[0, 0]) * count / (count - 1)


def proportion(is_success, patient):
    """With Wilson's interval for n divided by the design effect; that is n / patients at least where few have a success, or a failure."""
    n, share, count = len(is_success), float(np.mean(is_success)), len(np.unique(patient))
    few = min(len(np.unique(patient[is_success])), len(np.unique(patient[~is_success]))) < 5
    effect = n / count if few else 1.0
    if n > count and share not in (0, 1):
        effect = max(effect, robust_mean(is_success, patient)[1] * n / (share * (1 - share)))
    low, high = proportion_confint(share * n / effect, n / effect, method="wilson")
    return {"value": share, "designEffect": effect, "low": float(low), "high": float(high)}


def sign_flip(sums):
    """Every pattern of signs."""
    sums = np.array(sums)
    totals = np.abs(np.array(list(itertools.product([1, -1], repeat=len(sums)))) @ sums)
    observed = abs(sums.sum())
    exact = stats.permutation_test((sums,), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue
    at = np.mean(totals == observed)
    assert observed == 0 or np.isclose(np.mean(totals >= observed), exact)
    return {"sums": sums.tolist(), "midP": float(np.mean(totals > observed) + at / 2)}


def detectable(n, discordance, effect):
    """Connor, Biometrics 43, 1987, with n divided by the design effect: the root by SciPy."""
    lack = lambda d: d * np.sqrt(n / effect) - stats.norm.ppf(0.975) * np.sqrt(discordance) - stats.norm.ppf(0.8) * np.sqrt(discordance - d * d)
    root = optimize.brentq(lack, 0, discordance, xtol=1e-14) if lack(discordance) > 0 else None
    return [n, discordance, effect, root]


def main():
    from dcurves import dca
    from netcal.metrics import ECE

    label, a, b, patient = invented()
    (auc_a, auc_b), covariance = obuchowski(label, [a, b], patient)
    r = by_r(label, a, b, patient)
    ours = [auc_a, auc_b, covariance[0, 0], covariance[1, 1], covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]]
    assert np.allclose(ours, list(r.values())[:5], rtol=1e-12, atol=0), (ours, r)
    right = lambda s: (s >= 0.5) == (label == 1)
    signs = right(a).astype(int) - right(b).astype(int)
    difference, variance = robust_mean(signs, patient)
    sums = [int(signs[patient == k].sum()) for k in np.unique(patient)]
    called, top = (a >= 0.5).astype(int), np.maximum(a, 1 - a)
    thresholds = [k / 20 for k in range(1, 20)]
    curve = dca(pd.DataFrame({"label": label, "a": a}), "label", ["a"], thresholds=thresholds)
    benefit = lambda model: [float(v) for v in curve[curve["model"] == model].sort_values("threshold")["net_benefit"]]
    value = {
        "rows": [[int(y), float(x), float(w), int(p)] for y, x, w, p in zip(label, a, b, patient)],
        "r": r,
        "accuracy": proportion(right(a), patient),
        "sensitivity": proportion(called[label == 1] == 1, patient[label == 1]),
        "ppv": proportion(label[called == 1] == 1, patient[called == 1]),
        "calls": {"difference": difference, "variance": variance, "sums": [s for s in sums if s != 0]},
        "signFlips": [sign_flip(s) for s in ([1, 1], [2, -1], [1, 1, 1, -1], [3, -2, 1, 1], [1, -1], [2, 2, -1, -3],
                                             [1] * 9 + [-1] * 4, [4, 2, 1, 1, 1, -1, -2, 3, 1, 1, -1, 2])],
        "midPAtEquality": [[b, 1 - stats.binom.pmf(b, 2 * b, 0.5) / 2] for b in (1, 5, 40)],
        "detectable": [detectable(*each) for each in ((624, 0.1, 1.3), (624, 0.05, 1), (100_000, 0.02, 5), (60, 0.02, 1.1))],
        "classWiseError": float(ECE(10).measure(a, label)),
        "topLabelError": float(ECE(10).measure(top, right(a).astype(int))),
        "netBenefit": benefit("a"),
        "netBenefitOfCallingAll": benefit("all"),
    }
    with open("test/golden/clustered/clustered.json", "w") as file:
        json.dump(value, file, separators=(",", ":"), allow_nan=False)
        file.write("\n")


if __name__ == "__main__":
    main()
