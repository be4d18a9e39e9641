"""Links that agree exactly and that all other evidence contradicts: held back, by group and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...arms import CODES
from ...config.exhibits import TableExhibit
from ...disclosed import TRUTH, Class, Counts, Key, Sum, tally
from ...lazy import pd
from ..cells import as_frame, cell, read_source, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

ARM = {str(code): arm for arm, code in CODES.items()} | {"all": "both arms"}


class LinkageQuarantine(TableExhibit):
    """Links that agree exactly and that all other evidence contradicts, by group and arm.

    Panel source, row pass, and for a pass that has some also trial group and arm; column people,
    records, right (true links among them) and lost (those as a share of all true links); the last
    two of synthetic people.
    """

    kind: Literal["linkage_quarantine"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("quarantine",)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People and records held back, of the groups and arms that the row names."""
        _, keys = read_source(cell.source)[0]
        if cell.column in ("right", "lost"):
            return Counts("ratios", undeclared=TRUTH)
        where = {name: values[0] for name, values in keys.items()}
        return Counts("frequencies", "count", tally("quarantine", cell.column, where))

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Groups and arms that have some sum to all; the others have none and are not shown."""
        found: dict[Key, list[Key]] = {}
        for line in cells[cells["column"].isin(["people", "records"])].itertuples():
            _, keys = read_source(line.source)[0]
            where = {name: values[0] for name, values in keys.items()}
            part = tally("quarantine", line.column, where)
            whole = part.met({"trial_group": "all", "arm": "all"})
            parts = found.setdefault(whole, [])
            if part != whole and "all" not in (where["trial_group"], where["arm"]):
                parts.append(part)
        return [(whole, parts) for whole, parts in found.items() if parts]

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
