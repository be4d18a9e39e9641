"""Probabilities of links against the known truth of synthetic people, by band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...config.exhibits import TableExhibit
from ...disclosed import Class, Counts, tally
from ...lazy import pd
from ..cells import as_frame, cell, read_source, share_cell, source_of
from ..formats import grouped

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class LinkageCalibration(TableExhibit):
    """Probabilities of links against the known truth of synthetic people, by band.

    Panel source and pass, row band of the probability; column pairs, mean_score and share_right.
    A trial without a probabilistic pass has no row.
    """

    kind: Literal["linkage_calibration"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("calibration",)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Pairs of a band, and the right ones among them."""
        _, keys = read_source(cell.source)[0]
        where = {name: values[0] for name, values in keys.items()}
        pairs = tally("calibration", "pairs", where)
        if cell.column == "share_right":
            right = tally("calibration", "pairs", where, "right")
            return Counts("frequencies", "share", right, pairs, trait=False)
        if cell.column == "mean_score":
            return Counts("linear aggregation", "follows", among=pairs)
        return Counts("frequencies", "count", pairs)

    def cells(self, data: Data) -> pd.DataFrame:
        """Pairs, their mean probability and the share right; n is the pairs."""
        cells = []
        for line in data.table("calibration").rename(columns={"pass": "step"}).itertuples():
            n = line.pairs
            keys = (f"{line.source}, {line.step}", f"{line.low:g} to {line.high:g}")
            source = source_of(
                "calibration", **{"source": line.source, "pass": line.step, "low": line.low}
            )
            cells += [
                cell(*keys, "pairs", "count", n, grouped(n), "pairs", n, source=source),
                share_cell(*keys, "mean_score", line.mean_score, n, source=source),
                share_cell(*keys, "share_right", line.share_right, n, source=source),
            ]
        return as_frame(cells)
