"""Builds the release of a run: released files, the attack on them, the scan, and the crate."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from ..config.run import Run
from ..config.trial import Trial
from ..errors import InputError
from ..files import read_csv, read_sealed, write_atomically, write_csv, write_json, write_text
from ..lazy import pd
from ..provenance import ROOT, versions
from ..report.cells import read_cells
from ..report.data import Data
from ..report.needs import config_from
from .attack import attack
from .crate import acro_output, release_note, write_checksums, write_results, write_ro_crate
from .ledger import earlier_intervals
from .released import Made, copied, make_released
from .scan import scan

LICENCE = "https://spdx.org/licenses/MIT"


@dataclass(frozen=True)
class Inputs:
    """Where the parts of a release come from: the run, files taken as they are, and records."""

    run_folder: Path
    files: list[Path]
    records: list[Path]
    ledger: list[Path]


def build_release(inputs: Inputs, params: Any, folder: Path) -> Iterator[str]:
    """Fill the folder of a release, and yield lines for the log.

    Raises InputError where the attack or the scan finds something; the folder is then left empty.
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
    for trial, chapters in params.chapters.items():
        made: dict[str, Made] = {}
        decided = _decided(run / trial, policy["control"])
        for chapter, declared in chapters.items():
            for one in _exhibits(run / trial, trial, declared, params, decided, folder / trial):
                made.setdefault(one.exhibit, one)
            shown = [
                made[name].page for name in declared["chapter"]["chapters"][chapter]["exhibits"]
            ]
            pages.append((trial, chapter, declared["chapter"]["chapters"][chapter]["title"], shown))
        outputs += [
            _output(one, trial, decided, params, len(outputs) + i)
            for i, one in enumerate(made.values())
        ]
        summary: dict[str, Any] = {"trial": trial, "controlled": False}
        if policy["control"]:
            summary = _attacked(
                run / trial,
                folder / trial,
                decided,
                policy,
                earlier_intervals([str(path) for path in inputs.ledger], trial),
            )
            summary["not_drawn"] = {n: one.missing for n, one in made.items() if one.missing}
            yield f"{trial}: {summary['text']}; narrowest interval {summary['narrowest']}"
        summaries.append(summary)
        persons |= _persons(run / trial)
    _site(inputs, params, pages, folder)
    _as_they_are(inputs, folder)
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
        release_note(params.run_name, params.policy_name, policy["description"], summaries, 0),
    )
    write_results(folder, outputs)
    parameters = {"run": params.run_name, "policy": params.policy_name, "seed": params.seed}
    write_ro_crate(folder, params.run_name, params.run["description"], jobs, parameters, LICENCE)
    write_checksums(folder)
    yield f"{len(outputs)} exhibits in {folder.name}, policy {params.policy_name}"


@dataclass(frozen=True)
class Decided:
    """What control left of a trial: cells by exhibit, what they count, and its summary."""

    cells: dict[str, pd.DataFrame]
    counts: pd.DataFrame
    summary: dict[str, Any]


def _decided(folder: Path, controlled: bool) -> Decided | None:
    if not controlled:
        return None
    kept = folder / "release"
    cells = read_cells(kept / "cells.csv")
    by_exhibit = {str(name): part for name, part in cells.groupby("exhibit", sort=False)}
    counts = read_csv(kept / "counts.csv", dtype="str", keep_default_na=False)
    summary = json.loads((kept / "summary.json").read_text(encoding="utf-8"))
    return Decided(by_exhibit, counts, summary)


def _exhibits(
    source: Path,
    trial: str,
    declared: dict[str, Any],
    params: Any,
    decided: Decided | None,
    folder: Path,
) -> Iterator[Made]:
    """Yield the exhibits of a chapter, made from released cells, or copied without control."""
    files = source / "report" / "exhibits"
    names = list(declared["chapter"]["exhibits"])
    if decided is None:
        yield from (copied(name, files, folder, trial) for name in names)
        return
    config = config_from(declared)
    labels, others = declared["labels"], frozenset(declared["unlabelled"])
    data = Data(source, config, params.synthetic[trial], labels, others)
    for name, spec in config.exhibits.exhibits.items():
        card = json.loads((files / f"{name}.json").read_text(encoding="utf-8"))
        yield make_released(name, spec, data, decided.cells[name], card, folder, trial)


def _output(
    one: Made, trial: str, decided: Decided | None, params: Any, number: int
) -> dict[str, Any]:
    names = ["panel", "row", "column", "statistic", "status"]
    cells: list[dict[str, str]] = []
    refused = kind = ""
    if decided:
        cells = decided.cells[one.exhibit][names].to_dict("records")
        refused = decided.summary["refused"].get(one.exhibit, "")
        kind = decided.summary["classes"].get(one.exhibit, "")
    exception = "; ".join(
        each["reason"]
        for each in params.exceptions
        if (each["trial"], each["exhibit"]) == (trial, one.exhibit)
    )
    uid = f"output_{number}"
    card, policy = one.card, params.policy_name
    return acro_output(
        uid, trial, one.exhibit, card, one.files, cells, refused, kind, exception, policy
    )


def _attacked(
    source: Path,
    folder: Path,
    decided: Decided | None,
    policy: dict[str, Any],
    earlier: dict[str, tuple[float, float]],
) -> dict[str, Any]:
    """Return the summary of a trial with what the attack found; raise InputError if it is much."""
    if decided is None:
        raise TypeError("nothing was controlled")
    write_csv(folder / "declared" / "counts.csv", decided.counts.drop(columns="reason"))
    shutil.copyfile(source / "release" / "declared.json", folder / "declared" / "relations.json")
    width, threshold = policy["width"], policy["threshold"]
    found = attack(folder, width, threshold, policy["rounding"], earlier)
    at_risk = set(decided.summary["at_risk"]) if policy["differences"] else set[str]()
    # The attack knows no truth; who does, asks that none of the numbers at risk is narrow.
    narrow = dict(found.narrow)
    for name in at_risk & set(found.bounds):
        low, high = found.bounds[name]
        if high - low < policy["width"]:
            narrow[name] = (low, high)
    if narrow or decided.summary["unprotected"]:
        names = [*narrow, *decided.summary["unprotected"]]
        raise InputError(
            f"what is released gives away {len(names)} withheld numbers, such as {names[0]}",
            file=folder.name,
            rule=f"an interval of at least {policy['width']} for each withheld number",
            remedy="leave an exhibit that repeats it out of the report, or ask for help: control "
            "and attack disagree",
        )
    own = decided.summary
    return own | {
        "attacked": found.withheld,
        "hidden": found.hidden,
        "narrowest": "any" if found.narrowest == float("inf") else f"{found.narrowest:.0f}",
    }


def _persons(folder: Path) -> set[str]:
    people = pd.read_parquet(folder / "outcomes" / "people.parquet", columns=["person_id"])
    return set(people["person_id"].astype(str))


def _site(
    inputs: Inputs, params: Any, pages: list[tuple[str, str, str, list[str]]], folder: Path
) -> None:
    """Write the report as a zip: as it is without control, else made from released exhibits."""
    from ..report.site import Page, Part, build_site

    if not params.policy["control"]:
        text = (inputs.run_folder / "report" / "index.html").read_text(encoding="utf-8")
        for path in sorted(inputs.run_folder.glob("*/report/chapters/*.ipynb")):
            kept = folder / "notebooks" / path.parents[2].name / path.name
            write_text(kept, path.read_text(encoding="utf-8"))
    else:
        by_trial: dict[str, list[Page]] = {}
        for trial, chapter, title, shown in pages:
            body = f"<h1>{title}</h1>" + "".join(shown)
            by_trial.setdefault(trial, []).append(Page(f"{trial}-{chapter}", title, body))
        parts = [
            Part(trial, Trial.model_validate(spec), params.synthetic[trial], by_trial[trial])
            for trial, spec in params.trials.items()
        ]
        summary = read_csv(inputs.run_folder / "concordance_summary.csv")
        conflicts = read_csv(
            inputs.run_folder / "conflicts.csv", dtype="str", keep_default_na=False
        )
        run = Run.model_construct(**params.run)
        text = build_site(params.run_name, run, parts, summary, conflicts)

    def write(path: Path) -> None:
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            info = zipfile.ZipInfo("index.html", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
        path.write_bytes(buffer.getvalue())

    write_atomically(folder / "site.zip", write)


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
