"""The report site: one self-contained page with all chapters of all trials."""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..config.run import Run
from ..config.trial import Trial
from .appendix import Line, cited, linked
from .findings import Front
from .island import island
from .render import environment, policy_with, script, style, with_whole_names
from .squeezed import Short, squeezed, style_sheet


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
class TrialPart:
    """One trial in the site, its exhibits numbered through."""

    id: str
    trial: Trial
    synthetic: bool
    pages: list[Page]
    exhibits: list[Numbered]


@dataclass(frozen=True)
class About:
    """What the page says of itself: versions, sources, citation, glossary, assumptions."""

    version: str = ""
    code: str = ""
    sources: list[Line] = field(default_factory=list)
    glossary: list[Line] = field(default_factory=list)
    assumptions: dict[str, str] = field(default_factory=dict)


def build_site(
    run_name: str,
    run: Run,
    parts: list[TrialPart],
    summary: pd.DataFrame,
    conflicts: pd.DataFrame,
    notice: str = "",
    *,
    fronts: Mapping[str, Front] | None = None,
    carried: Mapping[str, Any] | None = None,
    about: About | None = None,
) -> str:
    """Return the site as HTML; `summary` is the concordance by exhibit with a total row,
    `conflicts` has a row for each audited finding about the published numbers, `notice` stands on
    top.

    `fronts` has the findings by trial, `carried` what the page holds for its script: cells and
    facts by trial, the concordance, conflicts. Without them it shows its exhibits alone.
    """
    rows = summary.to_dict("records")
    about = about or About()
    short = Short()
    parts = [_finished(part, short, about.assumptions) for part in parts]
    body = "".join(page.body for part in parts for page in part.pages)
    return with_whole_names(
        environment()
        .get_template("site.html.j2")
        .render(
            style=style(),
            picture_styles=style_sheet(short),
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
            fronts=fronts or {},
            islands={name: island(content) for name, content in (carried or {}).items()},
            about=about,
            cited=cited(body, about.assumptions),
        )
    )


def _finished(part: TrialPart, short: Short, known: dict[str, str]) -> TrialPart:
    """Return a trial with its pictures squeezed and assumptions linked."""
    pages = [replace(page, body=linked(squeezed(page.body, short), known)) for page in part.pages]
    return replace(part, pages=pages)


def page_from(trial: str, chapter: str, title: str, body: str) -> Page:
    """Return a chapter for the site, whose page holds what files hold."""
    return Page(id=page_id(trial, chapter), title=title, body=body)


def pages_of(
    chapters: Iterable[tuple[str, str, str]], paths: Iterable[Path]
) -> dict[str, list[Page]]:
    """Return by trial the pages of chapters, given as trial, chapter and title, and their files."""
    from .notebook import body_of

    pages: dict[str, list[Page]] = {}
    for (trial, chapter, title), path in zip(chapters, paths, strict=True):
        pages.setdefault(trial, []).append(page_from(trial, chapter, title, body_of(path)))
    return pages


def page_id(trial: str, chapter: str) -> str:
    """Return the id of a chapter on the page; an exhibit may have the name of a chapter."""
    return f"chapter-{trial}-{chapter}"


# Links to the files of an exhibit, which lead nowhere from a page that was sent by mail.
_FILES = re.compile(r' Files:(?: <a href="[^"]*">[A-Z]+</a>)+\.')
_HEADING = re.compile(r"<(/?)h([1-4])\b")


def _deeper(body: str) -> str:
    """Return a chapter with its headings below those of the report and the trial."""
    return _HEADING.sub(lambda match: f"<{match[1]}h{int(match[2]) + 2}", body)


# The caption of an exhibit as its template writes it.
_CAPTION = re.compile(
    r'<figure class="exhibit (?P<form>table|figure)" id="(?P<id>[^"]+)">\n<figcaption>\n'
    r'<strong class="number">(?P<number>[^<]*)</strong> (?P<title>[^\n]*)'
)


def numbered(trial: str, config: Trial, synthetic: bool, pages: list[Page]) -> TrialPart:
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
        anchor += f' data-trial="{trial}" data-name="{name.removeprefix(trial + "-")}"'
        link = f'<a class="permalink" href="#{name}" aria-label="Link to {one.number}">#</a>'
        return (
            f'<figure class="exhibit {form}"{anchor}>\n<figcaption>\n'
            f'<strong class="number">{one.number}{there}.</strong> {title} {link}'
        )

    made = [
        Page(page.id, page.title, _CAPTION.sub(with_number, _FILES.sub("", _deeper(page.body))))
        for page in pages
    ]
    made = [replace(page, body=_referred(page.body, known)) for page in made]
    return TrialPart(trial, config, synthetic, made, list(known.values()))


# A link from the page of a chapter to an exhibit of another.
_REFERENCE = re.compile(r'<a href="[\w.-]+\.html#(?P<id>[^"]+)">(?P<title>.*?)</a>', re.DOTALL)


def _referred(body: str, known: dict[str, Numbered]) -> str:
    """Return a chapter whose references lead to the exhibits of this page, by their numbers.

    Of one that the page does not show the title stands alone.
    """

    def reference(match: re.Match[str]) -> str:
        if one := known.get(match["id"]):
            return f'<a href="#{one.id}">{one.number}: {match["title"]}</a>'
        return match["title"]

    return _REFERENCE.sub(reference, body)


def chapter_page(folder: Path, trial: str, chapter: str) -> Path:
    """Return the file of an executed chapter in the results of a run."""
    return folder / trial / "report" / "chapters" / f"{chapter}.html"
