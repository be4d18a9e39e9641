"""Harms: people with each event, by arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import TableExhibit
from ...config.refs import Place, Ref
from ...disclosed import KNOWN, Class, Counts
from ...disclosed_estimates import selected
from ...lazy import pd
from ..by_arm import OVERALL, arms_of, source_by_arm
from ..cells import as_frame, cell
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...config.declared import TrialConfig
    from ..data import Data


class Harms(TableExhibit):
    """People with each harm, by arm: number and share of those known, and how many are known.

    Harms are shown whatever their number, and no test is made of each: that an effect is not
    significant does not show that there is none.
    """

    kind: Literal["harms"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    many_arms: ClassVar[bool] = True
    own_labels: ClassVar[dict[str, str]] = {
        "with_event": "With the event, n (%)",
        "known": "Known",
        OVERALL: "Overall",
    }
    outcomes: list[Annotated[str, Ref("derived")]] = Field(
        min_length=1, description="Outcomes that are yes or no (unit proportion), in order."
    )
    sample: Annotated[str, Ref("samples")] | None = Field(
        None, description="Sample of those at risk, such as everybody treated; everybody if absent."
    )

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """A harm is yes or no of each person."""
        yield from super().problems(place)
        for name in self.outcomes:
            unit = place.config.outcomes.units.get(name)
            if unit not in (None, "proportion"):
                yield (
                    "outcomes",
                    f"'{name}' has the unit {unit}; a harm is yes or no of each person",
                )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People with an event, among those of whom it is known."""
        among = selected(cell.source).met({cell.panel: KNOWN})
        if cell.statistic == "base":
            return Counts("frequencies", "base", among)
        role: Literal["count", "share"] = "count" if cell.statistic == "count" else "share"
        inside = among.met({cell.panel: "1"})
        return Counts("frequencies", role, inside, among if role == "share" else None)

    def cells(self, data: Data) -> pd.DataFrame:
        """Panel harm, rows with_event and known, column arm or overall."""
        sample = {f"sample_{self.sample}": "1"} if self.sample else {}
        cells = []
        for name in self.outcomes:
            for column, (code, inside) in arms_of(data, self.sample).items():
                known = data.people.loc[inside, name].dropna()
                n, events = len(known), int((known == 1).sum())
                share = 100 * events / n if n else float("nan")
                text = f"({round_half_up(share, 1)}%)" if n else "-"
                source = source_by_arm(code, name, **sample)
                for row, statistic, value, printed in (
                    ("with_event", "count", events, grouped(events)),
                    ("with_event", "percent", share, text),
                    ("known", "base", n, grouped(n)),
                ):
                    unit = "percent" if statistic == "percent" else "people"
                    cells.append(
                        cell(name, row, column, statistic, value, printed, unit, n, source=source)
                    )
        return as_frame(cells)
