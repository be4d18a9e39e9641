"""Links that agree exactly and that all other evidence contradicts: held back, by group and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ...arms import CODES
from ...config.exhibits import TableExhibit
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ..data import Data

ARM = {str(code): arm for arm, code in CODES.items()} | {"all": "both arms"}


class LinkageQuarantine(TableExhibit):
    """Links that agree exactly and that all other evidence contradicts, by group and arm.

    Panel source, row pass, and for a pass that has some also trial group and arm; column people,
    records, right (true links among them) and lost (those as a share of all true links); the last
    two of synthetic people.
    """

    kind: Literal["linkage_quarantine"]
    withheld: ClassVar[str] = "The people behind each reason are not declared."
    reads: ClassVar[tuple[str, ...]] = ("quarantine",)

    def cells(self, data: Data) -> pd.DataFrame:
        """People and records held back; n is the people."""
        cells = []
        table = data.table("quarantine").rename(columns={"pass": "step"})
        for line in table.itertuples():
            whole = (line.trial_group, line.arm) == ("all", "all")
            if not whole and not line.people:
                continue
            part = "" if whole else f", {line.trial_group}, {ARM.get(str(line.arm), line.arm)}"
            where = {"source": line.source, "pass": line.step, "trial_group": line.trial_group}
            source = source_of("quarantine", **where, arm=line.arm)
            keys, n = (line.source, f"{line.step}{part}"), line.people
            for column in ("people", "records", "right"):
                value = getattr(line, column)
                if not pd.isna(value):
                    text = grouped(value)
                    cells.append(
                        cell(*keys, column, "count", value, text, "links", n, source=source)
                    )
            if whole and not pd.isna(line.right) and line.true:
                share = 100 * line.right / line.true
                text = f"{round_half_up(share, 3)}%"
                cells.append(
                    cell(*keys, "lost", "percent", share, text, "percent", n, source=source)
                )
        return as_frame(cells)
