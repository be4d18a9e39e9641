"""Speed of single stages, each beside a plain way of doing the same."""

import numpy as np
import pandas as pd
from common import save, timed

from ipseval.calendar import add_months
from ipseval.config import load_project
from ipseval.economics.appraise import appraise
from ipseval.impact.design import build_design
from ipseval.impact.estimators import ols_effects
from ipseval.outcomes import spells
from ipseval.provenance import ROOT
from ipseval.streams import Streams


def fits(figures: dict) -> None:
    """Many outcomes on one design, beside statsmodels one by one."""
    import statsmodels.api as sm

    rng = np.random.default_rng(1)
    people = pd.DataFrame(rng.normal(size=(10_000, 12)), columns=[f"x{i}" for i in range(12)])
    people["arm"] = rng.integers(0, 2, 10_000)
    y = rng.normal(size=(10_000, 200))
    design = build_design(people, [f"x{i}" for i in range(12)])
    with timed(figures, "fits_200_together_seconds"):
        ols_effects(y, design, "HC1")
    with timed(figures, "fits_200_statsmodels_seconds"):
        for column in y.T:
            sm.OLS(column, design.matrix).fit(cov_type="HC1")
    figures["statsmodels_over_together"] = round(
        figures["fits_200_statsmodels_seconds"] / figures["fits_200_together_seconds"], 1
    )


def months(figures: dict) -> None:
    """Spells of 100 thousand people to 34 months."""
    rng, n = np.random.default_rng(2), 100_000
    person = rng.integers(0, n, 2 * n)
    start = np.datetime64("2017-01-01") + rng.integers(0, 1500, 2 * n)
    end = start + rng.integers(0, 600, 2 * n)
    day = np.datetime64("2018-05-01") + rng.integers(0, 540, n)
    with timed(figures, "months_100_thousand_people_seconds"):
        merged = spells.union_of_spells(person, start, end)
        spells.days_by_month(merged, spells.months_matrix(day, -11, 22))
        spells.days_in_window(merged, day, add_months(day, 12))


def draws(figures: dict) -> None:
    """A million Monte Carlo draws for each of five groups."""
    config = load_project(ROOT).trials["hlt"]
    economics = config.economics.model_copy(update={"detection_level": None})
    groups = economics.groups
    impacts = pd.DataFrame(
        {
            "group": groups,
            "outcome": "employed_13_weeks_12m",
            "model": economics.model,
            "estimate": 0.03,
            "std_error": 0.02,
            "p_value": 0.1,
        }
    )
    people = pd.DataFrame({"trial_group": ["scr_iw", "scr_oow", "wmca_oow"], "arm": 1})
    ledger = people.assign(amount=2000.0)
    million = 1_000_000
    with timed(figures, "draws_million_five_groups_seconds"):
        appraise(
            economics,
            config.trial.groups,
            impacts,
            people,
            {"ledger": ledger},
            Streams(1, "bench"),
            million,
        )
    seconds = figures["draws_million_five_groups_seconds"]
    figures["draws_a_second"] = round(million * len(groups) / seconds)


if __name__ == "__main__":
    measured: dict[str, float] = {}
    for benchmark in (fits, months, draws):
        benchmark(measured)
    save("stages", measured)
