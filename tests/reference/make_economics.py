"""Writes economics.json: what cost-effectiveness and value of information are held against.

Run in an environment of its own, since its package is no dependency of the project:

    python -m venv oracle
    oracle/bin/pip install heormodel==0.7.4
    oracle/bin/python tests/reference/make_economics.py

The draws are made here from a seed, and made again by the test.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from heormodel.cea import ceac, ceaf
from heormodel.models import Outcomes
from heormodel.voi import evpi, evppi, evsi_regression

N, SEED, WORTH = 20_000, 2016, 30_000.0
THRESHOLDS = [0.0, 20_000.0, 30_000.0, 70_000.0]


def main() -> None:
    rng = np.random.default_rng(SEED)
    health = rng.normal(0.06, 0.05, N)
    cost = rng.gamma(25.0, 80.0, N)
    summary = health + rng.normal(0, 0.05, N) * np.sqrt(1260 / 2000)
    index = pd.RangeIndex(N, name="iteration")
    pair = ["usual", "programme"]
    costs = pd.DataFrame(np.column_stack([np.zeros(N), cost]), index, pair)
    effects = pd.DataFrame(np.column_stack([np.zeros(N), health]), index, pair)
    outcomes = Outcomes.from_wide(costs, effects)
    drivers = pd.DataFrame({"health": health, "cost": cost}, index)
    trial = pd.DataFrame({"mean": summary}, index)
    found = {
        "acceptability": ceac(outcomes, THRESHOLDS)["programme"].tolist(),
        "frontier": ceaf(outcomes, THRESHOLDS).to_dict("list"),
        "evpi": [float(evpi(outcomes, t)) for t in THRESHOLDS],
        "evppi": {name: float(evppi(outcomes, drivers, name, WORTH)) for name in drivers},
        "evsi": float(evsi_regression(outcomes, trial, WORTH)),
    }
    path = Path(__file__).with_name("economics.json")
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
