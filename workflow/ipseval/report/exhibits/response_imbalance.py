"""Response rates by arm, and the verdict of a rule on how far they may differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FamilyName, ModelName, TableExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import DECLARED, as_frame, cell, joined
from ..formats import p_value, round_half_up
from ..tested import source_of_line

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class ResponseImbalance(TableExhibit):
    """Response rates by arm, and the verdict of a rule on how far they may differ.

    Panel outcome, row analysis group. Response is imbalanced where the difference is larger than
    `threshold` in either direction and its p-value is below `level`.
    """

    kind: Literal["response_imbalance"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "one_row"
    family: FamilyName = Field(
        description="Impact family whose outcomes are responding to a survey."
    )
    model: ModelName = Field(description="Model shown.")
    threshold: float = Field(ge=0, description="Largest difference allowed, percentage points.")
    level: float = Field(gt=0, lt=1, description="Significance level.")
    consequence: str = Field(description="What follows where response is imbalanced.")
    otherwise: str = Field(description="What follows where it is not.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Response by arm, difference, interval, p-value and verdict; panel survey, row group."""
        family = data.config.models.families[self.family]
        estimates = data.impact(self.family)
        cells: list[dict[str, Any]] = []
        for outcome in family.outcomes:
            lines = estimates[
                (estimates["outcome"] == outcome) & (estimates["model"] == self.model)
            ]
            for line in lines.itertuples():
                cells += _response(line, imbalanced(line, self.threshold, self.level), self)
        return as_frame(cells)


def imbalanced(line: Any, threshold: float, level: float) -> bool:
    """Return whether response differs by more than the threshold (points), and not by chance."""
    return bool(abs(100 * line.estimate) > threshold and line.p_value < level)


def _response(line: Any, verdict: bool, spec: ResponseImbalance) -> Iterator[dict[str, Any]]:
    label, group, n = line.outcome, line.group, line.n
    source = source_of_line(spec.family, line)
    for column, share, base in (
        ("treatment", line.mean_treatment, line.n_mean_treatment),
        ("control", line.mean_control, line.n_mean_control),
    ):
        text = f"{round_half_up(100 * share, 1)}%"
        yield cell(
            label, group, column, "percent", 100 * share, text, "percent", base, source=source
        )
    points, p = 100 * line.estimate, line.p_value
    ends = [round_half_up(100 * end, 1) for end in (line.ci_low, line.ci_high)]
    yield cell(
        label,
        group,
        "difference",
        "ppt",
        points,
        round_half_up(points, 1),
        "points",
        n,
        source=source,
    )
    yield cell(
        label, group, "interval_low", "ppt", 100 * line.ci_low, ends[0], "points", n, source=source
    )
    yield cell(
        label,
        group,
        "interval_high",
        "ppt",
        100 * line.ci_high,
        ends[1],
        "points",
        n,
        source=source,
    )
    yield cell(label, group, "p_value", "p_value", p, p_value(p), "p", n, source=source)
    word = "Imbalanced" if verdict else "Not imbalanced"
    # The rule is declared.
    source = joined(source, DECLARED)
    yield cell(label, group, "verdict", "verdict", float(verdict), word, "", n, source=source)
    follows = spec.consequence if verdict else spec.otherwise
    yield cell(label, group, "what_follows", "text", np.nan, follows, "", n, source=source)
