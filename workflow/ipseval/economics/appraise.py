"""Cost-benefit appraisal by Monte Carlo, every analysis and group from the same draws."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from ..config.economics import PARTIES, Economics, Party
from .acceptability import ratio_of
from .evaluate import Gains, Number
from .model import DEPENDENCES, REFERENCE, Analysis, AppraisalModel, analyses_of, default_analysis
from .quantities import INTERVAL

# What a draw is kept as, beside the gains of each case.
AMOUNTS = ["cost", "public_cost", "health", "health_worth"]


def appraise(model: AppraisalModel) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the tables summary, parties and cost_effectiveness of all analyses and groups, and
    draws.

    summary: one row an analysis, group and case. parties: one row a default analysis, group and
    benefit, what each party gains at the estimates; the programme's cost is a row of its own, and
    so is the total. cost_effectiveness: one row a default analysis and group, with years gained,
    the net cost to the perspective's parties, and their ratio. draws: one row a draw of each
    appraisal's reference and group, with AMOUNTS and the gains of each case. Amounts are per
    recruit to treatment, at present value and at the price year; years of health are QALYs or
    WELLBYs.
    """
    economics = model.economics
    summary, parties, ratios, kept = [], [], [], _Kept(economics, model.draws.n)
    analyses = list(analyses_of(economics))
    for group in economics.groups:
        drawn = {how: model.drawn_impacts(group, how) for how in DEPENDENCES}
        for analysis in analyses:
            quantities = model.drawn_quantities(analysis)
            gains = model.gains(analysis, group, drawn[analysis.impacts], quantities)
            point = model.point(analysis, group)
            default = analysis == default_analysis(economics, analysis.appraisal, analysis.scenario)
            summary += _rows(model, analysis, group, point, gains, default)
            if default:
                parties += _parties(analysis, group, model.treated[group], point)
                ratios += ratio_of(model, analysis, group, gains)
            if default and analysis.scenario == REFERENCE:
                kept.add(analysis, group, gains)
    rows = {"summary": summary, "parties": parties, "cost_effectiveness": ratios}
    tables = {name: _in_order(pd.DataFrame(made), economics) for name, made in rows.items() if made}
    nothing = pd.DataFrame(columns=["appraisal", "scenario", "group", "health", "net_cost"])
    tables["summary"] = _with_expectation(tables["summary"], economics)
    return {"cost_effectiveness": nothing, **tables}, kept.frame()


def _with_expectation(summary: pd.DataFrame, economics: Economics) -> pd.DataFrame:
    """Return the summary with `as_expected`: whether a scenario that is expected to look better
    or worse than the reference does, by net present value; missing for all others."""
    keys = ["appraisal", "group", "case"]
    reference = summary[summary["default"] & (summary["scenario"] == REFERENCE)]
    beside = summary[keys].merge(reference[[*keys, "net_present_value"]], how="left", on=keys)
    difference = summary["net_present_value"].to_numpy() - beside["net_present_value"].to_numpy()
    found = []
    for appraisal, scenario, better in zip(
        summary["appraisal"], summary["scenario"], difference, strict=True
    ):
        expected = economics.scenarios_of(appraisal)[scenario].expected
        sides = {"better": better >= 0, "worse": better <= 0}
        found.append(bool(sides[expected]) if expected else None)
    place = summary.columns.get_loc("case") + 1
    summary.insert(place, "as_expected", pd.Series(found, dtype="boolean"))
    return summary


def _in_order(frame: pd.DataFrame, economics: Economics) -> pd.DataFrame:
    """Return rows by appraisal, then as they were made: group by group, analysis by analysis."""
    order = {name: i for i, name in enumerate(economics.appraisals)}
    by = frame["appraisal"].map(order)
    return frame.iloc[np.argsort(by, kind="stable")].reset_index(drop=True)


def _rows(
    model: AppraisalModel, analysis: Analysis, group: str, point: Gains, gains: Gains, default: bool
) -> list[dict]:
    """Return the rows of an analysis, one a case: at the estimates, and the draws' distribution."""
    economics, n = model.economics, model.draws.n
    shared = {
        **asdict(analysis),
        "default": default,
        "group": group,
        "calculated": group not in economics.not_calculated,
        "n_treatment": model.treated[group],
        "counted": ";".join(model.counted(analysis, group)),
        "cost_per_head": float(point.total_cost),
        # Means of the draws, so that their ratio is that of cost_effectiveness.
        "public_cost_per_head": float(np.mean(gains.public_cost)),
        "health_per_head": float(np.mean(gains.health)),
    }
    cost = np.broadcast_to(gains.total_cost, n)
    rows = []
    for name, case in economics.cases.items():
        benefit = np.broadcast_to(gains.of(case.parties), n)
        own_cost = gains.cost_to(case.parties)
        rows.append(
            {
                **shared,
                "case": name,
                "benefit_per_head": float(point.of(case.parties)),
                **_distribution(
                    "return_per_pound", point.of(case.parties) / point.total_cost, benefit / cost
                ),
                **_distribution("net_present_value", point.net(case), benefit - own_cost),
                **_benefit_cost_ratio(case.parties, point, gains, n),
                "probability_return_above_one": float((benefit > cost).mean()),
                "probability_benefit_above_zero": float((benefit > 0).mean()),
                "probability_public_saving": float(np.mean(gains.public_cost <= 0)),
                "draws": n,
                "price_year": economics.price_year,
            }
        )
    return rows


def _benefit_cost_ratio(
    parties: list[Party], point: Gains, gains: Gains, n: int
) -> dict[str, float]:
    """Return gains of parties outside the perspective, the public sector, over its net cost, and
    how likely these are above it.

    Missing where the programme saves the public sector money, for there a ratio has no meaning
    (Green Book, chapter 5), and for a case about that sector alone. A draw that saves money has no
    ratio either, so its interval is missing if there is one; the probability counts such a draw by
    whether gains exceed the net cost.
    """
    name = "benefit_cost_ratio"
    outside = [party for party in parties if party not in gains.perspective]
    if not outside or point.public_cost <= 0:
        missing = _distribution(name, np.nan, np.full(2, np.nan))
        return missing | {f"probability_{name}_above_one": np.nan}
    public, gained = np.broadcast_to(gains.public_cost, n), gains.of(outside)
    ratio = gained / public if public.min() > 0 else np.full(2, np.nan)
    return {
        **_distribution(name, point.of(outside) / point.public_cost, ratio),
        f"probability_{name}_above_one": float(np.mean(gained > public)),
    }


def _distribution(name: str, value: Number, draws: Number) -> dict[str, float]:
    """Return value, the middle 95% of the draws, and the Monte Carlo error of their mean."""
    draws = np.atleast_1d(draws)
    certain = draws.strides == (0,) or len(draws) == 1 or np.isnan(draws[0])
    low, high = (draws[0], draws[0]) if certain else np.quantile(draws, INTERVAL)
    error = 0.0 if certain else draws.std(ddof=1) / np.sqrt(len(draws))
    return {
        name: float(value),
        f"{name}_ci_low": float(low),
        f"{name}_ci_high": float(high),
        f"{name}_monte_carlo_error": float(error if low == low else low),
    }


def _parties(analysis: Analysis, group: str, n: int, point: Gains) -> list[dict]:
    """Return who gains and who pays: rows of the programme, of benefits, and of their total."""
    items = {"programme": {payer: -float(amount) for payer, amount in point.cost.items()}}
    for name, item in point.items.items():
        items[name] = {party: float(item.of([party])) + 0.0 for party in item.shares}
    items["total"] = {
        party: sum(gains.get(party, 0.0) for gains in items.values()) for party in PARTIES
    }
    return [
        {
            "appraisal": analysis.appraisal,
            "scenario": analysis.scenario,
            "group": group,
            "n_treatment": n,
            "item": name,
            **{party: gains.get(party, 0.0) for party in PARTIES},
            "society": sum(gains.values()),
        }
        for name, gains in items.items()
    ]


class _Kept:
    """Draws of each appraisal's reference and group, in columns that are made once, for memory."""

    def __init__(self, economics: Economics, n: int):
        self._economics, self._n, self._filled = economics, n, 0
        rows = len(economics.appraisals) * len(economics.groups) * n
        self._columns: dict[str, np.ndarray] = {
            "appraisal": np.empty(rows, np.int8),
            "group": np.empty(rows, np.int8),
            "draw": np.empty(rows, np.int32),
        }
        self._columns |= {name: np.empty(rows) for name in [*AMOUNTS, *economics.cases]}

    def add(self, analysis: Analysis, group: str, gains: Gains) -> None:
        economics = self._economics
        amounts = [gains.total_cost, gains.public_cost, gains.health, gains.health_worth]
        values = {
            "appraisal": list(economics.appraisals).index(analysis.appraisal),
            "group": economics.groups.index(group),
            "draw": np.arange(1, self._n + 1),
            **dict(zip(AMOUNTS, amounts, strict=True)),
            **{name: gains.of(case.parties) for name, case in economics.cases.items()},
        }
        for name, value in values.items():
            self._columns[name][self._filled : self._filled + self._n] = value
        self._filled += self._n

    def frame(self) -> pd.DataFrame:
        known = {"appraisal": list(self._economics.appraisals), "group": self._economics.groups}
        names = {k: pd.Categorical.from_codes(self._columns[k], v) for k, v in known.items()}
        return pd.DataFrame(self._columns | names, copy=False)
