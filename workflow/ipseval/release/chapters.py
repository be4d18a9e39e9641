"""Chapters of a trial as they leave: notebooks executed on what is released alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import write_csv, write_text
from ..report.data import NotReleasedError
from ..report.facts import TrialMade
from ..report.findings import found_in
from ..report.needs import config_from

if TYPE_CHECKING:
    import pandas as pd

    from ..report.told import Told
    from .trial import Task

NOTEBOOKS = "notebooks"


@dataclass(frozen=True)
class ChapterMade:
    """A chapter as it leaves: the HTML of its page, or why its prose is left out."""

    chapter: str
    body: str
    missing: str = ""


def telling(notebooks: dict[str, Path]) -> list[str]:
    """Return the chapters whose notebooks tell of the families of effects that they show."""
    return [c for c, path in notebooks.items() if ".families" in path.read_text(encoding="utf-8")]


def write_told(told: list[Told], cells: pd.DataFrame, folder: Path) -> None:
    """Write what is released of the results that prose tells of, as files of results.

    cells: those of all of `told`, one under the other, as they leave.
    """
    at = 0
    for one in told:
        end = at + len(one.frame())
        write_csv(folder / one.path, one.released(cells.iloc[at:end]))
        at = end


def exhibits_into(folder: Path, files: Path) -> None:
    """Put the released exhibits where a chapter looks for them."""
    target = folder / "report" / "exhibits"
    target.mkdir(parents=True, exist_ok=True)
    for path in files.iterdir():
        if path.is_file():
            shutil.copyfile(path, target / path.name)


def executed(task: Task, results: Path, folder: Path) -> Iterator[ChapterMade]:
    """Yield the chapters of a trial, executed on released results; write notebooks into a folder.

    results: has the released results of the trial, as a folder of results has them. A notebook that
    asks for a result of which nothing is released has no prose here.
    """
    import nbformat

    from ..report.notebook import FailedCellError, body_of_html, execute_chapter, to_html

    for chapter, path in task.notebooks.items():
        declared = {
            "name": chapter,
            "synthetic": task.synthetic,
            "config": task.chapters[chapter],
            "results": str(results.resolve()),
            "released": True,
        }
        try:
            notebook = execute_chapter(
                path,
                {"run": task.run, "trial": task.trial},
                declared,
                task.drafts / f"released.{task.trial}.{chapter}.ipynb",
                Path(),
            )
        except FailedCellError as error:
            if error.name != NotReleasedError.__name__:
                raise
            yield ChapterMade(chapter, "", f"its prose is made from {error.said}")
            continue
        write_text(folder / f"{chapter}.ipynb", nbformat.writes(notebook) + "\n")
        yield ChapterMade(chapter, body_of_html(to_html(notebook)))


def found_of(trial: str, run: str, results: Path, page: dict[str, Any]) -> list[list[Any]]:
    """Return what the first page of the release says was found: headings, details and sentences.

    page: the declarations that the page of a report depends on (report/needs.py).
    """
    made = TrialMade(run, trial, results / run / trial, config_from(page))
    lines = found_in(made, page["labels"])
    return [[line.heading, line.detail, line.sentences] for line in lines]
