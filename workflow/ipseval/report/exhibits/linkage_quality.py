"""People linked to each source, by group and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...arms import CODES
from ...config.exhibits import TableExhibit
from ...disclosed import TRUTH, Class, Counts, Key, key
from ...lazy import np, pd
from ..cells import as_frame, cell, read_source, source_of
from ..formats import grouped, p_value, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

ARM = {str(code): arm for arm, code in CODES.items()}


class LinkageQuality(TableExhibit):
    """People linked to each source, by group and arm."""

    kind: Literal["linkage_quality"]
    disclosure: ClassVar[Class | None] = "frequencies"
    # The prose of a chapter around it tells of the methods.
    reads: ClassVar[tuple[str, ...]] = ("quality", "methods")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People whom a source could be asked about, those found there, and shares of them."""
        if cell.panel == "none":
            return (
                Counts("frequencies", "base", Key())
                if cell.column == "people"
                else Counts("no data")
            )
        _, keys = read_source(cell.source)[0]
        group, arm = keys["trial_group"][0], keys["arm"][0]
        people = key(None if group == "all" else [group], None if arm == "all" else arm)
        if cell.column == "people":
            return Counts("frequencies", "count", people)
        linkable = people.met({f"linkable in {cell.panel}": "1"})
        name = cell.column.removesuffix("_share")
        if name in ("precision", "recall"):
            return Counts("ratios", undeclared=TRUTH)
        if name == "p":
            return Counts("correlation and regression", "follows", among=people)
        found = linkable if name == "linkable" else linkable.met({f"{name} in {cell.panel}": "1"})
        if name in ("unlinked", "fits_two", "several_suppliers"):
            found = people.met({f"{name} in {cell.panel}": "1"})
        if cell.column.endswith("_share"):
            return Counts("frequencies", "share", found, people)
        return Counts("frequencies", "count", found)

    def cells(self, data: Data) -> pd.DataFrame:
        """People, linkable and linked; panel source, row trial group and arm."""
        cells = []
        for line in data.quality.itertuples():
            arm = ARM.get(str(line.arm), "both arms")
            row = f"{line.trial_group}, {arm}" if line.source != "none" else "all"
            n = line.people
            source = source_of(
                "quality", source=line.source, arm=line.arm, trial_group=line.trial_group
            )
            cells.append(
                cell(line.source, row, "people", "count", n, grouped(n), "people", n, source=source)
            )
            if line.source == "none":
                cells.append(
                    cell(
                        "none",
                        row,
                        "linked",
                        "count",
                        np.nan,
                        line.note,
                        "people",
                        n,
                        source=source,
                    )
                )
                continue
            for column in ("linkable", "linked"):
                value = getattr(line, column)
                share = 100 * value / n
                text = f"{round_half_up(share, 1)}%"
                cells += [
                    cell(
                        line.source,
                        row,
                        column,
                        "count",
                        value,
                        grouped(value),
                        "people",
                        n,
                        source=source,
                    ),
                    cell(
                        line.source,
                        row,
                        f"{column}_share",
                        "percent",
                        share,
                        text,
                        "percent",
                        n,
                        source=source,
                    ),
                ]
            for column in ("unlinked", "fits_two", "several_suppliers"):
                value = getattr(line, column)
                if not np.isnan(value):
                    cells.append(
                        cell(
                            line.source,
                            row,
                            column,
                            "count",
                            value,
                            grouped(value),
                            "people",
                            n,
                            source=source,
                        )
                    )
            if not np.isnan(line.p_value):
                p = line.p_value
                cells.append(
                    cell(line.source, row, "p", "p_value", p, p_value(p), "p", n, source=source)
                )
            for column in ("precision", "recall"):
                value = getattr(line, column)
                if not np.isnan(value):
                    text = round_half_up(value, 4)
                    cells.append(
                        cell(
                            line.source,
                            row,
                            column,
                            "share",
                            value,
                            text,
                            "share",
                            n,
                            source=source,
                        )
                    )
        return as_frame(cells)
