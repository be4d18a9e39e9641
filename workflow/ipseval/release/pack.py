"""Packs a release that a checker has decided on, and enters it in the ledger."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

from ..catalogue import path_of
from ..config.declared import Project
from ..errors import InputError
from ..files import sha256, write_text, write_zip
from .attack import released_intervals
from .chapters import NOTEBOOKS
from .ledger import add_release
from .preview import NAME as PREVIEW

COLUMNS = ("output", "exhibit", "status", "sha256", "decision", "comment")
DECISIONS = ("approve", "reject")


def pack(project: Project, run_folder: Path) -> str:
    """Return what was packed into <run>/release.zip; raise InputError for what is not decided.

    Where the policy asks for decisions, <run>/decisions.csv has a line an output. A decision holds
    for the content that it was made on: a line whose checksum is no longer that of the output is
    asked for again.
    """
    folder = run_folder / "release"
    if not (folder / "results.json").exists():
        raise InputError(
            "there is no release yet", file=folder, remedy="run `make release`, which makes it"
        )
    _refuse_changed(folder)
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    outputs: dict[str, dict[str, Any]] = results["results"]
    approved = list(outputs)
    if project.policy.decide:
        approved = _decided(run_folder / "decisions.csv", folder, outputs)
    whole = len(approved) == len(outputs)
    gone = {f["name"] for uid, o in outputs.items() if uid not in approved for f in o["files"]}
    # The report, the notebooks and the record of all cells show every exhibit.
    if not whole:
        gone |= {"site.zip", "report.pdf", "tables.xlsx"}
        gone |= {_name(path, folder) for path in folder.glob(f"{NOTEBOOKS}/*/*.ipynb")}
        gone |= {"checksums.txt", "ro-crate-metadata.json", "codebook.csv", PREVIEW}
        gone |= {f"{trial}/declared/counts.csv" for trial in project.trials}
    kept = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_of(_name(path, folder), gone)
    ]
    data = _data(run_folder, project)
    if project.policy.control:
        intervals = {
            trial: released_intervals(folder / trial, project.policy.rounding)
            for trial in project.trials
        }
        add_release(run_folder.with_name(f"{run_folder.name}-ledger.json"), data, intervals)
    packed = results | {"results": {uid: outputs[uid] for uid in approved}}
    results_text = json.dumps(packed, indent=2, sort_keys=True) + "\n"
    own = {} if whole else {"results.json": results_text.encode("utf-8")}
    write_zip(run_folder / "release.zip", {**{_name(file, folder): file for file in kept}, **own})
    text = f"{len(approved)} of {len(outputs)} exhibits are packed"
    return text if whole else f"{text}; without the report, which shows what was rejected as well"


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _is_of(name: str, gone: set[str]) -> bool:
    """Return whether a file is one that stays: a file, its checksum, or the card of an exhibit."""
    plain = name.removeprefix("checksums/").removesuffix(".txt")
    cards = {f"{other.rsplit('.', 1)[0]}.json" for other in gone if "/" in other}
    return name in gone or plain in gone or name in cards


def _refuse_changed(folder: Path) -> None:
    for line in (folder / "checksums.txt").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        path = folder / name
        if not path.exists() or sha256(path) != digest:
            raise InputError(
                "a file of the release is not the one that was made",
                file=path,
                rule="checksums.txt",
                remedy="run `make release`, which makes it again",
            )


def _decided(path: Path, folder: Path, outputs: dict[str, dict[str, Any]]) -> list[str]:
    """Return the outputs that are approved; write the file with a line for each that is not."""
    before: dict[str, dict[str, str]] = {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            before = {row["exhibit"]: row for row in csv.DictReader(file)}
    lines, open_, approved = [], [], []
    for uid, output in outputs.items():
        exhibit = output["files"][0]["name"].rsplit(".", 1)[0]
        digest = _digest(folder, output)
        known = before.get(exhibit, {})
        same = known.get("sha256") == digest
        decision = (known.get("decision") or "").strip() if same else ""
        if decision not in (*DECISIONS, ""):
            raise InputError(
                f"a decision is neither {' nor '.join(DECISIONS)}",
                file=path,
                column="decision",
                rows=[list(before).index(exhibit) + 1],
                expected=" or ".join(DECISIONS),
            )
        if not decision:
            open_.append(exhibit)
        elif decision == "approve":
            approved.append(uid)
        comment = known.get("comment", "") if same else ""
        lines.append([uid, exhibit, output["status"], digest, decision, comment])
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *lines])
    write_text(path, text.getvalue())
    if open_:
        some = ", ".join(open_[:5]) + (" and others" if len(open_) > 5 else "")
        raise InputError(
            f"{len(open_)} of {len(outputs)} outputs are not decided: {some}",
            file=path,
            column="decision",
            expected=" or ".join(DECISIONS),
            remedy="open release/results.json in the SACRO viewer, and write each decision down",
        )
    return approved


def _digest(folder: Path, output: dict[str, Any]) -> str:
    from ..files import short_checksum

    return short_checksum("".join(sha256(folder / file["name"]) for file in output["files"]))


def _data(run_folder: Path, project: Project) -> dict[str, str]:
    """Return the checksum of the people of each trial."""
    return {trial: sha256(run_folder / trial / path_of("people")) for trial in project.trials}
