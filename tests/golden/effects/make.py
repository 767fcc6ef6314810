"""Goldens of tests, corrections and agreement of rankings, for src/effect/.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/effects/requirements.txt
    /tmp/golden/bin/python tests/golden/effects/make.py

NaN becomes null. The t-test of differences that are all the same is not here: scipy gives NaN, or divides by what
rounding left.
"""

import json
import math
import platform
import warnings
from pathlib import Path

import numpy
import scipy
import statsmodels
from scipy.stats import kendalltau, t, ttest_rel
from statsmodels.stats.multitest import multipletests

SEED = 0
random = numpy.random.default_rng(SEED)
warnings.simplefilter("ignore")


def number(value):
    return None if math.isnan(value) else float(value)


def rounded(values, digits=6):
    return [round(float(value), digits) for value in values]


def t_test(name, differences):
    # Against zeros, so that the differences that are tested are those that are written, to the last bit.
    p = ttest_rel(differences, numpy.zeros(len(differences))).pvalue
    return {"name": name, "differences": list(differences), "p": number(p)}


def holm(name, p):
    tests = [value for value in p if value is not None]
    corrected = iter(multipletests(tests, method="holm")[1] if tests else [])
    return {"name": name, "p": list(p), "corrected": [None if value is None else float(next(corrected)) for value in p]}


def flips(plain, changed):
    plain, changed = numpy.array(plain), numpy.array(changed)
    first, second = numpy.triu_indices(len(plain), 1)
    before, after = plain[first] - plain[second], changed[first] - changed[second]
    return float((before * after < 0).sum() / (before != 0).sum()) if (before != 0).any() else None


def agreement(name, plain, changed):
    tau = number(kendalltau(plain, changed).statistic) if plain else None
    return {"name": name, "plain": list(plain), "changed": list(changed), "tau": tau, "flips": flips(plain, changed)}


t_tests = [t_test(f"normal, n={n}, mean={mean}", rounded(random.normal(mean, 1, n)))
           for n in [2, 3, 5, 10, 50, 200, 1000] for mean in [0, 0.1, 1]]
t_tests += [
    t_test("mostly zero", rounded(random.normal(0.05, 0.1, 40) * (random.random(40) < 0.2))),
    t_test("ties", rounded(random.integers(-2, 4, 30) / 4)),
    t_test("n=2, almost equal", [0.5, 0.5000001]),
    t_test("n=2, opposite", [1.0, -1.0]),
    t_test("one is not zero", [0.0] * 9 + [0.25]),
    t_test("one outlier", rounded(random.normal(0.02, 0.05, 29)) + [50.0]),
    t_test("one outlier against the rest", rounded(random.normal(0.5, 0.1, 29)) + [-20.0]),
    t_test("tiny p, n=20", rounded(random.normal(1, 0.15, 20))),
    t_test("tiny p, n=200", rounded(random.normal(0.55, 1, 200))),
    t_test("tiny p, n=1000", rounded(random.normal(-1, 1, 1000))),
    t_test("tiny mean", [-2.0, 2.0, -1.0, 1.0, -0.5, 0.5, 1e-7]),
    t_test("tiny values", [1e-12, 3e-12, -2e-12, 5e-12, 4e-12]),
    t_test("large values", [1e12, 3e12, -2e12, 5e12, 4e12]),
    t_test("far from zero", [1e6, 1e6 + 1, 1e6 - 1, 1e6 + 2]),
    t_test("one value", [0.5]),
]

# No t below 1e-6: what scipy gives there is up to some 1e-9 off, for it divides nearly equal numbers.
distribution = [{"t": value, "freedom": freedom, "p": float(2 * t.sf(abs(value), freedom))}
                for freedom in [1, 2, 3, 4, 9, 49, 199, 999, 9_999]
                for value in [0.0, 1e-6, 1e-4, 0.01, 0.3, -0.7, 0.999999, 1.0, 1.7, -1.96, 2.5, 4.0, 7.0,
                              -12.0, 20.0, 1e3, 1e6]]
distribution = [case for case in distribution if case["p"] == 0 or case["p"] > 1e-290]

corrections = [holm(f"uniform, m={m}", random.random(m).tolist()) for m in [1, 2, 3, 10, 144]]
corrections += [holm(f"small, m={m}", (random.random(m) ** 6).tolist()) for m in [3, 10, 144]]
corrections += [
    holm("tiny", [1e-12, 0.04, 3e-12, 1e-300, 0.5, 0.03]),
    holm("ties", [0.01, 0.04, 0.01, 0.04, 0.04, 0.01]),
    holm("not monotone before the maximum", [0.02, 0.021, 0.022, 0.9]),
    holm("zeros and ones", [0.0, 1.0, 0.0, 1.0, 0.3]),
    holm("nulls", [None, 0.01, None, 0.04, 0.03, None]),
    holm("nulls alone", [None, None]),
    holm("nothing", []),
]

rankings = []
for n in [2, 3, 10, 100]:
    for spread in [0.1, 1, 10]:
        plain = random.normal(0, 3, n)
        rankings.append(agreement(f"normal, n={n}, spread={spread}", rounded(plain),
                                  rounded(plain + random.normal(0, spread, n))))
for n in [10, 100, 1000]:
    plain = random.integers(0, 12, n)
    rankings.append(agreement(f"ties, n={n}", plain.tolist(), (plain // 2 + random.integers(0, 4, n)).tolist()))
rankings += [
    agreement("ties in the first", [1.0, 1.0, 2.0, 2.0, 3.0], [5.0, 4.0, 3.0, 2.0, 1.0]),
    agreement("ties in the second", [5.0, 4.0, 3.0, 2.0, 1.0], [1.0, 1.0, 2.0, 2.0, 3.0]),
    agreement("one document apart", [0.0] * 9 + [1.0], list(range(10))),
    agreement("one outlier", [0.1, 0.2, 0.3, 1e9], [0.2, 0.1, -1e9, 0.3]),
    agreement("almost tied", [1.0, 1.0 + 1e-12, 1.0 - 1e-12], [1.0, 1.0 - 1e-12, 1.0 + 1e-12]),
    agreement("all zero in both", [0.0] * 4, [0.0] * 4),
    agreement("all zero in the first", [0.0] * 4, [1.0, 2.0, 3.0, 4.0]),
    agreement("all zero in the second", [1.0, 2.0, 3.0, 4.0], [0.0] * 4),
    agreement("n=2, tied in the first", [1.0, 1.0], [1.0, 2.0]),
    agreement("one document", [1.0], [2.0]),
    agreement("no document", [], []),
]

golden = {
    "provenance": {
        "command": "python tests/golden/effects/make.py", "python": platform.python_version(),
        "numpy": numpy.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "seed": SEED,
        "tolerance": 1e-9,
    },
    "t_test": t_tests,
    "t_distribution": distribution,
    "holm": corrections,
    "agreement": rankings,
}
lines = []
for name, value in golden.items():
    if isinstance(value, list):
        value = "[\n" + ",\n".join(json.dumps(case, allow_nan=False) for case in value) + "\n]"
    else:
        value = json.dumps(value)
    lines.append(f"{json.dumps(name)}: {value}")
(Path(__file__).parent / "effects.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
