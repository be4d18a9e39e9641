"""Tables of scores that items of reviews have; reviews and items are tables about no person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from ..config.base import suggest
from ..config.exhibits import Layout, TableColumn, TableExhibit, TableName, default_layout
from ..config.refs import Place
from ..disclosed import Class

if TYPE_CHECKING:
    from ..lazy import pd
    from .data import Data


class ReviewTable(TableExhibit):
    """A table of the scores of items in reviews."""

    disclosure: ClassVar[Class | None] = "no data"
    # Fields that name columns of the reviews, besides the key.
    of_reviews: ClassVar[tuple[str, ...]]
    layout: Layout = default_layout(rows=["row"], columns=["panel", "column"])
    reviews: TableName = Field(description="Table of the extracts, one row a review.")
    table: TableName = Field(description="Table of the extracts, one row an item of a review.")
    key: TableColumn = Field(description="Column that both tables have.")
    item: TableColumn = Field(description="Column of the items that makes the rows.")
    score: TableColumn = Field(description="Column of the items with the score.")

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The reviews have the columns that are theirs."""
        yield from super().problems(place)
        table = place.config.extracts.tables.get(self.reviews)
        for key in ("key", *self.of_reviews):
            name = getattr(self, key)
            if table is not None and name not in table.columns:
                yield key, f"unknown name '{name}'{suggest(name, table.columns)}"

    def scored(self, data: Data) -> pd.DataFrame:
        """Return the items, each with what `of_reviews` names of its review."""
        columns = [self.key, *(getattr(self, key) for key in self.of_reviews)]
        reviews = data.records(self.reviews)[columns]
        return data.records(self.table).merge(reviews, on=self.key, validate="many_to_one")
