"""What derivations from the trial's own tables share: one row a person, and routed questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from ..config.extracts import Column
from ..config.refs import Place, Ref
from ..config.values import impossible_conditions
from ..lazy import pd
from .derivation import Derivation

AnswerColumn = Annotated[str, Ref("columns")]


class Answer(Derivation):
    """A derivation from a table with at most one row a person."""

    table: Annotated[str, Ref("tables")] | None = Field(
        None, description="Table with at most one row a person; the person table if absent."
    )

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The table has one row a person."""
        person = place.config.trial.person
        table = place.config.extracts.tables.get(self.table or person.table)
        if self.table and table is not None and table.key != [person.key]:
            yield "table", f"'{self.table}' has not one row a person"


class RoutedAnswer(Answer):
    """A derivation from the answer to a question that not everybody is asked."""

    column: AnswerColumn = Field(description="Column of the table.")
    zero_where: dict[AnswerColumn, list[bool | int | str]] = Field(
        default_factory=dict,
        description="Column of the same table -> answers after which the question is not asked and "
        "the result is 0. Where none of these answers is given and one of the columns is missing, "
        "the result is missing.",
    )

    def routed(self, values: pd.Series, answers: pd.DataFrame) -> pd.Series:
        """Return 0 for people whom the question did not reach, missing where that is not known."""
        if not self.zero_where:
            return values
        asked = answers[list(self.zero_where)]
        passed = pd.concat([asked[c].isin(stops) for c, stops in self.zero_where.items()], axis=1)
        known = values.astype("float64").where(asked.notna().all(axis=1))
        return known.mask(passed.any(axis=1), 0.0)

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Answers that end the route can be given."""
        yield from super().problems(place)
        columns = columns_around(place)
        yield from impossible_conditions(columns, self.zero_where, "zero_where")


def columns_around(place: Place) -> dict[str, Column]:
    """Return the columns of the table that `table` names around a place, none without a table."""
    named = place.named("table") or place.config.trial.person.table
    table = place.config.extracts.tables.get(named)
    return table.columns if table else {}
