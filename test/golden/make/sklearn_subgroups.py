"""Writes test/golden/sklearn/subgroups.json: made-up predictions with patients and facts, and what pandas (groups), scikit-learn
(AUC, recall, Brier) and clustered.py (intervals by patient: statsmodels, Obuchowski's formulas) say of their subgroups and patients.

Run:   python test/golden/make/sklearn_subgroups.py      (from the project's root)
Made with: Python 3.11, scikit-learn 1.9.1, SciPy 1.17.1, NumPy 2.4.6, pandas 3.1.1,
statsmodels 0.15.0.
"""
import json
import sys

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn import metrics

sys.path.insert(0, "test/golden/make")
from clustered import obuchowski
from clustered import proportion as by_patient

THRESHOLD = 0.4


def rows():
    """260 images of 150 patients; some have images of both classes, some facts are not known."""
    rng = np.random.default_rng(16)
    people = pd.DataFrame({
        "patient": [f"p{i:03}" for i in range(150)],
        "ill": rng.random(150) < 0.55,
        "age_years": np.round(rng.choice([0.2, 1, 4.9, 5, 17.5, 18, 39.9, 40, 64, 65, 90], 150), 1),
        "sex": rng.choice(["F", "M"], 150),
        "source": rng.choice(["north", "south"], 150, p=[0.3, 0.7]),
        "finding": rng.choice(["bacterial", "viral"], 150),
    })
    people.loc[rng.random(150) < 0.1, "age_years"] = np.nan
    images = people.iloc[np.concatenate([np.arange(150), rng.integers(0, 150, 110)])].reset_index(drop=True)
    changed = images.duplicated("patient") & (rng.random(len(images)) < 0.1)  # a later image of the other class
    images["label"] = (images.ill ^ changed).astype(int)
    images["study"] = np.where(rng.random(len(images)) < 0.5, "first", "second")
    images["view"] = rng.choice(["PA", "AP"], len(images))
    images.loc[images.label == 0, "finding"] = None
    logits = rng.normal(size=len(images)) * 1.5 + np.where(images.label == 1, 1.4, -1.2)
    images["score"] = np.round(64 / (1 + np.exp(-logits))) / 64  # with ties; sums are exact, whatever their order
    images["name"] = [f"{i}.png" for i in range(len(images))]
    return images.drop(columns="ill")


def proportion(is_success, patient):
    if len(is_success) == 0:
        return None
    found = by_patient(is_success.to_numpy(), patient.to_numpy())
    return [found["value"], found["low"], found["high"]]


def auc_interval(compared):
    """Obuchowski's, on the logit scale."""
    (auc,), ((variance,),) = obuchowski(compared.label.to_numpy(), [compared.score.to_numpy()], compared.patient.to_numpy())
    assert np.isclose(auc, metrics.roc_auc_score(compared.label, compared.score))
    half = norm.ppf(0.975) * np.sqrt(variance) / (auc * (1 - auc))
    return expit(logit(auc) + np.array([-half, half])).tolist()


def group(members, images):
    one = members.label.nunique() == 1
    compared = pd.concat([members, images[images.label != members.label.iloc[0]]]) if one else members
    called = members.score >= THRESHOLD
    ill = members.label == 1
    return {
        "n": len(members), "positives": int(ill.sum()), "patients": members.patient.nunique(),
        "sensitivity": proportion(called[ill], members.patient[ill]),
        "specificity": proportion(~called[~ill], members.patient[~ill]),
        "auc": metrics.roc_auc_score(compared.label, compared.score),
        "aucInterval": auc_interval(compared),
    }


def subgroups(images):
    bands = pd.cut(images.age_years, [0, 1, 5, 18, 40, 65, 200], right=False,
                   labels=["<1", "1-4", "5-17", "18-39", "40-64", "65+"])
    columns = {"age": bands.astype(object).where(bands.notna(), "not stated"), "sex": images.sex, "view": images.view,
               "source": images.source, "finding": images.finding}
    return {name: {key: group(members, images) for key, members in images.groupby(column)}
            for name, column in columns.items()}


def joined(images, by):
    units = images.groupby(by)
    label = units.label.max()
    out = {"n": len(label), "positives": int(label.sum()), "mixed": int((units.label.nunique() > 1).sum()),
           "several": int((units.size() > 1).sum())}
    for name, score in {"highest": units.score.max(), "mean": units.score.mean()}.items():
        called = (score >= THRESHOLD).astype(int)
        out[name] = {
            "accuracy": metrics.accuracy_score(label, called), "sensitivity": metrics.recall_score(label, called),
            "specificity": metrics.recall_score(label, called, pos_label=0), "f1": metrics.f1_score(label, called),
            "auc": metrics.roc_auc_score(label, score), "averagePrecision": metrics.average_precision_score(label, score),
            "brier": metrics.brier_score_loss(label, score),
        }
    return out


if __name__ == "__main__":
    images = rows()
    known = [{k: v for k, v in row.items() if v is not None and v == v} for row in images.to_dict("records")]
    with open("test/golden/sklearn/subgroups.json", "w") as f:
        json.dump({"threshold": THRESHOLD, "rows": known, "subgroups": subgroups(images),
                   "perPatient": joined(images, ["patient"]), "perStudy": joined(images, ["patient", "study"])},
                  f, separators=(",", ":"), allow_nan=False)
        f.write("\n")
