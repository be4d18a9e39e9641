"""Fidelity to IPS by item, site and round of reviews, with totals, their band, and the change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...lazy import np, pd
from ..cells import as_frame, cell, joined, source_of
from ..fidelity import IPS25
from ..formats import round_half_up
from ..reviews import ReviewTable

if TYPE_CHECKING:
    from ..data import Data

CHANGE = "change"


class FidelityTable(ReviewTable):
    """Fidelity to IPS by item, site and round of reviews, with totals, their band, and the change.

    Panel site, row item, total_score and fidelity_band; column round_<n>, the mean over the
    services reviewed, and change, from the first round to the last, of the services in both.
    """

    kind: Literal["fidelity_table"]
    of_reviews: ClassVar[tuple[str, ...]] = ("site", "service", "round")
    site: str = Field(description="Column of the reviews that makes the panels.")
    service: str = Field(description="Column of the reviews that names the service reviewed.")
    round: str = Field(description="Column of the reviews that numbers the rounds.")

    def cells(self, data: Data) -> pd.DataFrame:
        """Mean scores by item and site; of the total the band as well."""
        scored = self.scored(data)
        names = list(dict.fromkeys(scored[self.item].astype(str)))
        cells = []
        for site in sorted(data.records(self.reviews)[self.site].unique()):
            own = scored[scored[self.site] == site]
            for name in names:
                of_item = own[own[self.item] == name]
                cells += self._row(site, name, of_item.set_index([self.service, self.round]))
            # An item without a score lowers what there is to reach, so the total is scaled up.
            totals = own.groupby([self.service, self.round])[[self.score]].mean() * IPS25.items
            cells += self._row(site, "total_score", totals)
            cells += self._bands(site, totals)
        return as_frame(cells)

    def _row(self, site: str, row: str, scores: pd.DataFrame) -> list[dict[str, Any]]:
        by_round = scores[self.score].astype(float).unstack()
        means = {f"round_{n}": by_round[n].mean() for n in by_round.columns}
        if len(means) > 1:
            first, *_, last = by_round.columns
            means[CHANGE] = (by_round[last] - by_round[first]).mean()
        return [self._cell(site, row, column, value) for column, value in means.items()]

    def _cell(self, site: str, row: str, column: str, value: float) -> dict[str, Any]:
        text = "-" if np.isnan(value) else round_half_up(value, 1)
        text = f"+{text}" if column == CHANGE and value > 0 else text
        keys = (site, row, column)
        source = self._source(site, None if row == "total_score" else row)
        return cell(*keys, "score", value, text, "points", pd.NA, source=source)

    def _bands(self, site: str, totals: pd.DataFrame) -> Iterator[dict[str, Any]]:
        by_round = totals[self.score].unstack()
        for n in by_round.columns:
            keys = (site, "fidelity_band", f"round_{n}", "text")
            band = IPS25.band(float(by_round[n].mean()))
            yield cell(*keys, np.nan, band, "", pd.NA, source=self._source(site, None))

    def _source(self, site: str, item: str | None) -> str:
        return joined(
            source_of("extracts", self.reviews, **{self.site: site}),
            source_of("extracts", self.table, **{self.item: item}, column=self.score),
        )
