"""What a chapter notebook works with: exhibits to show and numbers for its prose."""

from __future__ import annotations

import importlib
import json
import math
import os
import re
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..config.base import with_texts
from ..economics.behind import numbers_behind
from ..provenance import ROOT
from .cells import read_cells
from .data import Data, ReleasedData
from .needs import config_from, shown_in
from .notebook import DECLARATIONS
from .render import exhibit_html, figure_svg

# Imported here, so that the hash of a chapter's job covers what its notebook takes from them.
from .sentences import comparisons, economics, impacts, linkage, people, regressions  # noqa: F401
from .sentences.words import Words, as_prose, listed

if TYPE_CHECKING:
    from IPython.display import HTML

    from ..config.exhibits import Exhibit
    from ..config.models import Family


FROM_RELEASED = (
    "Numbers that might tell of single people are withheld: [c] in tables and figures. Sentences "
    "are computed from the others, and counts in them are of what is shown."
)


class Chapter:
    """One chapter of one trial in one run.

    Prose takes its numbers from `data` and `cells`, never from the keyboard. In the workflow a
    chapter knows what its job was given; elsewhere declarations are read as they stand. Raises
    KeyError for a notebook that is no chapter of the trial, FileNotFoundError where there are no
    results.
    """

    def __init__(self, notebook: str, run: str, trial: str):
        self.trial, self.run = trial, run
        declared = _declared(notebook, run, trial)
        self.name, self.synthetic = declared["name"], declared["synthetic"]
        # What is declared is text to a reader, whatever signs of Markdown are in it.
        config = config_from(declared["config"])
        sections = {n: with_texts(s, as_prose) if s else s for n, s in vars(config).items()}
        self.config = replace(config, **sections)
        self.declared = self.config.exhibits.chapters[self.name]
        self.title, self.exhibits = self.declared.title, self.declared.exhibits
        self._titles: dict[str, list[str]] = declared["config"]["titles"]
        self.folder = Path(declared["results"]) / run / trial
        if not (self.folder / "report" / "exhibits").is_dir():
            raise FileNotFoundError(
                f"no results of run '{run}' for {trial}: run `make report` first"
            )
        labels = {key: as_prose(text) for key, text in declared["config"]["labels"].items()}
        others = frozenset(declared["config"]["unlabelled"])
        self.released = bool(declared.get("released"))
        kind = ReleasedData if self.released else Data
        self.data = kind(self.folder, self.config, self.synthetic, labels, others)

    @cached_property
    def symbol(self) -> str:
        """Currency symbol of the trial."""
        return self.config.trial.currency

    @cached_property
    def specs(self) -> dict[str, Exhibit]:
        """Declarations of the chapter's exhibits by id, in order."""
        return shown_in(self.config.exhibits, self.name)

    @cached_property
    def words(self) -> Words:
        """How sentences name things; the level is that of the intervals of models.yaml.

        A chapter that shows no estimates has no level, and none of its sentences asks for one.
        """
        models = self.config.models
        return Words(self.label, self.symbol, models.confidence_level if models else math.nan)

    def label(self, key: str) -> str:
        """Return the printed text of a key, or of an outcome, as it stands in Markdown."""
        outcome = self.config.outcomes.derived.get(key)
        if outcome and outcome.label:
            return outcome.label
        text = self.data.label(key)
        # What is declared is prose already; a code that nothing declares is made readable.
        is_code = key not in self.data.labels and not re.search("/|, ", key)
        return as_prose(text) if is_code else text

    @cached_property
    def families(self) -> dict[str, Family]:
        """Families of effects that the chapter's exhibits show, but for curves over time."""
        shown = {family for spec in self.specs.values() for family in spec.estimates_read}
        declared = self.config.models.families.items() if self.config.models else ()
        return {n: family for n, family in declared if n in shown and not family.by_month}

    def solved(self, result: str, **rows: str) -> list[str]:
        """Return the numbers behind rows and a column of the economics that were solved."""
        keys = {name: [value] for name, value in rows.items()}
        behind = numbers_behind(self.data.economics, result, keys)
        return [name for name, known in behind.items() if known == "solved"]

    def of_kind(self, kind: str) -> dict[str, Exhibit]:
        """Return the chapter's exhibits of one kind by id; none if it has none."""
        return {name: spec for name, spec in self.specs.items() if spec.kind == kind}

    def cells(self, exhibit: str) -> pd.DataFrame:
        """Return the tidy cells of an exhibit."""
        return read_cells(self.folder / "report" / "exhibits" / f"{exhibit}.csv")

    def show(self, exhibit: str) -> HTML:
        """Return an exhibit for display: title, table or figure, base, source, notes, origin."""
        from IPython.display import HTML

        if self.released:
            shown = shown_in_release(self.folder, exhibit, self.trial)
        else:
            origin = f"rule make_exhibits_{self.trial}_{self.name}"
            shown = shown_html(self.folder, exhibit, self.run, self.trial, origin)
        return HTML(shown)

    def begin(self) -> None:
        """Display the title of the chapter, its question, and what was done to answer it."""
        self.say(f"# {self.title}")
        if self.declared.question:
            self.say(f"**Question.** {self.declared.question}")
        if self.declared.method:
            self.say(f"**What was done.** {self.declared.method}")
        if self.released:
            self.say(FROM_RELEASED)

    def show_all(self) -> None:
        """Display every exhibit of the chapter in the declared order, under its headings."""
        from IPython.display import display

        for exhibit in self.exhibits:
            if exhibit in self.declared.topics:
                self.say(f"## {self.declared.topics[exhibit]}")
            display(self.show(exhibit))

    def end(self) -> None:
        """Display what the chapter rests on, and where to see what would change its findings."""
        lines = []
        if self.declared.rests_on:
            lines.append(f"**Assumptions**: {listed(self.declared.rests_on)}.")
        if links := [self._link(name) for name in self.declared.challenged_by]:
            lines.append(f"**Robustness**: {'; '.join(links)}.")
        if lines:
            self.say("## Assumptions and robustness")
            self.tell(lines)

    def _link(self, exhibit: str) -> str:
        """Return a link to an exhibit of any chapter of the trial."""
        chapter, title = self._titles[exhibit]
        return f"[{as_prose(title)}]({chapter}.html#{self.trial}-{exhibit})"

    def tell(self, sentences: list[str], title: str = "") -> None:
        """Display sentences: a paragraph each, or under a title one list; nothing if there is none.

        One sentence under a title stands in its line.
        """
        if not title:
            for sentence in sentences:
                self.say(sentence)
        elif len(sentences) == 1:
            self.say(f"**{title}**: {sentences[0]}")
        elif sentences:
            self.say("\n".join([f"**{title}**", "", *(f"- {one}" for one in sentences)]))

    def say(self, text: str) -> None:
        """Display a paragraph of Markdown."""
        from IPython.display import Markdown, display

        display(Markdown(text))


def _declared(notebook: str, run: str, trial: str) -> dict[str, Any]:
    """Return the name of the chapter, its declarations as plain data, and where results are."""
    if path := os.environ.get(DECLARATIONS):
        return json.loads(Path(path).read_text(encoding="utf-8"))
    # Only who works in a notebook comes here. Not imported by name: the hash of a chapter's job
    # would cover every check of the configuration.
    load = importlib.import_module("ipseval.config.load")
    needs = importlib.import_module("ipseval.report.needs")
    project = load.load_project(ROOT, {"run": run, "trials": [trial]})
    config = project.trials[trial]
    named = [n for n, c in config.exhibits.chapters.items() if c.notebook == notebook]
    if not named:
        raise KeyError(f"{trial} has no chapter with notebook {notebook}")
    return {
        "name": named[0],
        "synthetic": project.run.extracts[trial].source == "synthetic",
        "config": needs.config_slice(config, named[0]),
        "results": str(ROOT / project.main.results),
    }


def shown_html(folder: Path, exhibit: str, run: str, trial: str, origin: str) -> str:
    """Return an exhibit as HTML; `folder` has the results of the trial."""
    card, body, endings = _exhibit(folder, exhibit, trial)
    endings += ["png"] if "png" in card else []
    links = {end.upper(): f"../exhibits/{exhibit}.{end}" for end in endings}
    path = f"results/{run}/{trial}/report/exhibits/{exhibit}.csv"
    return exhibit_html(card, body, links, origin, f"ipseval audit {path}")


def shown_in_release(folder: Path, exhibit: str, trial: str) -> str:
    """Return an exhibit as it leaves; `folder` has the released results of the trial."""
    card, body, endings = _exhibit(folder, exhibit, trial)
    links = {end.upper(): f"../../{trial}/{exhibit}.{end}" for end in endings}
    return exhibit_html(card, body, links, "disclosure control", f"release/{trial}/{exhibit}.csv")


def _exhibit(folder: Path, exhibit: str, trial: str) -> tuple[dict[str, Any], str, list[str]]:
    """Return the card, the body and the endings of the files of an exhibit; a release may have no
    picture or table of it, and the card says why.
    """
    files = folder / "report" / "exhibits"
    card = json.loads((files / f"{exhibit}.json").read_text(encoding="utf-8"))
    card |= {"trial": trial, "exhibit": exhibit, "number": _number(trial, card)}
    if "missing" in card:
        return card, f"<p>Not shown: {card['missing']}.</p>", ["csv"]
    ending = "svg" if card["form"] == "figure" else "html"
    body = (files / f"{exhibit}.{ending}").read_text(encoding="utf-8")
    return card, figure_svg(body, card) if ending == "svg" else body, ["csv", ending]


def _number(trial: str, card: dict[str, Any]) -> str:
    """Return "Table 2.1" for a regenerated exhibit, "Table" or "Figure" for an added one."""
    form = card["form"].capitalize()
    # Several exhibits may regenerate one, so the number is that of the published.
    published = card["published"] or ""
    match = re.fullmatch(rf"{trial}:(?:table|figure)-([a-z]?[0-9.]+)", published)
    return f"{form} {match[1].upper()}." if match else f"{form}."
