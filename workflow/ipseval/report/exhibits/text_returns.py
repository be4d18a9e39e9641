"""Returns for each pound spent that the running text states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.base import Section
from ...config.exhibits import AppraisedGroup, CaseName, TableExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import pd
from ..appraised import headline, source_of_headline
from ..cells import as_frame, cell
from ..formats import grouped, money

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class StatedReturn(Section):
    """The return of one group in one case."""

    group: AppraisedGroup = Field(description="Group appraised.")
    case: CaseName = Field(description="Case of the appraisal.")
    in_pence: bool = Field(False, description="Whether the text gives pence for each pound.")


class TextReturns(TableExhibit):
    """Returns for each pound spent that the running text states; of the first appraisal."""

    kind: Literal["text_returns"]
    disclosure: ClassVar[Class | None] = "model output"
    reads: ClassVar[tuple[str, ...]] = ("summary",)
    claims: dict[str, StatedReturn] = Field(min_length=1, description="Statement -> return.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """One row a statement; panel the group, column treatment."""
        symbol, cells = data.config.trial.currency, []
        for name, claim in self.claims.items():
            lines = headline(data, None, claim.case)
            line = next(one for one in lines.itertuples() if one.group == claim.group)
            value = float(line.return_per_pound)
            keys = (claim.group, name, "treatment")
            source = source_of_headline(line, "return_per_pound")
            if claim.in_pence:
                value *= 100
                text, statistic, unit = f"{grouped(value)}p", "pence", "pence"
            else:
                text, statistic, unit = money(value, symbol, 2), "ratio", "gbp_per_gbp"
            n = line.n_treatment
            cells.append(cell(*keys, statistic, value, text, unit, n, source=source))
        return as_frame(cells)
