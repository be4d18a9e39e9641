"""Every registered outcome, with its status computed from the estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...config.base import Section
from ...config.exhibits import FamilyName, FamilyOutcome, TableExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import DECLARED, as_frame, cell, source_of, text_cell
from ..formats import grouped

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class Registered(Section):
    """One registered outcome."""

    label: str = Field(
        pattern=r"^[A-Z]", description="Outcome in own words, with a capital to begin with."
    )
    tier: str = Field(description="Key of its tier, for example primary.")
    source: str = Field(description="Instrument or source of data.")
    time: str = Field(description="Time point.")
    definition: str = Field(description="Definition in own words.")
    listed: list[str] = Field(
        min_length=1, description="Keys of the lists that have it, for example registry."
    )
    family: FamilyName | None = Field(None, description="Impact family that estimates it.")
    outcome: FamilyOutcome | None = Field(None, description="Outcome of that family.")
    reason: str | None = Field(None, description="Why there is no estimate.")

    @model_validator(mode="after")
    def _is_estimated_or_says_why_not(self) -> Self:
        if (self.family is None) != (self.outcome is None):
            raise ValueError("family and outcome go together")
        if (self.family is None) == (self.reason is None):
            raise ValueError("give family and outcome, or the reason why there is no estimate")
        return self


class OutcomeRegister(TableExhibit):
    """Every registered outcome, with its status computed from the estimates.

    Panel tier, row outcome; column source, time, definition, listed and status.
    """

    kind: Literal["outcome_register"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    entries: list[Registered] = Field(min_length=1, description="Outcomes in order.")

    @model_validator(mode="after")
    def _rows_are_distinct(self) -> Self:
        seen = set()
        for entry in self.entries:
            if (entry.tier, entry.label) in seen:
                raise ValueError(f"'{entry.label}' is listed twice under '{entry.tier}'")
            seen.add((entry.tier, entry.label))
        return self

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Source, time, definition, lists and status; panel tier, row outcome."""
        cells = []
        for entry in self.entries:
            listed = ", ".join(self.labels.get(key) or data.label(key) for key in entry.listed)
            for column, text in (
                ("source", entry.source),
                ("time", entry.time),
                ("definition", entry.definition),
                ("listed", listed),
            ):
                cells.append(text_cell(entry.tier, entry.label, column, "text", text))
            status, n, source = _status(entry, data)
            keys = (entry.tier, entry.label, "status", "status")
            cells.append(cell(*keys, np.nan, status, "", n, source=source))
        return as_frame(cells)


def _status(entry: Registered, data: Data) -> tuple[str, Any, str]:
    """Return (status, largest number of people, source), from the estimates themselves."""
    if entry.family is None:
        return f"Not estimated: {entry.reason}", pd.NA, DECLARED
    family = data.config.models.families[entry.family]
    estimates = data.impact(entry.family)
    estimates = estimates[(estimates["outcome"] == entry.outcome) & estimates["estimate"].notna()]
    if estimates.empty:
        # The file as a whole: it has no row of the outcome.
        source = source_of("impact", entry.family)
        return f"Not estimated: no estimate came out of '{family.label}'", pd.NA, source
    groups, least, most = estimates["group"].nunique(), estimates["n"].min(), estimates["n"].max()
    months = ""
    if family.by_month:
        after = [t for t in estimates["timepoint"].unique() if int(t.rsplit("_", 1)[1]) > 0]
        months = f" in {len(after)} months after randomisation"
    people = grouped(most) if least == most else f"{grouped(least)} to {grouped(most)}"
    word = "group" if groups == 1 else "groups"
    source = source_of("impact", entry.family, outcome=entry.outcome)
    return f"Estimated for {groups} {word}{months}, n = {people}: {family.label}", int(most), source
