"""Exhibits of linkage to administrative records."""

from typing import Literal

from pydantic import Field

from .base import ExhibitBase, TableBase


class ExtractRepairs(TableBase):
    """Rows of each table, and what declared rules left out or set missing.

    Panel table, row `every row` and one a rule that repaired some; column rows, left_out and
    set_missing.
    """

    kind: Literal["extract_repairs"]
    tables: list[str] = Field(min_length=1, description="Tables of the extracts, in order.")


class LinkageQuality(TableBase):
    """People linked to each source, by group and arm."""

    kind: Literal["linkage_quality"]


class LinkagePasses(TableBase):
    """People linked by each pass, by source."""

    kind: Literal["linkage_passes"]


class LinkageMethods(TableBase):
    """Ways of linking against the known truth: precision, recall, F1, losses, by source."""

    kind: Literal["linkage_methods"]


class MatchWeights(ExhibitBase):
    """What agreement and disagreement of each field are worth in a probabilistic pass."""

    kind: Literal["match_weights"]
    model: str = Field(description="Linked source and pass: source.pass.")
