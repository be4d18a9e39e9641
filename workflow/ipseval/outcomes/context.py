"""What a derivation can ask for, and the one place where derivations are run."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..arrays import index_in
from ..calendar import as_days, event_days
from ..config.paye import Paye
from ..config.trial import PersonTable, Trial
from ..errors import InputError
from ..lazy import np, pd
from .linked import LinkedSources, Owners

if TYPE_CHECKING:
    from .derivation import Derivation


@dataclass(frozen=True)
class OwnRows:
    """The row of each person in a table: columns are put in order of people when asked for.

    place (n, int): where the row is in the table, -1 for people without one.
    """

    table: pd.DataFrame
    place: np.ndarray

    @property
    def columns(self) -> pd.Index:
        """Names of the columns."""
        return self.table.columns

    def __getitem__(self, names: Any) -> Any:
        return self.table[names].reindex(self.place).reset_index(drop=True)


@dataclass(frozen=True)
class DerivationContext:
    """Everything that results are derived from, for people in the order of person_id.

    day: day of randomisation, datetime64[D], one a person. known: results derived so far and the
    columns that every trial has, by name. linked: what linked sources say. owners: source -> whose
    its records are. tables: the extracts by name. record_ids:
    key of each person in the trial's own tables. paye: rules of charges on pay, if any needs them.
    trial: whose calendar derivations may name.
    """

    day: np.ndarray
    known: Mapping[str, Any]
    linked: LinkedSources
    owners: Callable[[str], Owners]
    tables: Mapping[str, pd.DataFrame]
    trial: Trial
    record_ids: pd.Series
    paye: Paye | None
    _answers: dict[str, OwnRows] = field(default_factory=dict, init=False, repr=False)
    _people: dict[str, np.ndarray] = field(default_factory=dict, init=False, repr=False)

    @property
    def person(self) -> PersonTable:
        """Return the trial's person table, as declared."""
        return self.trial.person

    def day_of(self, event: str) -> np.ndarray:
        """Return the day of an event of the calendar, NaT for people to whom it does not happen."""
        declared = self.trial.calendar.get(event)
        people = self.answers(None)[[*declared.where] if declared else []]
        return event_days(self.trial, event, people, self.day)

    def table(self, name: str | None) -> pd.DataFrame:
        """Return the rows of a table as they are, of the person table if None."""
        return self.tables[name or self.person.table]

    def answers(self, name: str | None) -> OwnRows:
        """Return the row of each person in a table with at most one a person."""
        name = name or self.person.table
        if name not in self._answers:
            table = self.tables[name]
            place = index_in(self.record_ids, table[self.person.key])
            self._answers[name] = OwnRows(table.set_axis(range(len(table))), place)
        return self._answers[name]

    def people_of(self, name: str) -> np.ndarray:
        """Return the place of the person of each row of a table (n, int), -1 for nobody's."""
        if name not in self._people:
            self._people[name] = index_in(self.tables[name][self.person.key], self.record_ids)
        return self._people[name]

    def rules_of_pay(self, name: str) -> Paye:
        """Return the rules of charges on pay; raises InputError if they were not given."""
        if self.paye is None:
            raise InputError("the rules of charges on pay are not given", rule=name)
        return self.paye

    def numbers(self, column: str, key: str) -> np.ndarray:
        """Return a known result (n, float); raises InputError naming the key if it is no number."""
        given = pd.Series(self.known[column])
        if not pd.api.types.is_numeric_dtype(given):
            raise InputError(f"'{column}' is not a number", rule=key)
        return given.astype("float64").to_numpy()

    def dates(self, column: str, key: str) -> np.ndarray:
        """Return a known result as datetime64[D]; raises InputError if it is not a date."""
        given = pd.Series(self.known[column])
        if not pd.api.types.is_datetime64_any_dtype(given):
            raise InputError(f"'{column}' is not a date", rule=key)
        return as_days(given)


def derive_each(specs: Mapping[str, Derivation], context: DerivationContext) -> dict[str, Any]:
    """Return what each derivation gives, by name, in order; each may use those before it."""
    values: dict[str, Any] = {}
    context = replace(context, known=ChainMap(values, dict(context.known)))
    for name, spec in specs.items():
        derived = spec.derive(name, context)
        results = derived.items() if isinstance(derived, pd.DataFrame) else [(name, derived)]
        for column, given in results:
            if spec.only_where is not None:
                inside = context.numbers(spec.only_where, f"{name}.only_where") == 1
                given = pd.Series(given).reset_index(drop=True).where(inside)
            values[str(column)] = given
    return values
