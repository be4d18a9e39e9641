"""The report site: one self-contained page with all chapters of all trials."""

import html
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..config.run import Run
from ..config.trial import Trial
from .render import environment, policy_with, script, style


@dataclass(frozen=True)
class Page:
    """One chapter in the site: its id, title and HTML body."""

    id: str
    title: str
    body: str


@dataclass(frozen=True)
class Numbered:
    """An exhibit in the list of a trial: its anchor, number, title, and the published number."""

    id: str
    number: str
    title: str
    published: str


@dataclass(frozen=True)
class Part:
    """One trial in the site, its exhibits numbered through."""

    id: str
    trial: Trial
    synthetic: bool
    pages: list[Page]
    exhibits: list[Numbered]


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
            script=script(),
            policy=policy_with(script()),
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


# The caption of an exhibit as its template writes it.
_CAPTION = re.compile(
    r'<figure class="exhibit (?P<form>table|figure)" id="(?P<id>[^"]+)">\n<figcaption>\n'
    r'<strong class="number">(?P<number>[^<]*)</strong> (?P<title>[^\n]*)'
)


def numbered(trial: str, config: Trial, synthetic: bool, pages: list[Page]) -> Part:
    """Return a trial for the site, tables and figures numbered in the order in which they stand.

    One that regenerates a published exhibit names the number that it has there. One that stands in
    several chapters keeps its first number.
    """
    counts = {"table": 0, "figure": 0}
    known: dict[str, Numbered] = {}

    def with_number(match: re.Match[str]) -> str:
        name, form, title = match["id"], match["form"], match["title"]
        first = name not in known
        if first:
            counts[form] += 1
            published = match["number"].rstrip(".")
            published = published if any(c.isdigit() for c in published) else ""
            number = f"{form.capitalize()} {counts[form]}"
            known[name] = Numbered(name, number, html.unescape(title), published)
        one = known[name]
        there = f"(published as {one.published})" if one.published else ""
        there = f' <span class="soft">{there}</span>' if there else ""
        anchor = f' id="{name}"' if first else ""
        link = f'<a class="permalink" href="#{name}" aria-label="Link to {one.number}">#</a>'
        return (
            f'<figure class="exhibit {form}"{anchor}>\n<figcaption>\n'
            f'<strong class="number">{one.number}{there}.</strong> {title} {link}'
        )

    made = [Page(page.id, page.title, _CAPTION.sub(with_number, page.body)) for page in pages]
    return Part(trial, config, synthetic, made, list(known.values()))


def chapter_page(folder: Path, trial: str, chapter: str) -> Path:
    """Return the file of an executed chapter in the results of a run."""
    return folder / trial / "report" / "chapters" / f"{chapter}.html"
