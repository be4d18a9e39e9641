"""Fidelity to IPS by item, site and round of reviews, with totals, their band, and the change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import Layout, TableColumn, TableExhibit, TableName, default_layout
from ...config.refs import Place
from ...disclosed import Class
from ...lazy import np, pd
from ..cells import as_frame, cell, joined, source_of
from ..fidelity import IPS25
from ..formats import round_half_up

if TYPE_CHECKING:
    from ..data import Data

CHANGE = "change"


class FidelityTable(TableExhibit):
    """Fidelity to IPS by item, site and round of reviews, with totals, their band, and the change.

    Panel site, row item, total_score and fidelity_band; column round_<n>, the mean over the
    services reviewed, and change, from the first round to the last, of the services in both.
    """

    kind: Literal["fidelity_table"]
    disclosure: ClassVar[Class | None] = "no data"
    layout: Layout = default_layout(rows=["row"], columns=["panel", "column"])
    reviews: TableName = Field(description="Table of the extracts, one row a review.")
    table: TableName = Field(description="Table of the extracts, one row an item of a review.")
    key: TableColumn = Field(description="Column that both tables have.")
    item: TableColumn = Field(description="Column of the items that makes the rows.")
    score: TableColumn = Field(description="Column of the items with the score.")
    site: str = Field(description="Column of the reviews that makes the panels.")
    service: str = Field(description="Column of the reviews that names the service reviewed.")
    round: str = Field(description="Column of the reviews that numbers the rounds.")

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The reviews have the key, the site, the service and the round."""
        yield from super().problems(place)
        table = place.config.extracts.tables.get(self.reviews)
        for key in ("key", "site", "service", "round"):
            name = getattr(self, key)
            if table is not None and name not in table.columns:
                yield key, f"'{name}' is no column of table '{self.reviews}'"

    def cells(self, data: Data) -> pd.DataFrame:
        """Mean scores by item and site; of the total the band as well."""
        reviews, items = data.records(self.reviews), data.records(self.table)
        columns = [self.key, self.site, self.service, self.round]
        scored = items.merge(reviews[columns], on=self.key, validate="many_to_one")
        names = list(dict.fromkeys(items[self.item].astype(str)))
        cells = []
        for site in sorted(reviews[self.site].unique()):
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
