"""A rule by which rows leave: those that meet every condition, and why."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from .base import Section


class Leaving(Section):
    """Why rows leave, and which: those that have a value of every column of `where`, and lack one
    of the columns `missing`."""

    reason: str = Field(description="Reason, as printed.")
    where: dict[str, list[Any]] = Field(
        default_factory=dict, description="Column -> values of the rows that leave."
    )
    missing: list[str] = Field(
        default_factory=list, description="Columns; a row that lacks a value in one leaves."
    )

    @property
    def columns(self) -> list[str]:
        """Columns that decide whether a row leaves."""
        return [*self.where, *self.missing]

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not self.where and not self.missing:
            raise ValueError("give where or missing")
        return self
