"""The report site: one self-contained page with all chapters of all trials."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..config.run import Run
from ..config.trial import Trial
from .render import POLICY, environment, style


@dataclass(frozen=True)
class Page:
    """One chapter in the site: its id, title and HTML body."""

    id: str
    title: str
    body: str


@dataclass(frozen=True)
class Part:
    """One trial in the site."""

    id: str
    trial: Trial
    synthetic: bool
    pages: list[Page]


def build_site(
    run_name: str,
    run: Run,
    parts: list[Part],
    summary: pd.DataFrame,
    conflicts: pd.DataFrame,
    notice: str = "",
) -> str:
    """Return the site as HTML; `summary` is the concordance by exhibit with a total row,
    `conflicts` has a row for each audited finding about the published numbers, `notice` stands on
    top."""
    rows = summary.to_dict("records")
    return (
        environment()
        .get_template("site.html.j2")
        .render(
            style=style(),
            policy=POLICY,
            notice=notice,
            run_name=run_name,
            run=run,
            parts=parts,
            total=rows[-1],
            made=[row for row in rows[:-1] if row["not_produced"] < row["cells"]],
            conflicts=conflicts.to_dict("records"),
            missing=[row for row in rows[:-1] if row["not_produced"] == row["cells"]],
        )
    )


def page_from(trial: str, chapter: str, title: str, body: str) -> Page:
    """Return a chapter for the site, its links to exhibits made relative to the site."""
    body = body.replace('href="../exhibits/', f'href="../{trial}/report/exhibits/')
    return Page(id=f"{trial}-{chapter}", title=title, body=body)


def chapter_page(folder: Path, trial: str, chapter: str) -> Path:
    """Return the file of an executed chapter in the results of a run."""
    return folder / trial / "report" / "chapters" / f"{chapter}.html"
