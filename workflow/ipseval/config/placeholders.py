"""config/rules/placeholders.yaml: what stands where no identifier is known."""

from pydantic import Field

from .base import Section

FILE = "config/rules/placeholders.yaml"


class Placeholder(Section):
    """Values of one kind of identifier that stand for none."""

    values: list[str] = Field(
        default_factory=list, description="Whole values, compared in standard form."
    )
    begins_with: list[str] = Field(
        default_factory=list, description="What such values begin with, in standard form."
    )
    repeated_digits: bool = Field(
        False, description="Whether a number of one digit, six times or more, is one."
    )


class Placeholders(Section):
    """config/rules/placeholders.yaml."""

    nino: Placeholder = Field(
        default_factory=Placeholder, description="National Insurance numbers."
    )
    nhs_number: Placeholder = Field(default_factory=Placeholder, description="NHS numbers.")
    name: Placeholder = Field(default_factory=Placeholder, description="Names.")
    date: Placeholder = Field(default_factory=Placeholder, description="Dates, as YYYY-MM-DD.")
    postcode: Placeholder = Field(default_factory=Placeholder, description="Postcodes.")
    sex: Placeholder = Field(default_factory=Placeholder, description="Sex.")
    number: Placeholder = Field(default_factory=Placeholder, description="Other numbers.")
    address: Placeholder = Field(default_factory=Placeholder, description="Addresses.")
    text: Placeholder = Field(default_factory=Placeholder, description="Other texts.")

    def of(self, kind: str) -> Placeholder:
        """Return the placeholders of a kind of identifier (config/trial.py, Kind)."""
        return getattr(self, kind)
