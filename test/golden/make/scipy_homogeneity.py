"""Writes test/golden/scipy/homogeneity.json: made-up counts of two samples by cell, and what SciPy's chi-squared test says of them; and
tails of the chi-squared distribution.

Run:   python test/golden/make/scipy_homogeneity.py      (from the project's root)
Made with: Python 3.11, SciPy 1.17.1, NumPy 2.4.6.
"""
import json

import numpy as np
from scipy import stats


def case(name, first, second):
    p = stats.chi2_contingency([first, second], correction=False).pvalue
    return {"name": name, "first": [int(n) for n in first], "second": [int(n) for n in second], "p": p}


if __name__ == "__main__":
    rng = np.random.default_rng(49)
    even = np.full(10, 0.1)
    rising = np.arange(1, 11) / 55
    cases = [
        case("ten cells, alike", rng.multinomial(500, even), rng.multinomial(200, even)),
        case("ten cells, moved", rng.multinomial(500, even), rng.multinomial(200, rising)),
        case("five cells, a little", rng.multinomial(400, [0.2] * 5), rng.multinomial(40, [0.3, 0.2, 0.2, 0.15, 0.15])),
        case("two cells", [60, 40], [20, 30]),
        case("two cells, none in common", [0, 100], [50, 0]),
    ]
    tails = [[x, df, stats.chi2.sf(x, df)] for x in (0.01, 0.5, 3, 12, 40, 200) for df in (1, 2, 3, 6, 9, 15)]
    with open("test/golden/scipy/homogeneity.json", "w") as f:
        json.dump({"cases": cases, "tails": tails}, f, separators=(",", ":"), allow_nan=False)
        f.write("\n")
    for c in cases:
        print(c)
