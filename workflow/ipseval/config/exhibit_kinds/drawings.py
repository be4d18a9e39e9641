"""Drawings and tables of the design, which show declared facts and no data."""

from typing import Literal

from pydantic import Field, model_validator

from ..base import Section, suggest
from .base import ExhibitBase, TableBase


class Event(Section):
    """A dated event, or a period with an end."""

    label: str = Field(description="Short text.")
    start: str = Field(description="ISO date.")
    end: str | None = Field(None, description="ISO date of the last day of a period.")


class TimeLine(ExhibitBase):
    """Events and periods against time, from declared dates."""

    kind: Literal["time_line"]
    events: list[Event] = Field(min_length=1, description="Events in printed order.")


class Node(Section):
    """A box of a diagram."""

    text: str = Field(description="Text in the box.")
    at: tuple[float, float] = Field(description="Column and row, from the upper left.")


class DeclaredTable(TableBase):
    """A table of declared texts."""

    kind: Literal["declared_table"]
    rows: dict[str, dict[str, str]] = Field(
        min_length=1, description="Key of the row -> key of the column -> text."
    )


class Diagram(ExhibitBase):
    """Boxes and arrows, from declared nodes and edges."""

    kind: Literal["diagram"]
    nodes: dict[str, Node] = Field(min_length=1, description="Boxes by name.")
    edges: list[tuple[str, str]] = Field(description="Arrows: from a box to a box.")

    @model_validator(mode="after")
    def _edges_join_nodes(self):
        for name in {name for edge in self.edges for name in edge}:
            if name not in self.nodes:
                raise ValueError(f"edges name an unknown node '{name}'{suggest(name, self.nodes)}")
        return self
