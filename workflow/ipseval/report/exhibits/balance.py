"""Baseline means by arm with standardised differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ... import arms
from ...config.exhibits import TableExhibit
from ...config.refs import Ref
from ...disclosed import KNOWN, Class, Counts
from ...disclosed_estimates import selected
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class Balance(TableExhibit):
    """Baseline means by arm with standardised differences."""

    kind: Literal["balance"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    covariates: list[Annotated[str, Ref("declared_covariates")]] = Field(
        min_length=1, description="Covariates compared."
    )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """A share of a category among people who have one; means and differences follow them."""
        among = selected(cell.source).met({cell.panel: KNOWN})
        unit = config.outcomes.units.get(cell.panel)
        if cell.statistic == "mean" and unit in ("proportion", "category"):
            value = "1" if cell.row == "mean" else cell.row
            return Counts("frequencies", "share", among.met({cell.panel: value}), among)
        averaged = cell.panel if cell.statistic == "mean" else ""
        return Counts("linear aggregation", "follows", among=among, averaged=averaged)

    def cells(self, data: Data) -> pd.DataFrame:
        """Means by arm and standardised difference; panel covariate, row category or "mean"."""
        declared = data.config.outcomes.covariates
        treated = arms.treated(data.people)
        cells = []
        for name in self.covariates:
            values = data.people[name]
            if pd.api.types.is_numeric_dtype(values):
                parts = {"mean": values.astype(float)}
            else:
                known = values.notna()
                order = values.value_counts().index
                parts = {c: (values == c).astype(float).where(known) for c in order}
            unit = declared[name].unit
            decimals = 2 if unit in ("proportion", "category") else 1
            for row, x in parts.items():
                t, c = x[treated].dropna(), x[~treated].dropna()
                spread = np.sqrt((t.var() + c.var()) / 2)
                difference = (t.mean() - c.mean()) / spread if spread > 0 else 0.0
                add = [
                    ("treatment", "mean", t.mean(), grouped(t.mean(), decimals), len(t), 1),
                    ("control", "mean", c.mean(), grouped(c.mean(), decimals), len(c), 0),
                    (
                        "standardised_difference",
                        "sd_effect",
                        difference,
                        round_half_up(difference, 3),
                        len(t) + len(c),
                        None,
                    ),
                ]
                for column, statistic, value, printed, n, arm in add:
                    source = source_of("people", arm=arm, column=name)
                    cells.append(
                        cell(name, row, column, statistic, value, printed, unit, n, source=source)
                    )
        return as_frame(cells)
