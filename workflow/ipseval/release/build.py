"""Builds the release of a run: released files of its trials, the scan of them, and the crate."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue import path_of
from ..errors import InputError
from ..files import read_csv, read_sealed, write_csv, write_json, write_text, write_zip
from ..lazy import pd
from ..provenance import ROOT, versions
from ..report.cells import read_cells
from ..report.facts import code_of_run
from . import preview
from .chapters import NOTEBOOKS
from .control import PROSE, PROSE_CLASS
from .crate import acro_output, release_note, write_checksums, write_results, write_ro_crate
from .keyed import HOW, keyed
from .published import audit_published, published_note
from .released import Made, copied
from .scan import scan
from .trial import unpacked

if TYPE_CHECKING:
    from .remade import TrialReleased

CELL_NAMES = ["panel", "row", "column", "statistic", "status"]
PROSE_CARD = {
    "form": "table",
    "kind": "prose",
    "title": "Numbers that the sentences of chapters, notebooks and the first page tell",
}
LICENCE = "https://spdx.org/licenses/MIT"


@dataclass(frozen=True)
class Inputs:
    """Where the parts of a release come from: the run, files taken as they are, and records.

    appendix: pages of the glossary, assumptions and sources, which a report has at its end.
    """

    run_folder: Path
    files: list[Path]
    records: list[Path]
    appendix: list[Path]


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
    summaries, persons = [], set[str]()
    titles: list[tuple[str, str, list[str]]] = []
    if policy["control"]:  # Under `none` the report leaves as it is.
        from . import remade
    trials: list[TrialReleased] = []
    for trial, chapters in params.chapters.items():
        source, target = run / trial, folder / trial
        if policy["control"]:
            made = unpacked(source / "release" / "released.zip", target)
            exhibits = made.exhibits
            summary = read_summary(source / "release" / "summary.json")
            cells = read_cells(source / "release" / "cells.csv")
            _notebooks(target, folder / NOTEBOOKS / trial)
            trials.append(remade.released_trial(trial, params, made, target, folder))
        else:
            names = dict.fromkeys(n for one in chapters.values() for n in one["exhibits"])
            exhibits = [copied(name, source / "report" / "exhibits", target) for name in names]
            summary, cells = {"trial": trial, "controlled": False}, None
        outputs += _outputs(exhibits, trial, cells, summary, params, len(outputs))
        titles += [
            (trial, one.card["title"], [f"{trial}/{file}" for file in one.files])
            for one in exhibits
        ]
        if cells is not None:
            outputs.append(_prose(trial, folder, cells, params, len(outputs)))
        summaries.append(summary)
        persons |= _persons(source)
    jobs = {path.stem: read_sealed(path) for path in inputs.records}
    if policy["control"]:
        code = code_of_run(jobs.values())
        remade.write_report(run, inputs.appendix, code, params, trials, folder)
        on_published = _published(run, params, folder)
        jobs = keyed(jobs, [run / trial / path_of("people") for trial in params.chapters])
    else:
        _report_as_it_is(run, folder)
        on_published = []
    _as_they_are(inputs, folder)
    write_json(folder / "provenance.json", _provenance(jobs, params))
    write_csv(folder / "codebook.csv", _codebook(outputs, folder))
    called = {trial: spec["name"] for trial, spec in params.trials.items()}
    description = params.run["description"]
    first = preview.preview(params.run_name, description, called, titles)
    write_text(folder / preview.NAME, first)
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
    write_ro_crate(
        folder, params.run_name, description, jobs, parameters, LICENCE, keyed=policy["control"]
    )
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
    by_exhibit = {} if cells is None else dict(list(cells.groupby("exhibit", sort=False)))
    for number, one in enumerate(exhibits, first):
        rows: list[dict[str, str]] = []
        if one.exhibit in by_exhibit:
            rows = by_exhibit[one.exhibit][CELL_NAMES].to_dict("records")
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


def _prose(
    trial: str, folder: Path, cells: pd.DataFrame, params: Any, number: int
) -> dict[str, Any]:
    """Return what the sentences of a trial tell, as an output in ACRO's shape."""
    rows = cells.loc[cells["exhibit"] == PROSE, CELL_NAMES].to_dict("records")
    uid, files = f"output_{number}", [f"{PROSE}.csv"]
    return acro_output(
        uid, trial, PROSE, PROSE_CARD, files, rows, "", PROSE_CLASS, "", params.policy_name
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


def _notebooks(trial: Path, folder: Path) -> None:
    """Move the executed notebooks of a trial to those of the release."""
    if (trial / NOTEBOOKS).exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(trial / NOTEBOOKS, folder)


def _report_as_it_is(run_folder: Path, folder: Path) -> None:
    """Copy the page, the notebooks, the PDF and the workbook, where nothing is controlled."""
    text = (run_folder / "report" / "index.html").read_bytes()
    write_zip(folder / "site.zip", {"index.html": text})
    for path in sorted(run_folder.glob("*/report/chapters/*.ipynb")):
        kept = folder / NOTEBOOKS / path.parents[2].name / path.name
        write_text(kept, path.read_text(encoding="utf-8"))
    for name in ("report.pdf", "tables.xlsx"):
        shutil.copyfile(run_folder / "report" / name, folder / name)


def _published(run_folder: Path, params: Any, folder: Path) -> list[str]:
    """Write which published cells the policy would have let leave; return the lines about them."""
    if not params.regenerated:
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
    how = HOW if params.policy["control"] else "SHA-256."
    return {
        "run": params.run_name,
        "seed": params.seed,
        "versions": versions(),
        "checksums": how,
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
