"""Every declared cost, valuation and rate with unit, price year, uncertainty and source."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ...config.exhibits import Layout, TableExhibit, default_layout
from ...disclosed import Class
from ...lazy import np, pd
from ..appraised import number
from ..cells import as_frame, cell, source_of

if TYPE_CHECKING:
    from ..data import Data


class QuantitiesTable(TableExhibit):
    """Every declared cost, valuation and rate with unit, price year, uncertainty and source."""

    kind: Literal["quantities_table"]
    disclosure: ClassVar[Class | None] = "no data"
    reads: ClassVar[tuple[str, ...]] = ("quantities",)
    layout: Layout = default_layout(rows=["row"], columns=["column"])

    def cells(self, data: Data) -> pd.DataFrame:
        """Declared numbers; panel value or rate, row name."""
        cells = []
        for line in data.table("quantities").itertuples():
            certain = line.distribution == "fixed"
            spread = "fixed" if certain else f"{line.distribution}, {line.parameters}"
            year = "" if pd.isna(line.price_year) else str(int(line.price_year))
            for column, printed in (
                ("value", number(line.value)),
                ("unit", line.unit),
                ("price_year", year),
                ("uncertainty", spread),
                ("source", line.source),
            ):
                value = line.value if column == "value" else np.nan
                cells.append(
                    cell(
                        line.kind,
                        line.name,
                        column,
                        "value",
                        value,
                        printed,
                        line.unit,
                        pd.NA,
                        source=source_of("quantities", kind=line.kind, name=line.name),
                    )
                )
        return as_frame(cells)
