"""Verdicts on the same hypotheses when different families of them are tested together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import TableExhibit, TestsName
from ...config.refs import Ref
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import p_value
from ..tested import outcome_label, tested_effect

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class VerdictsTable(TableExhibit):
    """Verdicts on the same hypotheses when different families of them are tested together.

    Panel analysis group, row outcome; column effect, p_value and one for each of the tests, empty
    where they do not have the hypothesis. The verdict is followed by the adjusted p-value.
    """

    kind: Literal["verdicts_table"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    tests: dict[TestsName, str] = Field(
        min_length=2, description="Tests of models.yaml -> key of the column; the reported first."
    )
    method: Annotated[str, Ref("test_methods")] = Field(description="Method of all the tests.")
    level: float = Field(0.05, gt=0, lt=1, description="Significance level.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Effect, p-value, and the verdict of each family of tests; panel group, row outcome."""
        tested = {}
        for name in self.tests:
            estimates = data.impact(name)
            tested[name] = estimates[estimates["model"] == self.method].set_index(
                ["group", "outcome"]
            )
        cells = []
        for group, outcome in dict.fromkeys(
            key for table in tested.values() for key in table.index
        ):
            keys = (group, outcome_label(data, outcome))
            at = (group, outcome)
            here = {name: table.loc[at] for name, table in tested.items() if at in table.index}
            sources = {
                name: source_of("impact", name, group=group, outcome=outcome, model=self.method)
                for name in here
            }
            first, line = next(iter(here.items()))
            n, p, source = line["n"], line["p_value"], sources[first]
            cells.append(tested_effect(keys, line, data, source=source))
            cells.append(cell(*keys, "p_value", "p_value", p, p_value(p), "p", n, source=source))
            for name, line in here.items():
                p = line["p_adjusted"]
                text = f"{'Yes' if p < self.level else 'No'} ({p_value(p)})"
                cells.append(
                    cell(
                        *keys,
                        self.tests[name],
                        "p_value",
                        p,
                        text,
                        "verdict",
                        n,
                        source=sources[name],
                    )
                )
        return as_frame(cells)
