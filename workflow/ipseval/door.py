"""The door: the results of one trial in one run, for a notebook or a console."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .catalogue import path_of
from .config.base import suggest
from .config.load import load_project
from .errors import InputError
from .provenance import ROOT
from .report.cells import read_cells
from .report.chapter import shown_html
from .report.data import Data

if TYPE_CHECKING:
    from .config.declared import TrialConfig
    from .why import Why


def open(folder: str | Path) -> TrialResults:
    """Return the results of a trial, `results/<run>/<trial>`.

    A relative folder is looked for here, then in the project. Raises InputError where no run has
    left results.
    """
    here = Path(folder).expanduser()
    places = [here] if here.is_absolute() else [here, ROOT / here]
    for place in places:
        if (place / path_of("people")).is_file():
            return TrialResults(place.resolve())
    raise InputError(
        "no results of a trial", file=here, expected="results/<run>/<trial>, made by `make report`"
    )


class TrialResults:
    """Results of one trial in one run, read when they are asked for."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.run, self.trial = folder.parent.name, folder.name

    def __repr__(self) -> str:
        return f"<{self.trial} of run {self.run}: {len(self.exhibits)} exhibits>"

    @cached_property
    def config(self) -> TrialConfig:
        """Declarations of the trial, as they stand now."""
        return load_project(ROOT, {"run": self.run, "trials": [self.trial]}).trials[self.trial]

    @cached_property
    def _data(self) -> Data:
        return Data(self.folder, self.config, True, {})

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a randomised person: arm, covariates, outcomes, weights."""
        return self.table("people")

    @cached_property
    def months(self) -> pd.DataFrame:
        """One row a person and month relative to randomisation."""
        return self.table("months")

    def table(self, name: str) -> pd.DataFrame:
        """Return a result by its name in the catalogue: quality, samples, summary, draws, ..."""
        return self._data.table(name)

    @cached_property
    def families(self) -> list[str]:
        """Families of estimates, and tests of several at once, that there are results of."""
        return sorted(path.stem for path in (self.folder / "impact").glob("*.csv"))

    def estimate(self, family: str) -> pd.DataFrame:
        """Return the estimates of a family, impact/<family>.csv; raises InputError for none."""
        self._has("family", family, self.families)
        return self._data.impact(family)

    @cached_property
    def exhibits(self) -> list[str]:
        """Exhibits that there are results of."""
        return sorted(path.stem for path in (self.folder / "report" / "exhibits").glob("*.csv"))

    def exhibit(self, name: str) -> ShownExhibit:
        """Return an exhibit: its tidy cells, and what it looks like; raises InputError for none."""
        self._has("exhibit", name, self.exhibits)
        return ShownExhibit(self, name)

    def why(
        self,
        exhibit: str,
        panel: str | None = None,
        row: str | None = None,
        column: str | None = None,
        statistic: str | None = None,
    ) -> Why:
        """Return where one number of an exhibit comes from.

        Raises InputError where the keys fit no cell, or more than one, and names those that
        would tell them apart.
        """
        from .why import why

        keys = {"panel": panel, "row": row, "column": column, "statistic": statistic}
        return why(self, exhibit, {key: text for key, text in keys.items() if text is not None})

    def _has(self, what: str, name: str, known: list[str]) -> None:
        if name not in known:
            raise InputError(f"unknown {what} '{name}'{suggest(name, known)}", file=self.folder)


class ShownExhibit:
    """One exhibit of a trial's report."""

    def __init__(self, results: TrialResults, name: str):
        self._results, self.name = results, name
        path = results.folder / "report" / "exhibits" / f"{name}.json"
        self.card: dict = json.loads(path.read_text(encoding="utf-8"))

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Tidy cells, with the number of people behind each."""
        return read_cells(self._results.folder / "report" / "exhibits" / f"{self.name}.csv")

    @property
    def title(self) -> str:
        """Title of the exhibit."""
        return self.card["title"]

    def __repr__(self) -> str:
        return f"<{self.card['form']} {self.name}: {self.title}>\n{self.cells.to_string()}"

    def _repr_html_(self) -> str:
        results = self._results
        return shown_html(results.folder, self.name, results.run, results.trial, "make_exhibits")
