"""config/trials/<trial>/extracts.yaml: every table and column of the extracts, declared once."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ..extracts.rule import CrossRule
from ..kinds import CROSS_RULES
from .base import Name, Printed, Section
from .refs import Place, Ref
from .values import DATES, NUMBERS

OwnColumn = Annotated[str, Ref("own_columns", identifier=True)]

Type = Literal["string", "integer", "number", "date", "datetime", "boolean", "category"]


def _moment(key: str, bound: object) -> datetime:
    try:
        return datetime.fromisoformat(str(bound))
    except ValueError:
        raise ValueError(f"{key} '{bound}' is not a date (YYYY-MM-DD)") from None


class Column(Section):
    """One column: declared once, for reading, validation, the codebook and the twin."""

    type: Type = Field(description="Type of the values.")
    description: Printed = Field(description="Meaning, in one sentence.")
    unit: str | None = Field(None, description="Unit, for numbers.")
    sensitivity: Literal["identifier", "personal", "aggregate"] = Field(
        "personal",
        description="identifier: never leaves linkage; personal: about one person; "
        "aggregate: about no person.",
    )
    nullable: bool = Field(False, description="Whether a value may be missing.")
    unique: bool = Field(False, description="Whether each value occurs once.")
    minimum: float | str | None = Field(None, description="Least value; ISO text for dates.")
    maximum: float | str | None = Field(None, description="Greatest value; ISO text for dates.")
    codes: dict[str, Printed] | None = Field(
        None, min_length=1, description="Code -> meaning (type category)."
    )
    not_before: OwnColumn | None = Field(None, description="Column that a date may not precede.")
    references: Annotated[str, Ref("table.column")] | None = Field(
        None, description="table.column in which values must occur."
    )
    if_broken: Literal["stop", "leave_out", "set_missing"] = Field(
        "stop",
        description="What a value that breaks codes, minimum, maximum or not_before does: stop the "
        "run, leave its row out, or become missing. What is repaired is counted in repairs.csv.",
    )

    @model_validator(mode="after")
    def _codes_belong_to_categories(self) -> Self:
        if (self.type == "category") != (self.codes is not None):
            raise ValueError("codes are given for a column of type category, and only for one")
        if self.if_broken == "set_missing" and not self.nullable:
            raise ValueError("if_broken: set_missing needs a column that may be missing: nullable")
        if self.not_before and self.type not in DATES:
            raise ValueError(f"not_before is for dates, not for a column of type {self.type}")
        return self

    @model_validator(mode="after")
    def _has_possible_bounds(self) -> Self:
        bounds = {"minimum": self.minimum, "maximum": self.maximum}
        given: dict[str, Any] = {key: bound for key, bound in bounds.items() if bound is not None}
        for key, bound in given.items():
            if self.type not in (*DATES, *NUMBERS):
                raise ValueError(
                    f"{key} is for numbers and dates, not for a column of type {self.type}"
                )
            if self.type in NUMBERS and isinstance(bound, str):
                raise ValueError(f"{key} '{bound}' is not a number")
            if self.type in DATES:
                given[key] = _moment(key, bound)
        if len(given) == 2 and given["minimum"] > given["maximum"]:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """A date is compared with another."""
        other = (place.named("columns") or {}).get(self.not_before or "")
        if other is not None and other.type not in DATES:
            yield "not_before", f"'{self.not_before}' is a column of type {other.type}, not a date"


class SentTwice(Section):
    """How a row that two suppliers send is known, so that it counts once.

    Of rows that agree on `event` the one that says most is kept, of equals the first by key.
    Another is left out only if the one kept says everything that it says.
    """

    event: list[OwnColumn] = Field(min_length=1, description="Columns that tell events apart.")
    says: list[OwnColumn] = Field(description="Columns of what is said about the event.")


class Table(Section):
    """One table of the extracts."""

    description: Printed = Field(description="What one row is.")
    key: list[OwnColumn] = Field(min_length=1, description="Columns that together identify a row.")
    may_be_empty: bool = Field(False, description="Whether the table may have no row.")
    sent_twice: SentTwice | None = Field(None, description="Rows that two suppliers send.")
    repaired_at_most: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Largest share of rows that one rule may repair. More stop the run: they are "
        "no slips, but a file in another form.",
    )
    columns: dict[Name, Column] = Field(min_length=1, description="Columns in file order.")

    @property
    def is_about_people(self) -> bool:
        """Whether it has records of people."""
        return any(column.sensitivity != "aggregate" for column in self.columns.values())


class Extracts(Section):
    """config/trials/<trial>/extracts.yaml."""

    tables: dict[Name, Table] = Field(min_length=1, description="Tables of the extracts.")
    rules: dict[Name, Annotated[CrossRule, CROSS_RULES]] = Field(
        default_factory=dict,
        description="Name -> rule that the rows of one table obey in view of another.",
    )

    @property
    def rule_kinds(self) -> list[str]:
        """Kinds of rules that are used, sorted."""
        return sorted({rule.kind for rule in self.rules.values()})

    @property
    def identifiers(self) -> dict[str, list[str]]:
        """Return table -> its columns that are identifiers; few values with codes are none here."""
        return {
            name: [
                key
                for key, column in table.columns.items()
                if column.sensitivity == "identifier" and column.codes is None
            ]
            for name, table in self.tables.items()
        }
