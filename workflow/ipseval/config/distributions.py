"""Distributions of declared numbers, each with the declared value as its centre."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import Section


class Fixed(Section):
    """No uncertainty."""

    kind: Literal["fixed"]

    def check(self, value: float) -> None:
        """Every value may be fixed."""


class Uniform(Section):
    """Uniform distribution between two bounds, the value between them."""

    kind: Literal["uniform"]
    low: float = Field(description="Lower bound, in the unit of the value.")
    high: float = Field(description="Upper bound, in the unit of the value.")

    @model_validator(mode="after")
    def _low_is_below_high(self):
        if self.low >= self.high:
            raise ValueError(f"low {self.low} must be below high {self.high}")
        return self

    def check(self, value: float) -> None:
        """Raise ValueError for a value outside the bounds."""
        if not self.low <= value <= self.high:
            raise ValueError(f"value {value:g} lies outside {self.low:g} to {self.high:g}")


class Triangular(Uniform):
    """Triangular distribution between two bounds, with its peak at the value."""

    kind: Literal["triangular"]


class Normal(Section):
    """Normal distribution about the value."""

    kind: Literal["normal"]
    standard_error: float = Field(gt=0, description="Standard error, in the unit of the value.")

    def check(self, value: float) -> None:
        """Every value may be the mean of a normal distribution."""


class Gamma(Section):
    """Gamma distribution with the value as its mean: a cost, which is never negative."""

    kind: Literal["gamma"]
    standard_error: float = Field(gt=0, description="Standard error, in the unit of the value.")

    def check(self, value: float) -> None:
        """Raise ValueError for a mean that is not above zero."""
        if value <= 0:
            raise ValueError(f"a gamma distribution has a mean above 0, not {value:g}")


class Beta(Section):
    """Beta distribution with the value as its mean: a share between 0 and 1."""

    kind: Literal["beta"]
    standard_error: float = Field(gt=0, description="Standard error, a share like the value.")

    def check(self, value: float) -> None:
        """Raise ValueError for a mean, or a standard error, that no beta distribution has."""
        if not 0 < value < 1:
            raise ValueError(f"a beta distribution has a mean between 0 and 1, not {value:g}")
        most = (value * (1 - value)) ** 0.5
        if self.standard_error >= most:
            raise ValueError(
                f"a beta distribution of mean {value:g} has a standard error below {most:.3g}, "
                f"not {self.standard_error:g}"
            )


Distribution = Annotated[
    Fixed | Uniform | Triangular | Normal | Gamma | Beta, Field(discriminator="kind")
]
