"""Puts together what the page of a run says first, what it carries, and what it says of itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..provenance import ROOT
from .appendix import assumptions, glossary, sources
from .facts import TrialMade, cells_in, compared, facts_of
from .findings import Front, FrontLine, found_in, reproduced
from .site import About

if TYPE_CHECKING:
    import pandas as pd


def behind_trial(made: TrialMade, labels: dict[str, str]) -> dict[str, Any]:
    """Return what was found in a trial and what is behind its numbers, as plain data.

    `labels` are its printed texts. Nothing of it asks for the concordance, so that it is put
    together while that is compiled.
    """
    shown = (chapter.exhibits for chapter in made.config.exhibits.chapters.values())
    names = dict.fromkeys(name for exhibits in shown for name in exhibits)
    return {
        "found": [astuple(line) for line in found_in(made, labels)],
        "facts": facts_of(made, cells_in(made.folder / "report" / "exhibits", names)),
    }


def fronts_and_carried(
    folder: Path,
    exhibits: Mapping[str, list[str]],
    published: Mapping[str, list[str]],
    concordance: pd.DataFrame,
) -> tuple[dict[str, Front], dict[str, Any]]:
    """Return by trial what the first page says, and what the page carries by name.

    `folder` is that of the run, where each trial has its `exhibits` and what behind_trial returned;
    `published` are the sources that a trial is held against, and `concordance` that of the run, as
    text.
    """
    fronts, carried = {}, {}
    for trial, names in exhibits.items():
        report = folder / trial / "report"
        behind = json.loads((report / "facts.json").read_text(encoding="utf-8"))
        found = [FrontLine(*line) for line in behind["found"]]
        fronts[trial] = Front(found, reproduced(published[trial], concordance))
        carried[f"cells-{trial}"] = cells_in(report / "exhibits", names)
        carried[f"facts-{trial}"] = behind["facts"]
    if len(concordance):
        carried["concordance"] = compared(concordance)
    return fronts, carried


def about_page(pages: Iterable[Path], published: set[str], code: str) -> About:
    """Return what the page says of itself: of this checkout, as it stands.

    `pages` are those of docs/reference with the glossary, the logs of assumptions and the published
    sources, of which `published` are those that the run is held against. `code` is the hash of the
    code that made the run.
    """
    texts = {path.stem: path.read_text(encoding="utf-8") for path in pages}
    citation = ROOT / "CITATION.cff"
    text = citation.read_text(encoding="utf-8") if citation.is_file() else ""
    version = re.search(r"^version: (\S+)", text, re.MULTILINE)
    return About(
        version=version[1] if version else "",
        code=code,
        sources=sources(texts.get("published-sources", ""), published),
        glossary=glossary(texts.get("glossary", "")),
        assumptions=assumptions([t for n, t in texts.items() if n.startswith("assumptions")]),
    )
