"""Builds the release of a run: released files of its trials, the scan of them, and the crate."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config.run import Run
from ..config.trial import Trial
from ..errors import InputError
from ..files import (
    read_csv,
    read_sealed,
    write_bytes,
    write_csv,
    write_json,
    write_text,
    write_zip,
)
from ..lazy import pd
from ..provenance import ROOT, versions
from ..report.cells import read_cells
from ..report.documents import ChapterText, Part, Shown
from ..report.grid import Grid
from .crate import acro_output, release_note, write_checksums, write_results, write_ro_crate
from .published import audit_published, published_note
from .released import Made, copied
from .scan import scan
from .trial import unpacked

LICENCE = "https://spdx.org/licenses/MIT"


@dataclass(frozen=True)
class Inputs:
    """Where the parts of a release come from: the run, files taken as they are, and records."""

    run_folder: Path
    files: list[Path]
    records: list[Path]


def build_release(inputs: Inputs, params: Any, folder: Path) -> Iterator[str]:
    """Fill the folder of a release, and yield lines for the log.

    Raises InputError where the scan finds something; the folder is then left empty.
    """
    _empty(folder)
    try:
        yield from _fill(inputs, params, folder)
    except BaseException:
        _empty(folder)
        raise


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _fill(inputs: Inputs, params: Any, folder: Path) -> Iterator[str]:
    policy, run = params.policy, inputs.run_folder
    outputs: list[dict[str, Any]] = []
    summaries, pages, persons = [], [], set[str]()
    parts: list[Part] = []
    for trial, chapters in params.chapters.items():
        source, target = run / trial, folder / trial
        shown = {name: one["exhibits"] for name, one in chapters.items()}
        if policy["control"]:
            exhibits = unpacked(source / "release" / "released.zip", target)
            summary = read_summary(source / "release" / "summary.json")
            cells = read_cells(source / "release" / "cells.csv")
        else:
            names = dict.fromkeys(name for one in shown.values() for name in one)
            exhibits = [copied(name, source / "report" / "exhibits", target) for name in names]
            summary, cells = {"trial": trial, "controlled": False}, None
        made = {one.exhibit: one for one in exhibits}
        for chapter, declared in chapters.items():
            body = [made[name].page for name in shown[chapter]]
            pages.append((trial, chapter, declared["title"], body))
        if policy["control"]:
            parts.append(_part(trial, params, made, target))
        outputs += _outputs(exhibits, trial, cells, summary, params, len(outputs))
        summaries.append(summary)
        persons |= _persons(source)
    _site(inputs, params, pages, folder)
    _documents(inputs, params, parts, folder)
    _as_they_are(inputs, folder)
    on_published = _published(inputs.run_folder, params, folder)
    jobs = {path.stem: read_sealed(path) for path in inputs.records}
    write_json(folder / "provenance.json", _provenance(jobs, params))
    write_csv(folder / "codebook.csv", _codebook(outputs, folder))
    # Without control days may be as fine as they are; identifiers leave under no policy.
    with_days = list(params.chapters) if policy["control"] else []
    leaks = scan(folder, persons, _declared_days(inputs.files), with_days)
    if leaks:
        text = "; ".join(f"{leak.file}: {leak.what}, {leak.times}" for leak in leaks[:10])
        raise InputError(
            f"what must not leave is in the files of the release: {text}",
            rule="no identifiers, pseudonyms, exact dates or metadata",
            remedy="look at the exhibit or text that has it",
        )
    write_text(
        folder / "release.md",
        release_note(
            params.run_name, params.policy_name, policy["description"], summaries, on_published, 0
        ),
    )
    write_results(folder, outputs)
    parameters = {"run": params.run_name, "policy": params.policy_name, "seed": params.seed}
    write_ro_crate(folder, params.run_name, params.run["description"], jobs, parameters, LICENCE)
    write_checksums(folder)
    yield f"{len(outputs)} exhibits in {folder.name}, policy {params.policy_name}"


def _outputs(
    exhibits: list[Made],
    trial: str,
    cells: pd.DataFrame | None,
    summary: dict[str, Any],
    params: Any,
    first: int,
) -> Iterator[dict[str, Any]]:
    """Yield the exhibits of a trial in ACRO's shape, numbered from `first`."""
    names = ["panel", "row", "column", "statistic", "status"]
    by_exhibit = {} if cells is None else dict(list(cells.groupby("exhibit", sort=False)))
    for number, one in enumerate(exhibits, first):
        rows: list[dict[str, str]] = []
        if one.exhibit in by_exhibit:
            rows = by_exhibit[one.exhibit][names].to_dict("records")
        asked = [e for e in params.exceptions if (e["trial"], e["exhibit"]) == (trial, one.exhibit)]
        exception = "; ".join(_exception(each, rows, params.policy["control"]) for each in asked)
        yield acro_output(
            f"output_{number}",
            trial,
            one.exhibit,
            one.card,
            one.files,
            rows,
            summary.get("refused", {}).get(one.exhibit, ""),
            summary.get("classes", {}).get(one.exhibit, ""),
            exception,
            params.policy_name,
        )


def _exception(asked: dict[str, Any], rows: list[dict[str, str]], controlled: bool) -> str:
    """Return a request for an exception as a checker reads it: how many cells, which, and why.

    Raises InputError where none of the cells is withheld: it is misspelt, or no longer needed.
    """
    named = {k: asked[k] for k in ("panel", "row", "column") if asked[k] is not None}
    chosen = [row for row in rows if all(row[k] == v for k, v in named.items())]
    withheld = sum(row["status"] != "released" for row in chosen)
    if controlled and not withheld:
        raise InputError(
            f"an exception is asked for {len(chosen)} cells of {asked['exhibit']} of "
            f"{asked['trial']}, of which none is withheld",
            file="config/disclosure.yaml",
            rule="exceptions",
            expected="panel, row and column as they stand in the CSV of the exhibit",
            remedy="correct the names, or leave the exception out",
        )
    where = ", ".join(f"{name} {value}" for name, value in named.items()) or "all of it"
    return f"{where} ({withheld} withheld): {asked['reason']}"


def read_summary(path: Path) -> dict[str, Any]:
    """Return what was decided on a trial, in short."""
    return json.loads(path.read_text(encoding="utf-8"))


def _persons(folder: Path) -> set[str]:
    people = pd.read_parquet(folder / "outcomes" / "people.parquet", columns=["person_id"])
    return set(people["person_id"].astype(str))


def _site(
    inputs: Inputs, params: Any, pages: list[tuple[str, str, str, list[str]]], folder: Path
) -> None:
    """Write the report as a zip: as it is without control, else made from released exhibits."""
    from ..report.facts import cells_in
    from ..report.site import Page, build_site, numbered, page_from

    if not params.policy["control"]:
        text = (inputs.run_folder / "report" / "index.html").read_text(encoding="utf-8")
        for path in sorted(inputs.run_folder.glob("*/report/chapters/*.ipynb")):
            kept = folder / "notebooks" / path.parents[2].name / path.name
            write_text(kept, path.read_text(encoding="utf-8"))
    else:
        by_trial: dict[str, list[Page]] = {}
        for trial, chapter, title, shown in pages:
            body = f"<h1>{title}</h1>" + "".join(shown)
            by_trial.setdefault(trial, []).append(page_from(trial, chapter, title, body))
        parts = [
            numbered(trial, Trial.model_validate(spec), params.synthetic[trial], by_trial[trial])
            for trial, spec in params.trials.items()
        ]
        summary = read_csv(inputs.run_folder / "concordance_summary.csv")
        conflicts = read_csv(
            inputs.run_folder / "conflicts.csv", dtype="str", keep_default_na=False
        )
        run = Run.model_construct(**params.run)
        # Of what the page holds for its script a release has what it has as files, and no more.
        released = {
            f"cells-{trial}": cells_in(folder / trial, sorted(p.stem for p in files))
            for trial in params.trials
            if (files := list((folder / trial).glob("*.csv")))
        }
        text = build_site(params.run_name, run, parts, summary, conflicts, carried=released)

    write_zip(folder / "site.zip", {"index.html": text.encode("utf-8")})


def _part(trial: str, params: Any, made: dict[str, Made], folder: Path) -> Part:
    """Return a trial for the PDF and the workbook, of what was released of it."""
    shown = {}
    for name, one in made.items():
        svg = folder / f"{name}.svg"
        picture = svg.read_text(encoding="utf-8") if svg.exists() else ""
        grid = Grid(**one.grid) if one.grid else None
        shown[name] = Shown(name, one.card, grid, picture, one.missing)
    chapters = [
        ChapterText(each["title"], [{"kind": "exhibit", "id": name} for name in each["exhibits"]])
        for each in params.chapters[trial].values()
    ]
    declared = Trial.model_validate(params.trials[trial])
    return Part(trial, declared, params.synthetic[trial], chapters, shown)


def _documents(inputs: Inputs, params: Any, parts: list[Part], folder: Path) -> None:
    """Write the PDF and the workbook: as they are without control, else of released exhibits."""
    if not params.policy["control"]:
        for name in ("report.pdf", "tables.xlsx"):
            shutil.copyfile(inputs.run_folder / "report" / name, folder / name)
        return
    from ..report.pdf import build_pdf
    from ..report.workbook import build_workbook

    run = Run.model_construct(**params.run)
    summary = read_csv(inputs.run_folder / "concordance_summary.csv")
    write_bytes(folder / "report.pdf", build_pdf(params.run_name, run, parts, summary))
    write_bytes(folder / "tables.xlsx", build_workbook(params.run_name, run, parts))


def _published(run_folder: Path, params: Any, folder: Path) -> list[str]:
    """Write which published cells the policy would have let leave; return the lines about them."""
    if not (params.policy["control"] and params.regenerated):
        return []
    as_text = {"dtype": "str", "keep_default_na": False}
    decided: dict[str, list[pd.DataFrame]] = {}
    for trial in params.chapters:
        counts = read_csv(run_folder / trial / "release" / "counts.csv", **as_text)
        parts = dict(list(counts.groupby("exhibit", sort=False)))
        for published, of, name in params.regenerated:
            if of == trial and name in parts:
                decided.setdefault(published, []).append(parts[name])
    cells = read_csv(run_folder / "concordance.csv", **as_text)
    if cells.empty:
        return []
    audited = audit_published(cells, decided)
    write_csv(folder / "published-audit.csv", audited)
    return published_note(audited)


def _as_they_are(inputs: Inputs, folder: Path) -> None:
    """Copy configuration, the lock and the workflow."""
    for path in inputs.files:
        name = path.resolve().relative_to(ROOT) if path.is_absolute() else path
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _provenance(jobs: dict[str, dict[str, Any]], params: Any) -> dict[str, Any]:
    kept = ("rule", "wildcards", "inputs", "outputs", "code")
    return {
        "run": params.run_name,
        "seed": params.seed,
        "versions": versions(),
        "jobs": {name: {key: job[key] for key in kept} for name, job in jobs.items()},
    }


def _codebook(outputs: list[dict[str, Any]], folder: Path) -> pd.DataFrame:
    """Return what the columns of the CSV files mean, one row a file and column."""
    about = {
        "exhibit": "Exhibit.",
        "panel": "Panel of the table or figure.",
        "row": "Row.",
        "column": "Column.",
        "statistic": "Statistic: count, percent, mean, coefficient and others.",
        "value": "Number as printed, without its unit; empty where it is withheld.",
        "printed": "Text as printed; [c] where it is withheld.",
        "stars": "Stars of significance.",
        "unit": "Unit.",
        "n": "People behind the number: its base, or the sample of its fit.",
        "data": "synthetic, real or declared.",
        "source": "Result and rows that the number comes from.",
    }
    rows = [
        [file["name"], column, text]
        for output in outputs
        for file in output["files"]
        if file["name"].endswith(".csv")
        for column, text in about.items()
    ]
    return pd.DataFrame(rows, columns=["file", "column", "meaning"])


def _declared_days(files: list[Path]) -> set[str]:
    """Return the days that the configuration names: they are facts of the design."""
    days = set[str]()
    for path in files:
        if path.suffix == ".yaml":
            days |= set(re.findall(r"\d{4}-\d{2}-\d{2}", path.read_text(encoding="utf-8")))
    return days
