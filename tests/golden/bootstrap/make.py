"""Golden of a percentile bootstrap interval of a mean, for src/effect/bootstrap.rs.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/bootstrap/requirements.txt
    /tmp/golden/bin/python tests/golden/bootstrap/make.py
"""

import json
import platform
from pathlib import Path

import numpy
import scipy
from scipy.stats import bootstrap

RESAMPLES = 200_000
VALUES = [0.113, -0.041, 0.287, 0.0, -0.196, 0.052, 0.371, -0.008, 0.149, -0.127, 0.233, 0.019, -0.064, 0.308, 0.091,
          -0.273]

interval = bootstrap((VALUES,), numpy.mean, confidence_level=0.95, method="percentile", n_resamples=RESAMPLES,
                     rng=numpy.random.default_rng(0)).confidence_interval
golden = {
    "provenance": {
        "command": "python tests/golden/bootstrap/make.py", "python": platform.python_version(),
        "numpy": numpy.__version__, "scipy": scipy.__version__, "resamples": RESAMPLES, "seed": 0, "tolerance": 0.003,
    },
    "values": VALUES,
    "low": float(interval.low),
    "high": float(interval.high),
}
(Path(__file__).parent / "bootstrap.json").write_text(json.dumps(golden, indent=1) + "\n")
