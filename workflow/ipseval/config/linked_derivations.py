"""Kinds of derivation from linked records: employments, benefits, events and stays."""

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from .derivations import Within


def _runs_forward(self):
    if self.to_month <= self.from_month:
        raise ValueError(f"to_month {self.to_month} must be after from_month {self.from_month}")
    return self


class _Window(Within):
    source: str = Field(description="Linked source, as named in trial.yaml.")
    from_month: int = Field(description="First month, counted from the day of randomisation.")
    to_month: int = Field(description="Month before whose start the window ends.")

    _runs_forward = model_validator(mode="after")(_runs_forward)


class TotalPay(_Window):
    """Sum of payments dated within the window."""

    kind: Literal["total_pay"]


class PayrollCharge(_Window):
    """A tax or contribution on the payments dated within the window; other income is not known.

    Income tax is that of all pay of a tax year, National Insurance that of all pay of a tax
    month; payments bear it by their amounts. Rates are in config/rules/paye.yaml.
    """

    kind: Literal["payroll_charge"]
    charge: Literal["income_tax", "employee_ni", "employer_ni"] = Field(
        description="income_tax; employee_ni and employer_ni: Class 1 National Insurance "
        "contributions of the employee and of the employer."
    )


class WeeksEmployed(_Window):
    """Days with at least one employment in the window, over 7; overlaps count once."""

    kind: Literal["weeks_employed"]


class EmployedWeeksAtLeast(_Window):
    """1 where the weeks employed in the window reach a threshold."""

    kind: Literal["employed_weeks_at_least"]
    weeks: int = Field(ge=1, description="Threshold in weeks.")


class MonthsEmployed(_Window):
    """Number of months of the window with a day of employment or more; 0 or 1 for one month."""

    kind: Literal["months_employed"]


class DaysOnBenefit(_Window):
    """Days of the window on an out-of-work benefit; overlaps count once."""

    kind: Literal["days_on_benefit"]


class DaysOffBenefit(_Window):
    """Days of the window on no out-of-work benefit."""

    kind: Literal["days_off_benefit"]


class MonthsOnBenefit(_Window):
    """Number of months of the window with a day or more on an out-of-work benefit."""

    kind: Literal["months_on_benefit"]


class MonthsEmployedAndOnBenefit(_Window):
    """Number of months of the window with a day of employment and a day on benefit or more."""

    kind: Literal["months_employed_and_on_benefit"]
    benefits: str = Field(description="Linked source of the benefits; `source` has employments.")


class TotalBenefit(_Window):
    """Benefits of the window: a seventh of the weekly amount for each day, all benefits added."""

    kind: Literal["total_benefit"]


class SpellAt(Within):
    """A column of the spell on an out-of-work benefit that covers the day of randomisation.

    Of several such spells the one that began last, of these the one that ends last; missing where
    there is none.
    """

    kind: Literal["spell_at"]
    source: str = Field(description="Linked source with benefits, as named in trial.yaml.")
    column: str = Field(description="Column of the table of benefit spells.")
    values: list[bool | int | str] = Field(
        default_factory=list,
        description="Values that count as 1, others as 0; the value itself if absent.",
    )


class SpellLengthBefore(Within):
    """Days on out-of-work benefits without a break until the day before randomisation.

    Spells that overlap or touch are one. Missing for people on none on the day of randomisation.
    """

    kind: Literal["spell_length_before"]
    source: str = Field(description="Linked source with benefits, as named in trial.yaml.")


class _AtDay(Within):
    source: str = Field(description="Linked source, as named in trial.yaml.")
    month: int | None = Field(
        None, description="The day so many months after that of randomisation."
    )
    date: dt.date | None = Field(None, description="The same day for everybody (YYYY-MM-DD).")

    @model_validator(mode="after")
    def _names_one_day(self):
        if (self.month is None) == (self.date is None):
            raise ValueError("give either month or date")
        return self


class OffBenefitAt(_AtDay):
    """1 for people on no out-of-work benefit on a day, 0 for those on one."""

    kind: Literal["off_benefit_at"]


class RemainedOffBenefit(_AtDay):
    """Of people off benefit on a day, 1 for those off it for some months; missing for others."""

    kind: Literal["remained_off_benefit"]
    months: int = Field(ge=1, description="Months up to the day in which nothing was claimed.")


class _EventWindow(Within):
    events: str = Field(description="Events, as named under `events`.")
    from_month: int = Field(description="First month, counted from the day of randomisation.")
    to_month: int = Field(description="Month before whose start the window ends.")
    status: list[str] = Field(
        default_factory=list, description="Status of the events that count; all if absent."
    )

    _runs_forward = model_validator(mode="after")(_runs_forward)


class EventCount(_EventWindow):
    """Number of a person's events in the window."""

    kind: Literal["event_count"]


class EventShare(_EventWindow):
    """Events that count, over those of some status; missing for people without any of these."""

    kind: Literal["event_share"]
    among: list[str] = Field(min_length=1, description="Status of the events to divide by.")


class BedDays(Within):
    """Days or nights of the window in hospital; overlaps count once."""

    kind: Literal["bed_days"]
    stays: str = Field(description="Stays, as named under `stays`.")
    from_month: int = Field(description="First month, counted from the day of randomisation.")
    to_month: int = Field(description="Month before whose start the window ends.")
    count: Literal["days", "nights"] = Field(
        description="days: first and last day count, a day case is one day; nights: a night is of "
        "the day on which it begins, a day case has none."
    )

    _runs_forward = model_validator(mode="after")(_runs_forward)


class StayCount(Within):
    """Number of a person's admissions to hospital in the window, perhaps by length of the stay.

    The whole stay counts, also nights after the window. Episodes with the same day of admission
    are one stay.
    """

    kind: Literal["stay_count"]
    stays: str = Field(description="Stays, as named under `stays`.")
    from_month: int = Field(description="First month, counted from the day of randomisation.")
    to_month: int = Field(description="Month before whose start the window ends.")
    nights_at_least: int = Field(
        0, ge=0, description="Fewest nights of a stay that counts; a day case has none."
    )
    nights_at_most: int | None = Field(
        None, ge=0, description="Most nights of a stay that counts; any number if absent."
    )

    _runs_forward = model_validator(mode="after")(_runs_forward)

    @model_validator(mode="after")
    def _has_some_length(self):
        if self.nights_at_most is not None and self.nights_at_most < self.nights_at_least:
            raise ValueError(
                f"nights_at_most {self.nights_at_most} is below nights_at_least "
                f"{self.nights_at_least}"
            )
        return self


class LastRecord(Within):
    """What a person's last linked record after the day of randomisation says, or its day.

    Of several on its day the one with the highest number of the record. Missing for people
    without such a record, and for whom the source is not linked.
    """

    kind: Literal["last_record"]
    source: str = Field(description="Linked source, as named in trial.yaml.")
    table: str = Field(description="Table of the source, one row a record.")
    date: str = Field(description="Column of the day of the record.")
    where: dict[str, list[bool | int | str]] = Field(
        default_factory=dict, description="Column -> values of the rows that are records."
    )
    column: str | None = Field(
        None, description="Column of a number; days since randomisation if absent."
    )
    complete: list[str] = Field(
        default_factory=list,
        description="Columns that the last record has to fill; missing where it does not. An "
        "earlier record does not take its place.",
    )


EmploymentKind = TotalPay | PayrollCharge | WeeksEmployed | EmployedWeeksAtLeast | MonthsEmployed
BenefitKind = (
    DaysOnBenefit
    | DaysOffBenefit
    | MonthsOnBenefit
    | TotalBenefit
    | OffBenefitAt
    | RemainedOffBenefit
    | SpellAt
    | SpellLengthBefore
)
SpellKind = EmploymentKind | BenefitKind | MonthsEmployedAndOnBenefit
ServiceKind = EventCount | EventShare | BedDays | StayCount
LinkedKind = SpellKind | ServiceKind
