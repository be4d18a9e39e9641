"""The report of a release: page, PDF and workbook made of what is released of each trial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.run import Run
from ..config.trial import Trial
from ..files import read_csv, write_bytes, write_zip
from ..lazy import pd
from ..report.carried import about_page
from ..report.cells import NUMBER, read_cells
from ..report.documents import ChapterText, Part, Shown, chapter_of
from ..report.facts import cells_in
from ..report.facts import compared as as_carried
from ..report.findings import Front, FrontLine, reproduced
from ..report.grid import Grid
from ..report.pdf import build_pdf
from ..report.site import About, build_site, numbered, page_from
from ..report.statuses import summarise
from ..report.workbook import build_workbook
from .chapters import NOTEBOOKS

if TYPE_CHECKING:
    from .released import Made
    from .trial import Unpacked


@dataclass(frozen=True)
class TrialReleased:
    """A trial in the report of a release: pages, a part of the PDF, what was found, its cells.

    pages: chapter, title and HTML. cells: exhibit -> its released CSV.
    """

    trial: str
    pages: list[tuple[str, str, str]]
    part: Part
    found: list[FrontLine]
    cells: dict[str, str]


def released_trial(
    trial: str, params: Any, made: Unpacked, target: Path, folder: Path
) -> TrialReleased:
    """Return a trial for the report of a release; without prose a chapter has exhibits alone."""
    exhibits = {one.exhibit: one for one in made.exhibits}
    pages, texts = [], []
    for chapter, declared in params.chapters[trial].items():
        title, shown = declared["title"], declared["exhibits"]
        if chapter in made.chapters:
            pages.append((chapter, title, made.chapters[chapter]))
            texts.append(
                chapter_of(folder / NOTEBOOKS / trial / f"{chapter}.ipynb", trial, declared)
            )
        else:
            body = f"<h1>{title}</h1>" + "".join(exhibits[name].page for name in shown)
            pages.append((chapter, title, body))
            texts.append(ChapterText(title, [{"kind": "exhibit", "id": name} for name in shown]))
    declared_trial = Trial.model_validate(params.trials[trial])
    shown_ = {name: _shown(one, target) for name, one in exhibits.items()}
    part = Part(trial, declared_trial, params.synthetic[trial], texts, shown_)
    files = sorted(path.stem for path in target.glob("*.csv"))
    return TrialReleased(trial, pages, part, made.found, cells_in(target, files))


def _shown(made: Made, folder: Path) -> Shown:
    """Return an exhibit for the PDF and the workbook."""
    svg = folder / f"{made.exhibit}.svg"
    picture = svg.read_text(encoding="utf-8") if svg.exists() else ""
    grid = Grid(**made.grid) if made.grid else None
    return Shown(made.exhibit, made.card, grid, picture, made.missing)


def compared_of(run_folder: Path, params: Any, trials: list[TrialReleased]) -> pd.DataFrame:
    """Return the concordance of released cells, `reproduced` as they are printed.

    That a withheld number agrees with a published one would tell it, so such a line is left out;
    so is one whose published number is finer than what is released, and the distance of one that
    was not reached. Where counts are rounded there is none, since what it says is of exact ones.
    """
    as_text = {"dtype": "str", "keep_default_na": False}
    table = read_csv(run_folder / "concordance.csv", **as_text)
    if params.policy["rounding"] > 1:
        return table.iloc[:0]
    keys = ["exhibit", "panel", "row", "column", "statistic"]
    names = {(of, name): published for published, of, name in params.regenerated}
    parts = []
    for one in trials:
        cells = read_cells(run_folder / one.trial / "release" / "cells.csv")
        for name, part in cells[cells["status"] == "released"].groupby("exhibit"):
            if published := names.get((one.trial, name)):
                parts.append(part[[*keys, "printed"]].assign(exhibit=published))
    if not parts:
        return table.iloc[:0]
    shown = pd.concat(parts).drop_duplicates(keys).rename(columns={"printed": "released"})
    kept = table.merge(shown, on=keys)
    finer = kept["printed"].map(_decimals) > kept["released"].map(_decimals)
    kept = kept[~finer].reset_index(drop=True)
    note = kept["note"].mask(kept["status"] == "not_reached", "")
    return kept.assign(reproduced=kept.pop("released"), note=note)


def _decimals(printed: str) -> int:
    """Return the decimals of a printed number; none of a text without one."""
    found = NUMBER.search(printed)
    return len(found[0].partition(".")[2]) if found else 0


def write_report(
    run_folder: Path,
    appendix: Iterable[Path],
    code: str,
    params: Any,
    trials: list[TrialReleased],
    folder: Path,
) -> None:
    """Write the page, the PDF and the workbook, made from what is released.

    appendix: pages of docs/reference that the page has at its end. code: hash of the code that made
    the run.
    """
    published = {source for sources in params.published.values() for source in sources}
    about, compared = about_page(appendix, published, code), compared_of(run_folder, params, trials)
    write_site(run_folder, about, params, trials, compared, folder)
    write_documents(params, trials, compared, folder)


def write_site(
    run_folder: Path,
    about: About,
    params: Any,
    trials: list[TrialReleased],
    compared: pd.DataFrame,
    folder: Path,
) -> None:
    """Write the report, made from what is released, as a zip."""
    parts, fronts, carried = [], {}, {}
    for one in trials:
        pages = [page_from(one.trial, *page) for page in one.pages]
        config = one.part.trial
        parts.append(numbered(one.trial, config, one.part.synthetic, pages))
        fronts[one.trial] = Front(one.found, reproduced(params.published[one.trial], compared))
        # Of what the page holds for its script a release has what it has as files, and no more.
        carried[f"cells-{one.trial}"] = one.cells
    if len(compared):
        carried["concordance"] = as_carried(compared)
    conflicts = read_csv(run_folder / "conflicts.csv", dtype="str", keep_default_na=False)
    text = build_site(
        params.run_name,
        Run.model_construct(**params.run),
        parts,
        summarise(compared),
        conflicts,
        fronts=fronts,
        carried=carried,
        about=about,
    )
    write_zip(folder / "site.zip", {"index.html": text.encode("utf-8")})


def write_documents(
    params: Any, trials: list[TrialReleased], compared: pd.DataFrame, folder: Path
) -> None:
    """Write the PDF and the workbook, made from what is released."""
    run, parts = Run.model_construct(**params.run), [one.part for one in trials]
    pdf = build_pdf(params.run_name, run, parts, summarise(compared))
    write_bytes(folder / "report.pdf", pdf)
    write_bytes(folder / "tables.xlsx", build_workbook(params.run_name, run, parts))
