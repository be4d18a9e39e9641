"""Rules across tables and time: what every kind of them declares."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ..calendar import as_days, event_days
from ..config.base import Section, suggest
from ..config.refs import Place, Ref
from ..config.values import DATES, impossible_conditions, other_type
from ..lazy import np, pd

if TYPE_CHECKING:
    from ..config.trial import Trial

    Tables = Mapping[str, pd.DataFrame]

OtherColumn = Annotated[str, Ref("table.column", identifier=True)]


class CrossRule(Section):
    """A rule that the rows of a table obey in view of something else, by a key."""

    if TYPE_CHECKING:
        kind: str  # Each kind declares its own name.

    table: Annotated[str, Ref("tables")] = Field(description="Table whose rows have to obey.")
    key: Annotated[str, Ref("columns", identifier=True)] = Field(
        description="Column by which a row belongs to rows of the other table, or to a person."
    )
    if_broken: Literal["stop", "leave_out"] = Field(
        "stop",
        description="What a row that breaks the rule does: stop the run, or leave the row out, "
        "which is counted in repairs.csv, up to repaired_at_most of the table.",
    )

    @property
    @abstractmethod
    def against(self) -> str:
        """Return what rows are held against, in words."""

    @property
    @abstractmethod
    def of(self) -> str:
        """Return the column of the table that a broken rule is told of."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """Return what the rule expects, in words."""

    @abstractmethod
    def beside(self, trial: Trial) -> set[str]:
        """Return the tables that rows are held against, of which the rule has to see all rows."""

    @abstractmethod
    def broken(self, tables: Tables, trial: Trial) -> np.ndarray:
        """Return which rows of the table break the rule (n, bool)."""


class OtherTableRule(CrossRule):
    """A rule in view of another table, joined by a key that both have."""

    @property
    @abstractmethod
    def other(self) -> str:
        """Return the other table."""

    @property
    def against(self) -> str:
        """Return the other table, in words."""
        return f"table {self.other}"

    @property
    def joined_with(self) -> str:
        """Return the table that needs the key."""
        return self.other

    def beside(self, trial: Trial) -> set[str]:
        """Return the other table, and the one that has the keys of both."""
        return {self.other, self.joined_with}

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The other table has the key too."""
        other = place.config.extracts.tables.get(self.joined_with)
        if other is not None and self.key not in other.columns:
            yield (
                "key",
                f"'{self.joined_with}' has no column '{self.key}'"
                f"{suggest(self.key, other.columns)}",
            )


class EventRule(CrossRule):
    """A rule in view of an event of the calendar; the key is that of the person table."""

    event: Annotated[str, Ref("calendar")] = Field(
        description="Event, as named under `calendar` of trial.yaml."
    )
    column: Annotated[str, Ref("columns", identifier=True)] = Field(
        description="Column of the table, a date."
    )
    where: dict[Annotated[str, Ref("columns")], list[bool | int | str]] = Field(
        default_factory=dict,
        description="Column of the table -> values of the rows that have to obey; all if absent.",
    )

    @property
    def against(self) -> str:
        """Return the event, in words."""
        return f"event {self.event} of the calendar"

    @property
    def of(self) -> str:
        """Return the column of the days."""
        return self.column

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The column is a date, the conditions can be met, and rows belong to people."""
        table = place.config.extracts.tables.get(self.table)
        columns = table.columns if table else {}
        person = place.config.trial.person
        yield from other_type(columns, self.column, DATES, "column")
        yield from impossible_conditions(columns, self.where, "where")
        if self.key != person.key:
            yield "key", f"is '{person.key}', the key of the person table"

    def beside(self, trial: Trial) -> set[str]:
        """Return the table of people, of whom the event is."""
        return {trial.person.table}

    def asked(self, tables: Tables) -> np.ndarray:
        """Return the rows of the table that meet the conditions (n, bool)."""
        rows = tables[self.table]
        met = np.ones(len(rows), dtype=bool)
        for column, values in self.where.items():
            met &= rows[column].isin(values).to_numpy(dtype=bool)
        return met

    def given(self, tables: Tables) -> np.ndarray:
        """Return the days of the column (n), datetime64[D]."""
        return as_days(tables[self.table][self.column])

    def days(self, tables: Tables, trial: Trial) -> np.ndarray:
        """Return the day of the event for the person of each row, NaT where there is none."""
        person = trial.person
        people = tables[person.table]
        randomised = (
            as_days(people[person.randomised_at])
            if person.randomised_at
            else np.full(len(people), np.datetime64(str(person.randomised_on), "D"))
        )
        days = pd.Series(event_days(trial, self.event, people, randomised))
        days.index = people[person.key]
        return as_days(tables[self.table][self.key].map(days))
