"""Values that a declaration names, against those that a column can have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .base import suggest

if TYPE_CHECKING:
    from .extracts import Column

DATES = ("date", "datetime")
NUMBERS = ("integer", "number")


def impossible_values(column: Column | None, values: Iterable[object]) -> Iterator[str]:
    """Yield a sentence for each value that a column cannot have; none for a column not known.

    A value of another type would silently match nothing.
    """
    if column is None:
        return
    fitting = {"boolean": bool, "integer": int, "number": int}.get(column.type, str)
    for value in values:
        if column.codes:
            if value not in column.codes:
                yield f"unknown name '{value}'{suggest(str(value), column.codes)}"
        elif type(value) is not fitting:
            yield f"'{value}' is no value of a column of type {column.type}"


def other_type(
    columns: Mapping[str, Column], name: str | None, types: tuple[str, ...], key: str
) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence) if a column is not of DATES or of NUMBERS; none for one not known."""
    column = columns.get(name) if name else None
    if column is not None and column.type not in types:
        yield key, f"'{name}' is not a {'date' if types == DATES else 'number'}"


def other_order(
    columns: Mapping[str, Column], first: str, last: str, key: str
) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence) if the column of a last day is the first one's, or precedes it.

    That is said by not_before in extracts.yaml; where nothing is said, any order may be meant.
    """
    if first == last:
        yield key, f"'{last}' is the first day as well; name the column of the last day"
        return
    earlier: list[str] = []
    column = columns.get(first)
    while column is not None and column.not_before and column.not_before not in earlier:
        earlier.append(column.not_before)
        column = columns.get(column.not_before)
    if last in earlier:
        yield (
            key,
            f"'{last}' has to be the later day here, and by not_before in extracts.yaml '{first}' "
            f"is not before '{last}'; exchange the two",
        )


def impossible_conditions(
    columns: Mapping[str, Column], conditions: Mapping[str, list[Any]], key: str
) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence) for each value of column -> values that the column cannot have."""
    for name, values in conditions.items():
        for text in impossible_values(columns.get(name), values):
            yield f"{key}.{name}", text
