"""What exhibits of an appraisal share: which one they are of, its headline, numbers as printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from ..config.exhibits import FigureExhibit
from ..config.quantities import Amount
from ..config.refs import Place, Ref
from ..economics.behind import numbers_behind
from ..lazy import np
from .cells import source_of
from .formats import continued, grouped

if TYPE_CHECKING:
    import pandas as pd

    from .data import Data


class AppraisalFigure(FigureExhibit):
    """What every figure of an appraisal declares."""

    appraisal: Annotated[str, Ref("appraisals")] | None = Field(
        None, description="Appraisal; the first one if absent."
    )


def qaly_problems(spec: AppraisalFigure, place: Place) -> Iterator[tuple[str, str]]:
    """Yield why a figure of thresholds cannot be of an appraisal: they are values of a QALY."""
    economics = place.config.economics
    if economics is None:
        return
    name = spec.appraisal or next(iter(economics.appraisals))
    if name in economics.appraisals and economics.years_of(name) != "qaly":
        yield (
            "appraisal",
            f"'{name}' gains no QALYs; thresholds are values of a QALY, and no other year is held "
            "against them",
        )


def chosen(spec: AppraisalFigure, data: Data) -> str:
    """Return the appraisal that a plot is of."""
    return spec.appraisal or next(iter(data.economics.appraisals))


def headline(data: Data, appraisal: str | None, case: str) -> pd.DataFrame:
    """Return the summary of an appraisal's reference, as declared: one row a group."""
    summary = data.table("summary")
    appraisal = appraisal or next(iter(data.economics.appraisals))
    chosen = (
        (summary["appraisal"] == appraisal)
        & (summary["scenario"] == "reference")
        & summary["default"]
        & (summary["case"] == case)
    )
    return summary[chosen]


def tabulated(data: Data, appraisal: str) -> list[float]:
    """Return the thresholds that an appraisal is shown at, of a trial that declares some."""
    thresholds = data.economics.thresholds_of(appraisal)
    if not thresholds:
        raise LookupError("the exhibit needs a threshold in economics.yaml")
    return thresholds


def source_of_headline(line: Any, column: str) -> str:
    """Return the source of a column of a line of the headline, as itertuples gives it."""
    return source_of(
        "summary",
        appraisal=line.appraisal,
        scenario=line.scenario,
        default=line.default,
        case=line.case,
        group=line.group,
        column=column,
    )


def contrary(results: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the summary in which a scenario is not as its label makes expect."""
    return results[results["as_expected"].astype(str) == "False"]


def scenario_texts(results: pd.DataFrame, data: Data) -> dict[tuple[str, str], str]:
    """Return what the scenarios of rows of the summary are called, by appraisal and scenario: their
    label, or what they set where in some row they are not as the label makes expect; or, whatever
    their values, wherever something is expected of them (data.by_setting)."""
    keys = ["appraisal", "scenario"]
    odd = set(contrary(results)[keys].itertuples(index=False, name=None))
    if data.by_setting:
        odd = {
            key for key in results[keys].itertuples(index=False, name=None) if _is_tested(key, data)
        }
    cases = dict(results.groupby(keys, sort=False)["case"].unique())
    return {
        key: _what_it_sets(data, key[0], key[1], list(cases[key]))
        if key in odd
        else data.label(key[1])
        for key in cases
    }


def _is_tested(key: tuple[str, str], data: Data) -> bool:
    """Return whether something is expected of a scenario, given as appraisal and scenario."""
    return data.economics.scenarios_of(key[0])[key[1]].expected is not None


def _what_it_sets(data: Data, appraisal: str, scenario: str, cases: list[str]) -> str:
    """Return what a scenario sets of the numbers that an appraisal uses, and for how long."""
    economics = data.economics
    declared = economics.scenarios_of(appraisal)[scenario]
    used = numbers_behind(
        economics,
        "summary",
        {
            "appraisal": [appraisal],
            "scenario": [scenario],
            "case": cases,
            "column": ["net_present_value"],
        },
    )
    given = {
        name: value.value if isinstance(value, Amount) else value
        for name, value in declared.set.items()
    }
    texts = [
        f"{name.replace('_', ' ')} {number(value)}" for name, value in given.items() if name in used
    ]
    benefits = economics.appraisals[appraisal].benefits
    years = [declared.horizon_years[name] for name in benefits if name in declared.horizon_years]
    if years:
        texts.append(f"up to {number(max(years))} years")
    return ", ".join(texts).capitalize()


def noticed(results: pd.DataFrame, data: Data) -> list[str]:
    """Return a note on the scenarios that are named by what they set, and where."""
    if data.by_setting:
        tested = results[["appraisal", "scenario"]].itertuples(index=False, name=None)
        if not any(_is_tested(key, data) for key in tested):
            return []
        return ["Scenarios of which something is expected are named by what they set."]
    odd = contrary(results).drop_duplicates(["appraisal", "scenario", "group"])
    if odd.empty:
        return []
    places = []
    for (appraisal, scenario), part in odd.groupby(["appraisal", "scenario"], sort=False):
        groups = ", ".join(map(data.label, part["group"]))
        places.append(f"{data.label(scenario)}, {data.label(appraisal)} ({groups})")
    return [
        "Labelled by their settings, because their net present value is on the other side of the "
        f"reference from what their name suggests: {'; '.join(places)}."
    ]


def number(value: float) -> str:
    """Return a number of any size with a sensible count of decimals."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return grouped(value)
    return grouped(value, 2 if size >= 1 else 4).rstrip("0").rstrip(".")


def row_text(values: list, data: Data) -> str:
    """Return what a row is called: its key if it is one key, the joined labels of several."""
    texts = [_text(value) for value in values]
    if len(texts) == 1:
        return texts[0]
    labels = [data.label(text) for text in texts if text]
    return ", ".join([*labels[:1], *map(continued, labels[1:])])


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else grouped(value)
    return str(value)


def decimals_of(amounts: pd.Series) -> int:
    """Return the decimals of amounts that are printed together: pence where all are small."""
    return 0 if amounts.max() >= 10 else 2


def thousands(amount: float, symbol: str) -> str:
    """Return a round amount in short: £20k."""
    return f"{symbol}{number(amount / 1000)}k"
