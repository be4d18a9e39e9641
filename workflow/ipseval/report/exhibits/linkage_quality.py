"""People linked to each source, by group and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ...config.exhibits import TableExhibit
from ...lazy import np, pd
from ..cells import as_frame, cell
from ..formats import grouped, p_value, round_half_up

if TYPE_CHECKING:
    from ..data import Data

ARM = {"1": "treatment", "0": "control"}


class LinkageQuality(TableExhibit):
    """People linked to each source, by group and arm."""

    kind: Literal["linkage_quality"]
    reads: ClassVar[tuple[str, ...]] = (
        "quality",
        "methods",
    )

    def cells(self, data: Data) -> pd.DataFrame:
        """People, linkable and linked; panel source, row trial group and arm."""
        cells = []
        for line in data.quality.itertuples():
            arm = ARM.get(str(line.arm), "both arms")
            row = f"{line.trial_group}, {arm}" if line.source != "none" else "all"
            n = line.people
            cells.append(cell(line.source, row, "people", "count", n, grouped(n), "people", n))
            if line.source == "none":
                cells.append(cell("none", row, "linked", "count", np.nan, line.note, "people", n))
                continue
            for column in ("linkable", "linked"):
                value = getattr(line, column)
                share = 100 * value / n
                text = f"{round_half_up(share, 1)}%"
                cells += [
                    cell(line.source, row, column, "count", value, grouped(value), "people", n),
                    cell(line.source, row, f"{column}_share", "percent", share, text, "percent", n),
                ]
            for column in ("unlinked", "fits_two", "several_suppliers"):
                value = getattr(line, column)
                if not np.isnan(value):
                    cells.append(
                        cell(line.source, row, column, "count", value, grouped(value), "people", n)
                    )
            if not np.isnan(line.p_value):
                p = line.p_value
                cells.append(cell(line.source, row, "p", "p_value", p, p_value(p), "p", n))
            for column in ("precision", "recall"):
                value = getattr(line, column)
                if not np.isnan(value):
                    text = round_half_up(value, 4)
                    cells.append(cell(line.source, row, column, "share", value, text, "share", n))
        return as_frame(cells)
