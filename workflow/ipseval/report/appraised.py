"""What exhibits of an appraisal share: which one they are of, its headline, numbers as printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from ..config.exhibits import FigureExhibit
from ..config.refs import Place, Ref
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
    return ", ".join([labels[0], *map(continued, labels[1:])])


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
