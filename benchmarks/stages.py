"""Speed of single stages, each beside a plain way of doing the same."""

import numpy as np
import pandas as pd
from common import save, timed

from ipseval.calendar import add_months
from ipseval.config.load import load_project
from ipseval.economics.appraise import appraise
from ipseval.economics.impacts import Impacts
from ipseval.economics.model import make_model
from ipseval.impact.design import build_design
from ipseval.impact.estimators.ols import Ols
from ipseval.impact.least_squares import ols_effects
from ipseval.impact.randomisation import redraw, redrawn_statistics
from ipseval.impact.samples import samples
from ipseval.outcomes import spells
from ipseval.provenance import ROOT
from ipseval.streams import Streams


def fits(figures: dict) -> None:
    """Many outcomes on one design, beside statsmodels one by one, by formula as people do."""
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(1)
    people = pd.DataFrame(rng.normal(size=(10_000, 12)), columns=[f"x{i}" for i in range(12)])
    people["arm"] = rng.integers(0, 2, 10_000)
    y = rng.normal(size=(10_000, 200))
    names = [f"x{i}" for i in range(12)]
    formula = f"y ~ arm + {' + '.join(names)}"
    with timed(figures, "fits_200_together_seconds"):
        design = build_design(people, names)
        ols_effects(y, design, "HC1")
    with timed(figures, "fits_200_statsmodels_seconds"):
        for column in y.T:
            smf.ols(formula, people.assign(y=column)).fit(cov_type="HC1")
    figures["fits_a_second_together"] = round(200 / figures["fits_200_together_seconds"])
    figures["fits_a_second_statsmodels"] = round(200 / figures["fits_200_statsmodels_seconds"])
    figures["statsmodels_over_together"] = round(
        figures["fits_200_statsmodels_seconds"] / figures["fits_200_together_seconds"], 1
    )


def redraws(figures: dict) -> None:
    """A thousand re-randomisations of 10 thousand people, and t of 20 outcomes in each."""
    rng, n = np.random.default_rng(3), 10_000
    people = pd.DataFrame(rng.normal(size=(n, 12)), columns=[f"x{i}" for i in range(12)])
    people = people.assign(stratum="s", allocation_order=range(n), allocation_ratio="1:1")
    people["arm"] = people["allocation_order"] % 2
    model = Ols(
        label="m", estimator="ols", covariance="HC1", covariates=[f"x{i}" for i in range(12)]
    )
    (sample,) = samples(people, rng.normal(size=(n, 20)), model)
    with timed(figures, "redraw_1000_allocations_seconds"):
        arms = redraw(people, [4, 6, 8], 1000, Streams(1, "benchmark"))
    with timed(figures, "redrawn_20_thousand_statistics_seconds"):
        redrawn_statistics(sample, model.design(sample, "y"), "HC1", arms)
    design = model.design(sample, "y")
    few = arms.part(0, 20)
    with timed(figures, "regressions_of_20_redraws_seconds"):
        for draw in range(20):
            design.matrix[:, 1] = few[:, draw]
            ols_effects(sample.outcomes, design, "HC1")
    figures["regressions_over_redrawn"] = round(
        50
        * figures["regressions_of_20_redraws_seconds"]
        / figures["redrawn_20_thousand_statistics_seconds"],
        1,
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
    """Joint draws of all groups, appraisals and scenarios: ten thousand, and a million."""
    economics = load_project(ROOT).trials["hlt"].economics
    keys = [(group, name) for group in economics.groups for name in economics.impacts]
    root = np.random.default_rng(4).normal(size=(len(keys), len(keys)))
    covariance = root @ root.T
    error = np.sqrt(np.diag(covariance))
    impacts = Impacts(keys, error, error, np.zeros(len(keys)), error, covariance)
    costs = pd.DataFrame({"group": economics.groups, "payer": "exchequer", "per_head": 3000.0})
    costs = costs.assign(n_treatment=1500, n_randomised=3000)
    for name, n in (("ten_thousand", 10_000), ("million", 1_000_000)):
        with timed(figures, f"draws_{name}_all_settings_seconds"):
            appraise(make_model(economics, impacts, costs, Streams(1, "benchmark"), n))
    figures["million_over_ten_thousand"] = round(
        figures["draws_million_all_settings_seconds"]
        / figures["draws_ten_thousand_all_settings_seconds"],
        1,
    )


if __name__ == "__main__":
    measured: dict[str, float] = {}
    for benchmark in (fits, redraws, months, draws):
        benchmark(measured)
    save("stages", measured)
