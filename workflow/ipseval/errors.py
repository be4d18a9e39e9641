"""The one exception that bad input raises, worded for the person who must mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class RowNumbers:
    """1-based numbers of rows: all are counted, and a million of them known.

    A rule that no row of a large file obeys would otherwise fill the memory.
    """

    KNOWN = 1_000_000

    def __init__(self, numbers: Iterable[int] = ()):
        self._known: list[int] = []
        self._count = 0
        self.add(list(numbers))

    def add(self, numbers: Sequence[int] | np.ndarray) -> None:
        """Add numbers, which are greater than those before."""
        self._count += len(numbers)
        self._known += [int(number) for number in numbers[: self.KNOWN - len(self._known)]]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)


class InputError(ValueError):
    """Input that cannot be used: names where, what rule it breaks and what to do.

    Parameters
    ----------
    problem : what is wrong, in one sentence and without any value that could be an identifier.
    file, table, column : where it is, as far as known.
    rows : 1-based row numbers of the table (the header of a CSV file is not counted).
    rule : the declared rule that is broken.
    expected : what a good value looks like.
    remedy : what the user can do about it.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: object = None,
        table: str | None = None,
        column: str | None = None,
        rows: Iterable[int] = (),
        rule: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ):
        self.problem = problem
        number = len(rows) if isinstance(rows, RowNumbers) else None
        self.rows = [int(row) for row in rows]
        where = {
            "file": file,
            "table": table,
            "column": column,
            "rows": _some(self.rows, number) if self.rows else None,
            "rule": rule,
            "expected": expected,
            "to do": remedy,
        }
        lines = [f"  {name}: {value}" for name, value in where.items() if value is not None]
        super().__init__("\n".join([problem, *lines]))


class NotEstimableError(InputError):
    """An effect that these people cannot tell; the other estimates of its family are made."""


class InputErrors(InputError):
    """Several problems of one input, reported together so that one run shows them all."""

    def __init__(self, problems: list[InputError]):
        ValueError.__init__(self, "\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.rows = [row for problem in problems for row in problem.rows]


def counted(number: int, one: str, many: str) -> str:
    """Return "1 row" or "2,000 rows"."""
    return f"{number:,} {one if number == 1 else many}"


def _some(rows: list[int], number: int | None = None, limit: int = 10) -> str:
    shown, number = ", ".join(str(row) for row in rows[:limit]), number or len(rows)
    return shown if number <= limit else f"{shown} and {number - limit:,} more"
