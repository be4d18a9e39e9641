"""Puts together what the page of a run says first, what it carries, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..provenance import ROOT
from .appendix import assumptions, glossary, sources
from .facts import TrialMade, cells_in, compared, facts_of
from .findings import Front, front_of
from .site import About

if TYPE_CHECKING:
    import pandas as pd

    from ..config.declared import TrialConfig


def trials_made(
    run: str, folder: Path, configs: Mapping[str, TrialConfig], checksums: Mapping[str, str]
) -> list[TrialMade]:
    """Return the trials of a run, whose folder has one of each, as the page asks about them."""
    return [
        TrialMade(run, trial, folder / trial, config, checksums)
        for trial, config in configs.items()
    ]


def fronts_and_carried(
    made: Iterable[TrialMade], labels: Mapping[str, dict[str, str]], concordance: pd.DataFrame
) -> tuple[dict[str, Front], dict[str, Any]]:
    """Return by trial what the first page says, and what the page carries by name.

    `labels` are the printed texts of each trial, `concordance` that of the run, as text.
    """
    fronts, carried = {}, {}
    for one in made:
        shown = (c.exhibits for c in one.config.exhibits.chapters.values())
        names = dict.fromkeys(name for exhibits in shown for name in exhibits)
        cells = cells_in(one.folder / "report" / "exhibits", names)
        fronts[one.trial] = front_of(one, labels[one.trial], concordance)
        carried[f"cells-{one.trial}"] = cells
        carried[f"facts-{one.trial}"] = facts_of(one, cells)
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
