"""What every derivation of a covariate or an outcome has in common.

A kind of derivation is a module of outcomes/derivations with one class, which declares it and
derives it from a DerivationContext. Kinds that share keys share a class of windows.py, answers.py
or transforms.py.

Of the tables of linked sources only the columns that declarations name by reference are read.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from ..config.base import Printed, Section
from ..config.refs import Place, Ref, names_in
from ..config.values import DATES, NUMBERS
from ..lazy import np, pd

if TYPE_CHECKING:
    from ..config.extracts import Column
    from .context import DerivationContext


class Derivation(Section):
    """A covariate or outcome, by its kind; each kind has keys of its own beside these."""

    kind: str = Field(description="Name of the kind.")
    label: Printed = Field(description="Name as printed.")
    unit: str = Field(description="Unit of the result: proportion, years, GBP, ...")
    only_where: Annotated[str, Ref("derived_before")] | None = Field(
        None,
        description="0/1 covariate or outcome declared before: the result is missing for everybody "
        "for whom it is not 1.",
    )

    # Whether it is derived under each method of linkage, for the sensitivity of impacts. It follows
    # from a person's own records, so it is derived anew of those alone whose records change.
    by_linkage: ClassVar[bool] = False
    # Whether it needs config/rules/paye.yaml.
    needs_paye: ClassVar[bool] = False

    # Whether it depends on the day of randomisation.
    needs_day: ClassVar[bool] = False

    @property
    def gives_text(self) -> bool:
        """Whether the result is a text by its kind."""
        return False

    def other_than_number(self, place: Place) -> str:
        """Return what the result is if it is no number: a text, a date or several columns."""
        if self.columns_begin_with is not None:
            return f"several columns that begin with '{self.columns_begin_with}'"
        column = self.answered(place)
        if column is not None and column.type not in (*NUMBERS, "boolean"):
            return f"of type {column.type}"
        return "a text" if self.gives_text else ""

    def is_number_or_category(self, place: Place) -> bool:
        """Whether the result is one column that a model can hold constant."""
        column = self.answered(place)
        is_date = column is not None and column.type in DATES
        return self.columns_begin_with is None and not is_date

    @abstractmethod
    def derive(
        self, name: str, context: DerivationContext
    ) -> np.ndarray | pd.Series | pd.DataFrame:
        """Return one value a person, in the order of people, missing where it is not known.

        A frame has several results, each under a name of its own. `name` is for refusals. People
        for whom `only_where` is not 1 are left to who asks.
        """

    @property
    def made_from(self) -> list[str]:
        """Other results, and columns that every trial has, that it names."""
        return names_in(self, "known_before", "derived_before")

    @property
    def months_covered(self) -> tuple[int, int] | None:
        """The months after randomisation from whose start, and to whose end, it is taken together;
        None where it does not say."""
        return None

    @property
    def sources(self) -> list[str]:
        """Linked sources that it names; those of events and stays are named with these."""
        return names_in(self, "sources", "spells", "benefits")

    @property
    def columns_begin_with(self) -> str | None:
        """What the names of its results begin with, where it has several; None where it has one."""
        return None

    def columns_made(self, name: str, place: Place) -> list[str]:
        """Return the names of its results in people.parquet, where it is called `name`."""
        return [name]

    @property
    def last_month(self) -> int | None:
        """Month after randomisation up to which its window counts; None without a window."""
        return self.months_covered[1] if self.months_covered else None

    def answered(self, place: Place) -> Column | None:
        """Return the column whose values the result has; None if it has values of its own."""
        return None


def not_zero_or_one(place: Place, name: str | None, key: str) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence) if a covariate or outcome is a condition, and is not 0 or 1.

    Its unit tells, and its column where the result is an answer. None for one not known.
    """
    spec = place.config.outcomes.derived.get(name or "")
    if spec is None:
        return
    column = spec.answered(place)
    if spec.unit != "proportion":
        said = f"has the unit {spec.unit}"
    elif column is not None and column.type not in (*NUMBERS, "boolean"):
        said = f"is a column of type {column.type}"
    else:
        return
    yield (
        key,
        f"'{name}' {said}, and a condition is 0 or 1; name a result of unit proportion, such "
        "as one of kind one_of or reached",
    )
