"""How many people lack each outcome, by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import TableExhibit
from ...config.refs import Ref
from ...disclosed import KNOWN, Class, Counts
from ...disclosed_estimates import selected
from ...lazy import pd
from ..by_arm import OVERALL, arms_of, source_by_arm
from ..cells import as_frame, cell
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class MissingByArm(TableExhibit):
    """People whose outcome is known, by arm: number and share of those randomised."""

    kind: Literal["missing_by_arm"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    many_arms: ClassVar[bool] = True
    own_labels: ClassVar[dict[str, str]] = {
        "people": "People",
        "randomised": "Randomised",
        OVERALL: "Overall",
    }
    outcomes: list[Annotated[str, Ref("derived")]] = Field(
        min_length=1, description="Outcomes, in order."
    )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People of whom an outcome is known, among those randomised."""
        among = selected(cell.source)
        if cell.row == "randomised":
            return Counts("frequencies", "count", among)
        inside = among.met({cell.row: KNOWN})
        if cell.statistic == "count":
            return Counts("frequencies", "count", inside)
        # That an outcome is known tells nothing of those of whom it is, also where they are all.
        return Counts("frequencies", "share", inside, among, trait=False)

    def cells(self, data: Data) -> pd.DataFrame:
        """Panel people, row randomised or outcome, column arm or overall."""
        cells = []
        for row in ("randomised", *self.outcomes):
            for column, (code, inside) in arms_of(data).items():
                whole = int(inside.sum())
                n = whole if row == "randomised" else int(data.people.loc[inside, row].count())
                source = source_by_arm(code, None if row == "randomised" else row)
                keys = ("people", row, column)
                cells.append(cell(*keys, "count", n, grouped(n), "people", whole, source=source))
                if row != "randomised":
                    share = 100 * n / whole if whole else float("nan")
                    text = f"({round_half_up(share, 1)}%)" if whole else "-"
                    at = (*keys, "percent", share, text, "percent", whole)
                    cells.append(cell(*at, source=source))
        return as_frame(cells)
