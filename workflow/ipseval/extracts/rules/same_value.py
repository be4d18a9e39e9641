"""Rule: a column has the value that another table has for the same key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ...config.refs import Ref
from ...lazy import np
from ..rule import OtherColumn, OtherTableRule

if TYPE_CHECKING:
    from ...config.trial import Trial
    from ..rule import Tables


class SameValue(OtherTableRule):
    """A column has the value that another table has for the same key.

    A row whose key the other table lacks breaks the rule, and so does a missing value.
    """

    kind: Literal["same_value"]
    column: Annotated[str, Ref("columns", identifier=True)] = Field(
        description="Column of the table."
    )
    as_in: OtherColumn = Field(description="table.column with the value that it has to have.")

    @property
    def other(self) -> str:
        """Return the table that is compared with."""
        return self.as_in.split(".")[0]

    @property
    def of(self) -> str:
        """Return the column compared."""
        return self.column

    @property
    def expected(self) -> str:
        """Return what the rule expects, in words."""
        return f"the value of {self.as_in} for the same {self.key}"

    def broken(self, tables: Tables, trial: Trial) -> np.ndarray:
        """Return rows that no row of the other table agrees with, or one differs from."""
        mine, other = tables[self.table], tables[self.other]
        column = self.as_in.split(".")[1]
        given = mine[[self.key]].assign(row=np.arange(len(mine)), own=mine[self.column])
        both = given.merge(
            other[[self.key]].assign(theirs=other[column], found=True), on=self.key, how="left"
        )
        agrees = both["found"].notna() & (both["own"] == both["theirs"]).fillna(False).astype(bool)
        wrong = np.zeros(len(mine), dtype=bool)
        wrong[both.loc[~agrees.astype(bool), "row"]] = True
        return wrong
