"""People in and out of samples; panel analysis group, column all, treatment or control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...arms import CODES, in_arm
from ...config.base import Section
from ...config.exhibits import GroupName, PeopleColumn, TableExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import selected
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped
from ..groups import members_of_group, trial_groups_of

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

Column = Literal["all", "treatment", "control"]
BOTH: tuple[Column, ...] = ("treatment", "control")


class Counted(Section):
    """One row of a table of counts."""

    row: str = Field(description="Key of the row.")
    column: PeopleColumn | None = Field(
        None, description="0/1 column of people.parquet; absent: everyone randomised."
    )
    missing: bool = Field(False, description="Count those who are not in the sample.")
    columns: list[Column] = Field(
        default_factory=lambda: list(BOTH), description="Columns printed."
    )
    brackets: bool = Field(False, description="Print counts in brackets.")

    @model_validator(mode="after")
    def _missing_from_something(self) -> Self:
        if self.missing and self.column is None:
            raise ValueError("missing needs the column of the sample")
        return self


class CountsByGroup(TableExhibit):
    """People in and out of samples; panel analysis group, column all, treatment or control."""

    kind: Literal["counts_by_group"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    groups: dict[GroupName, str] = Field(
        min_length=1, description="Analysis group -> key of the panel."
    )
    rows: list[Counted] = Field(min_length=1, description="Rows in printed order.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People in or out of a sample."""
        counted = next(one for one in self.rows if one.row == cell.row)
        people = selected(cell.source)
        if counted.column:
            people = people.met({counted.column: "not 1" if counted.missing else "1"})
        return Counts("frequencies", "count", people)

    def cells(self, data: Data) -> pd.DataFrame:
        """People in and out of samples; panel analysis group, column all or arm."""
        cells = []
        for counted in self.rows:
            for group, panel in self.groups.items():
                people = members_of_group(data, group, counted.column)
                if counted.column:
                    people = people[(people[counted.column] == 1) != counted.missing]
                for column in counted.columns:
                    code = CODES.get(column)
                    n = len(people) if code is None else int(in_arm(people, column).sum())
                    source = source_of(
                        "people",
                        trial_group=trial_groups_of(data, group),
                        arm=code,
                        column=counted.column,
                    )
                    text = f"({grouped(n)})" if counted.brackets else grouped(n)
                    cells.append(
                        cell(
                            panel,
                            counted.row,
                            column,
                            "count",
                            n,
                            text,
                            "participants",
                            n,
                            source=source,
                        )
                    )
        return as_frame(cells)
