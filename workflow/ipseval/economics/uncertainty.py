"""Monte Carlo convergence, and the value of information."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..config.economics import Decision
from .information import evppi, evsi, value_of_knowing
from .model import AppraisalModel, default_analysis
from .quantities import INTERVAL
from .sensitivity import uncertain_of

ALL_IMPACTS, ALL_QUANTITIES = "all_impacts", "all_quantities"
STEPS = 12  # numbers of draws at which the running mean is shown


def value_of_information(model: AppraisalModel) -> pd.DataFrame:
    """Return the value of information for the declared decision, by group.

    Columns group, measure (evpi, evppi, evsi), driver, size (of a further trial, people in both
    arms), value (a person reached by the decision), monte_carlo_error, n_treatment and
    population_value.
    Net benefit is linear in impacts, which are normal, so that its expectation given one or all of
    them is a linear regression; given all declared numbers it is net benefit at the estimates.
    """
    decision = model.economics.decision
    columns = ["group", "measure", "driver", "size", "value", "monte_carlo_error"]
    if decision is None:
        return pd.DataFrame(columns=[*columns, "n_treatment", "population_value"])
    rows = [row for group in model.economics.groups for row in _information(model, group, decision)]
    information = pd.DataFrame(rows, columns=columns)
    return information.assign(
        n_treatment=information["group"].map(model.treated),
        population_value=information["value"] * decision.population,
    )


def _information(model: AppraisalModel, group: str, decision: Decision) -> Iterator[tuple]:
    """Yield the rows of a group."""
    economics = model.economics
    analysis = default_analysis(economics, decision.appraisal)
    case = economics.cases[decision.case]
    quantities = model.drawn_quantities(analysis)
    impacts = model.drawn_impacts(group, analysis.impacts)
    net = model.gains(analysis, group, impacts, quantities).net(case)
    net = np.broadcast_to(net, model.draws.n)
    yield group, "evpi", "", pd.NA, *value_of_knowing(net, net)

    counted = model.counted(analysis, group)
    for name in counted:
        yield group, "evppi", name, pd.NA, *evppi(net, impacts[name], degree=1)
    # Given declared numbers, net benefit is expected to be what it is at the estimates: regressing
    # that on one of them leaves the noise of the impacts out.
    at_estimates = model.gains(analysis, group, model.impacts.of(group), quantities).net(case)
    at_estimates = np.broadcast_to(at_estimates, model.draws.n)
    for name in uncertain_of(economics, analysis):
        yield group, "evppi", name, pd.NA, *evppi(at_estimates, np.asarray(quantities[name]))
    yield group, "evppi", ALL_QUANTITIES, pd.NA, *value_of_knowing(at_estimates, at_estimates)

    x = np.column_stack([np.ones_like(net), *(impacts[name] for name in counted)])
    weights = np.linalg.lstsq(x, net, rcond=None)[0]
    fitted = x @ weights
    yield group, "evppi", ALL_IMPACTS, pd.NA, *value_of_knowing(fitted, net)
    mean, spread, before = net.mean(), fitted.std(ddof=1), model.randomised[group]
    for size in decision.further_trial:
        yield group, "evsi", ALL_IMPACTS, size, evsi(mean, spread, before, size), np.nan


def convergence(model: AppraisalModel, draws: pd.DataFrame) -> pd.DataFrame:
    """Return the mean net present value of the first draws, of more and of all of them.

    Columns appraisal, group, n_treatment, case, draws, mean, monte_carlo_error, and the middle 95%
    of the draws so far. It has converged when the mean stays within the error of the last.
    """
    n = int(draws["draw"].max())
    steps = np.unique(np.geomspace(min(100, n), n, STEPS).round().astype(int))
    rows = []
    for (appraisal, group), part in draws.groupby(
        ["appraisal", "group"], sort=False, observed=True
    ):
        for case, spec in model.economics.cases.items():
            borne = model.borne(appraisal, group, spec.parties)
            net = (part[case] - borne * part["cost"]).to_numpy()
            for step in steps:
                so_far = net[:step]
                low, high = np.quantile(so_far, INTERVAL)
                rows.append(
                    {
                        "appraisal": appraisal,
                        "group": group,
                        "n_treatment": model.treated[group],
                        "case": case,
                        "draws": step,
                        "mean": so_far.mean(),
                        "monte_carlo_error": so_far.std(ddof=1) / np.sqrt(step),
                        "ci_low": low,
                        "ci_high": high,
                    }
                )
    return pd.DataFrame(rows)
