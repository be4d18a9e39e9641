"""Rules across tables: what every kind of them declares."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ..config.base import Section, suggest
from ..config.refs import Place, Ref

if TYPE_CHECKING:
    from ..lazy import np, pd

    Tables = Mapping[str, pd.DataFrame]

OtherColumn = Annotated[str, Ref("table.column", identifier=True)]


class CrossRule(Section):
    """A rule that the rows of a table obey in view of another table, joined by a key."""

    if TYPE_CHECKING:
        kind: str  # Each kind declares its own name.

    table: Annotated[str, Ref("tables")] = Field(description="Table whose rows have to obey.")
    key: Annotated[str, Ref("columns", identifier=True)] = Field(
        description="Column that both tables have, by which rows belong together."
    )
    if_broken: Literal["stop", "leave_out"] = Field(
        "stop",
        description="What a row that breaks the rule does: stop the run, or leave the row out, "
        "which is counted in repairs.csv, up to repaired_at_most of the table.",
    )

    @property
    @abstractmethod
    def other(self) -> str:
        """Return the other table."""

    @property
    @abstractmethod
    def of(self) -> str:
        """Return the column of the table that a broken rule is told of."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """Return what the rule expects, in words."""

    @abstractmethod
    def broken(self, tables: Tables) -> np.ndarray:
        """Return which rows of the table break the rule (n, bool)."""

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The other table has the key too."""
        other = place.config.extracts.tables.get(self.other)
        if other is not None and self.key not in other.columns:
            yield (
                "key",
                f"'{self.other}' has no column '{self.key}'{suggest(self.key, other.columns)}",
            )
