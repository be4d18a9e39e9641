"""Derivation: the area under a number measured at several months."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from ...config.refs import Place
from ...lazy import np
from ..context import DerivationContext
from ..derivation import Derivation
from ..transforms import KnownResult

MONTHS_A_YEAR, DAYS_A_YEAR = 12, 365.25


class AreaUnderCurve(Derivation):
    """Area under a number measured at several months, in years: quality-adjusted life years where
    it is an index of health.

    Straight lines join the measurements (Matthews et al. 1990, BMJ 300:230-235; for life years
    Manca, Hawkins and Sculpher 2005, Health Economics 14:487-496). Missing where the first or the
    last one is.
    """

    kind: Literal["area_under_curve"]
    of: dict[int, KnownResult] = Field(
        min_length=2,
        description="Month after randomisation -> covariate or outcome declared before: the number "
        "at that month. Months ascend.",
    )
    interpolate: bool = Field(
        description="Whether a number missing between two others is taken to lie on the straight "
        "line between its neighbours; if not, the result is missing."
    )

    zero_from: KnownResult | None = Field(
        None,
        description="Covariate or outcome, days from randomisation to death: the number falls to "
        "0 on a straight line until that day, and is 0 from then on and never missing.",
    )

    @model_validator(mode="after")
    def _months_ascend(self) -> Self:
        if sorted(self.of) != list(self.of):
            raise ValueError("months of `of` have to ascend")
        return self

    @property
    def months_covered(self) -> tuple[int, int]:
        """The months of the first and of the last measurement."""
        return min(self.of), max(self.of)

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the area over years.

        A line over a missing number is the line on which its neighbours' interpolation lies.
        """
        measured = {
            month / MONTHS_A_YEAR: context.numbers(column, f"{name}.of")
            for month, column in self.of.items()
        }
        death = np.full(len(next(iter(measured.values()))), np.inf)
        if self.zero_from is not None:
            days = context.numbers(self.zero_from, f"{name}.zero_from")
            death = np.where(np.isnan(days), np.inf, days / DAYS_A_YEAR)
        (first_year, value), *later = measured.items()
        at, area, lacks = np.full(len(value), first_year), np.zeros(len(value)), np.isnan(value)
        for year, number in later:
            dead = death <= year
            falls = dead & (death >= at)
            until = np.where(falls, death, at)
            area += (until - at) * np.where(falls, value, 0) / 2
            at, value = until, np.where(falls, 0, value)
            number = np.where(dead, 0, number)
            missing = np.isnan(number)
            area += np.where(missing, 0, (year - at) * (value + number) / 2)
            at, value = np.where(missing, at, year), np.where(missing, value, number)
            lacks |= missing if not self.interpolate else False
        return np.where(lacks | missing, np.nan, area)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The day of death is in days."""
        death = place.config.outcomes.derived.get(self.zero_from or "")
        if death is not None and death.unit != "days":
            yield (
                "zero_from",
                f"'{self.zero_from}' has the unit {death.unit}, and days from randomisation to "
                "death are needed; name one of unit days, such as one of kind days_until_first",
            )
