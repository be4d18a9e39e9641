"""A table of declared texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import Layout, TableExhibit, default_layout
from ...disclosed import Class
from ...lazy import pd
from ..cells import as_frame, text_cell

if TYPE_CHECKING:
    from ..data import Data


class DeclaredTable(TableExhibit):
    """A table of declared texts."""

    kind: Literal["declared_table"]
    disclosure: ClassVar[Class | None] = "no data"
    declared: ClassVar[bool] = True
    layout: Layout = default_layout(rows=["row"], columns=["column"])
    rows: dict[str, dict[str, str]] = Field(
        min_length=1, description="Key of the row -> key of the column -> text."
    )

    def cells(self, data: Data) -> pd.DataFrame:
        """Declared texts; panel all, row and column as declared."""
        return as_frame(
            [
                text_cell("all", row, column, "text", text)
                for row, texts in self.rows.items()
                for column, text in texts.items()
            ]
        )
