"""What every exhibit declares, and the layout of a table."""

from pydantic import Field, field_validator

from ..base import Section, suggest


class Layout(Section):
    """How tidy cells become rows and columns of a printed table."""

    rows: list[str] = Field(description="Cell fields that make the row headers.")
    columns: list[str] = Field(description="Cell fields that make the column headers.")

    @field_validator("rows", "columns")
    @classmethod
    def _are_cell_fields(cls, names: list[str]) -> list[str]:
        known = ["panel", "row", "column"]
        for name in names:
            if name not in known:
                raise ValueError(f"unknown cell field '{name}'{suggest(name, known)}")
        return names


class ExhibitBase(Section):
    """What every exhibit declares."""

    title: str = Field(description="Title, in own words.")
    published: str | None = Field(
        None, description="Exhibit of the published report that this one regenerates."
    )
    base: str = Field(description="Whom or what the numbers are about.")
    source: str | None = Field(None, description="Source line; the trial's own if absent.")
    notes: list[str] = Field(default_factory=list, description="Notes under the exhibit.")
    labels: dict[str, str] = Field(
        default_factory=dict, description="Key in the cells -> text as printed."
    )

    @property
    def families_read(self) -> list[str]:
        """Impact families, or tests, whose estimates it shows."""
        family = getattr(self, "family", None)
        return [family] if family else []


class TableBase(ExhibitBase):
    """What every table declares as well."""

    layout: Layout = Field(description="Rows and columns.")
