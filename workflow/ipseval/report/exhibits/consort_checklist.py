"""CONSORT 2025 checklist: where the report has each item, and which it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.base import suggest
from ...config.exhibits import Layout, TableExhibit, default_layout
from ...config.refs import Place
from ...disclosed import Class
from ..cells import as_frame, text_cell

if TYPE_CHECKING:
    from ...lazy import pd
    from ..data import Data

# Items of CONSORT 2025 (Hopewell and others, 2025) in own words -> kinds of exhibits that have it.
ITEMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "1a": ("Title names the study as randomised", ()),
    "1b": ("Structured abstract", ()),
    "2": ("Registration", ()),
    "3": ("Protocol and analysis plan: where they are", ("analysis_plan",)),
    "4": ("Sharing of data and code", ()),
    "5a": ("Funding", ()),
    "5b": ("Conflicts of interest", ()),
    "6": ("Background and rationale", ()),
    "7": ("Objectives, by benefits and harms", ("analysis_plan",)),
    "8": ("Involvement of patients or the public", ()),
    "9": ("Design: type, allocation ratio, framework", ()),
    "10": ("Changes after the start, with reasons", ()),
    "11": ("Setting and places", ()),
    "12a": ("Eligibility of participants", ()),
    "12b": ("Eligibility of sites and of those who treat", ()),
    "13": ("Intervention and comparator, to be replicated", ()),
    "14": ("Outcomes: variable, measure, time, of each", ("analysis_plan", "outcome_register")),
    "15": ("Harms: how they were defined and assessed", ()),
    "16a": ("Sample size, with its assumptions", ()),
    "16b": ("Interim analyses and stopping rules", ()),
    "17a": ("Who made the random sequence, and how", ()),
    "17b": ("Type of randomisation and restrictions", ("allocation_audit",)),
    "18": ("Concealment of the allocation", ()),
    "19": ("Who enrolled and assigned, and had access", ()),
    "20a": ("Who was blinded", ()),
    "20b": ("How blinding was done", ()),
    "21a": ("Statistical methods for outcomes and harms", ("trial_effects", "estimates_table")),
    "21b": ("Who is in each analysis, and in which group", ("trial_flow", "flow_diagram")),
    "21c": ("How missing data were handled", ("missing_by_arm",)),
    "21d": ("Further analyses: subgroups, sensitivity", ("subgroup_forest", "robustness_plot")),
    "22a": ("Flow: randomised, treated, analysed", ("trial_flow", "flow_diagram")),
    "22b": ("Losses and exclusions by group, with reasons", ("trial_flow", "flow_diagram")),
    "23a": ("Dates of recruitment and follow-up", ("recruitment_curve",)),
    "23b": ("Why the trial ended or was stopped", ()),
    "24a": ("Intervention as it was given, and adherence", ()),
    "24b": ("Care besides it in each group", ()),
    "25": ("Baseline data by group", ("table_one", "balance")),
    "26": ("Outcomes: numbers, results by group, effects and precision", ("trial_effects",)),
    "27": ("Harms by group", ("harms",)),
    "28": ("Further analyses, planned or not", ("subgroup_forest", "robustness_plot")),
    "29": ("Interpretation", ()),
    "30": ("Limitations", ()),
}


class ConsortChecklist(TableExhibit):
    """The items of CONSORT 2025, each with where the report has it.

    `where` says it; of an item that it leaves out, exhibits of the same chapter are named.
    """

    kind: Literal["consort_checklist"]
    disclosure: ClassVar[Class | None] = "no data"
    declared: ClassVar[bool] = True
    layout: Layout = default_layout(rows=["row"], columns=["column"])
    where: dict[str, str] = Field(
        default_factory=dict, description="Item, such as 5a -> where it is reported."
    )

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Items are those of CONSORT."""
        yield from super().problems(place)
        for item in self.where:
            if item not in ITEMS:
                yield f"where.{item}", f"unknown item '{item}'{suggest(item, ITEMS)}"

    def cells(self, data: Data) -> pd.DataFrame:
        """Row item, columns what it asks for and where it is."""
        cells = []
        for item, (text, kinds) in ITEMS.items():
            here = data.config.exhibits.exhibits.values()
            titles = [spec.title for spec in here if spec.kind in kinds]
            place = self.where.get(item) or "; ".join(titles)
            cells.append(text_cell("all", item, "item", "text", text))
            cells.append(text_cell("all", item, "where", "text", place or "Not in this report"))
        return as_frame(cells)
