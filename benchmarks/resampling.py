"""Re-randomisation and bootstrap as arrays, beside statsmodels one draw after the other."""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from common import save, timed

from ipseval.impact.estimators.ols import Ols
from ipseval.impact.estimators.standardised import Standardised
from ipseval.impact.randomisation import redraw, redrawn_statistics
from ipseval.impact.samples import samples
from ipseval.impact.settings import EstimationSettings
from ipseval.streams import Streams

# Draws of statsmodels, which are enough to tell what one takes.
FEW = 20


def redraws(figures: dict) -> None:
    """t of 20 outcomes of 10 thousand people in each of 1,000 re-randomisations."""
    rng, n, draws = np.random.default_rng(3), 10_000, 1_000
    names = [f"x{i}" for i in range(12)]
    people = pd.DataFrame(rng.normal(size=(n, 12)), columns=names)
    people = people.assign(stratum="s", allocation_order=range(n), allocation_ratio="1:1")
    people["arm"] = people["allocation_order"] % 2
    model = Ols(label="m", estimator="ols", covariance="HC1", covariates=names)
    (sample,) = samples(people, rng.normal(size=(n, 20)), model)
    design = model.design(sample, "y")
    with timed(figures, "redraws_seconds"):
        arms = redraw(people, [4, 6, 8], draws, Streams(1, "benchmark"))
        statistics = redrawn_statistics(sample, design, "HC1", arms)
    few = arms.part(0, FEW)
    with timed(figures, "statsmodels_of_few_redraws_seconds"):
        for draw in range(FEW):
            design.matrix[:, 1] = few[:, draw]
            alone = [
                sm.OLS(y, design.matrix).fit(cov_type="HC1").tvalues[1] for y in sample.outcomes.T
            ]
            assert np.allclose(alone, statistics[draw], rtol=1e-6)
    figures["statsmodels_over_redraws"] = ratio(
        figures["statsmodels_of_few_redraws_seconds"], figures["redraws_seconds"], draws
    )


def bootstrap(figures: dict) -> None:
    """2,000 bootstrap draws of a standardised risk ratio of 2,000 people."""
    rng, n, draws = np.random.default_rng(5), 2_000, 2_000
    names = [f"x{i}" for i in range(5)]
    people = pd.DataFrame(rng.normal(size=(n, 5)), columns=names)
    people["arm"] = np.arange(n) % 2
    chance = 1 / (1 + np.exp(1.5 - 0.4 * people["arm"] - 0.5 * people["x0"]))
    y = (rng.random(n) < chance).to_numpy(dtype=float)
    model = Standardised(
        label="m",
        estimator="standardised",
        measure="risk_ratio",
        covariance="HC1",
        covariates=names,
        bootstrap=draws,
    )
    settings = EstimationSettings(0.95, Streams(1, "benchmark"))
    with timed(figures, "bootstrap_seconds"):
        (row,) = model.estimates(people, y[:, None], ["y"], settings, {"y": "proportion"})
    x = sm.add_constant(people[["arm", *names]].to_numpy())
    treated, control = x.copy(), x.copy()
    treated[:, 1], control[:, 1] = 1.0, 0.0
    ratios = []
    with timed(figures, "statsmodels_of_few_bootstraps_seconds"):
        for _ in range(FEW):
            drawn = rng.integers(0, n, n)
            fitted = sm.GLM(y[drawn], x[drawn], family=sm.families.Binomial()).fit()
            ratios.append(
                np.divide(*(fitted.predict(side[drawn]).mean() for side in (treated, control)))
            )
    # Draws of one distribution.
    assert abs(np.log(ratios).mean() - np.log(row["estimate"])) < 0.1
    figures["statsmodels_over_bootstrap"] = ratio(
        figures["statsmodels_of_few_bootstraps_seconds"], figures["bootstrap_seconds"], draws
    )


def ratio(few: float, together: float, draws: int) -> float:
    """Return how many times as long all draws would take one by one."""
    return round(few / FEW * draws / together, 1)


if __name__ == "__main__":
    measured: dict[str, float] = {}
    for benchmark in (redraws, bootstrap):
        benchmark(measured)
    save("resampling", measured)
