"""What a chapter notebook works with: exhibits to show and numbers for its prose."""

from __future__ import annotations

import json
import os
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..config.load import load_project
from ..provenance import ROOT
from .cells import read_cells
from .data import Data
from .labels import declared_labels, economics_labels
from .render import exhibit_html, figure_svg

if TYPE_CHECKING:
    from IPython.display import HTML


class Chapter:
    """One chapter of one trial in one run.

    Prose takes its numbers from `data` and `cells`, never from the keyboard. The results are
    found in the folder of config.yaml, or in the one that IPSEVAL_RESULTS names.
    """

    def __init__(self, notebook: str, run: str, trial: str):
        project = load_project(ROOT, {"run": run, "trials": [trial]})
        self.trial, self.run = trial, run
        self.config = project.trials[trial]
        chapters = self.config.exhibits.chapters
        found = [name for name, chapter in chapters.items() if chapter.notebook == notebook]
        if not found:
            raise KeyError(f"{trial} has no chapter with notebook {notebook}")
        self.name = found[0]
        self.title = chapters[self.name].title
        self.exhibits = chapters[self.name].exhibits
        results = Path(os.environ.get("IPSEVAL_RESULTS", ROOT / project.main.results))
        self.folder = results / run / trial
        if not (self.folder / "report" / "exhibits").is_dir():
            raise FileNotFoundError(
                f"no results of run '{run}' for {trial}: run `make report` first"
            )
        self.synthetic = project.run.extracts[trial].source == "synthetic"
        labels = declared_labels(self.config) | economics_labels(self.config)
        self.data = Data(self.folder, self.config, self.synthetic, labels)

    @cached_property
    def symbol(self) -> str:
        """Currency symbol of the trial."""
        return self.config.trial.currency

    def cells(self, exhibit: str) -> pd.DataFrame:
        """Return the tidy cells of an exhibit."""
        return read_cells(self.folder / "report" / "exhibits" / f"{exhibit}.csv")

    def show(self, exhibit: str) -> HTML:
        """Return an exhibit for display: title, table or figure, base, source, notes, origin."""
        from IPython.display import HTML

        folder = self.folder / "report" / "exhibits"
        card = json.loads((folder / f"{exhibit}.json").read_text(encoding="utf-8"))
        card |= {"trial": self.trial, "number": _number(self.trial, card)}
        if card["form"] == "figure":
            svg = (folder / f"{exhibit}.svg").read_text(encoding="utf-8")
            body = figure_svg(svg, card)
            endings = ["csv", "svg", "png"]
        else:
            body = (folder / f"{exhibit}.html").read_text(encoding="utf-8")
            endings = ["csv", "html"]
        links = {end.upper(): f"../exhibits/{exhibit}.{end}" for end in endings}
        path = f"results/{self.run}/{self.trial}/report/exhibits/{exhibit}.csv"
        origin = f"rule make_exhibits_{self.trial}_{self.name}"
        return HTML(exhibit_html(card, body, links, origin, f"ipseval audit {path}"))

    def show_all(self) -> None:
        """Display every exhibit of the chapter in the declared order."""
        from IPython.display import display

        for exhibit in self.exhibits:
            display(self.show(exhibit))

    def say(self, text: str) -> None:
        """Display a paragraph of Markdown."""
        from IPython.display import Markdown, display

        display(Markdown(text))


def _number(trial: str, card: dict) -> str:
    """Return "Table 2.1" for a regenerated exhibit, "Table" or "Figure" for an added one."""
    form = card["form"].capitalize()
    # Several exhibits may regenerate one, so the number is that of the published.
    published = card["published"] or ""
    found = re.fullmatch(rf"{trial}:(?:table|figure)-([a-z]?[0-9.]+)", published)
    return f"{form} {found[1].upper()}." if found else f"{form}."
