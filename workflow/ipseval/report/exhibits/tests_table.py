"""Hypotheses tested together: effect, p-values, and those adjusted by each method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import TableExhibit, TestsName
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, p_value
from ..tested import outcome_label, tested_effect

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

RANDOMISATION = "westfall_young"


class TestsTable(TableExhibit):
    """Hypotheses tested together: effect, p-values, and those adjusted by each method.

    Panel analysis group, row outcome; column effect, p_value, randomisation (if the method
    westfall_young is there) and the methods.
    """

    kind: Literal["tests_table"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    tests: TestsName = Field(description="Tests of models.yaml.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Effect and p-values, of randomisation and adjusted too; panel group, row outcome."""
        tests = data.config.models.tests[self.tests]
        table, cells = data.impact(self.tests), []
        for (group, outcome), part in table.groupby(["group", "outcome"], sort=False):
            by_method = part.set_index("model")
            # Every method but re-randomisation leaves the model's own p-value as it is.
            plain = [method for method in tests.methods if method != RANDOMISATION]
            keys, n = (group, outcome_label(data, outcome)), part["n"].iloc[0]
            at = {"group": group, "outcome": outcome}
            first = source_of("impact", self.tests, **at, model=part["model"].iloc[0])
            cells.append(tested_effect(keys, part.iloc[0], data, source=first))
            columns = {"p_value": (plain[0], "p_value")} if plain else {}
            if RANDOMISATION in tests.methods:
                columns["randomisation"] = (RANDOMISATION, "p_value")
            columns |= {method: (method, "p_adjusted") for method in tests.methods}
            for column, (method, which) in columns.items():
                p = by_method.loc[method, which]
                source = source_of("impact", self.tests, **at, model=method)
                cells.append(cell(*keys, column, "p_value", p, p_value(p), "p", n, source=source))
            cells.append(cell(*keys, "n", "base", n, grouped(n), "people", n, source=first))
        return as_frame(cells)
