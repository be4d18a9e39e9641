"""The crate: what leaves, with its record in ACRO's shape, its provenance and its checksums."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Iterable
from math import floor
from pathlib import Path
from typing import Any

from ..files import sha256, write_json, write_text
from .keyed import PUBLIC
from .notice import FOR_THE_CHECKER

ACRO_VERSION = "0.4.0"  # of results.json, which sacroviewer reads
EPOCH = "1970-01-01T00:00:00"  # No clock: the same release has the same bytes on every day.
TYPES = {"table": "table", "figure": "custom"}
RO_CRATE = "https://w3id.org/ro/crate/1.1"
PROFILES = (
    "https://w3id.org/ro/wfrun/process/0.1",
    "https://w3id.org/ro/wfrun/workflow/0.1",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
)


def acro_output(
    uid: str,
    trial: str,
    name: str,
    card: dict[str, Any],
    files: list[str],
    cells: list[dict[str, str]],
    refused: str,
    kind: str,
    exception: str,
    policy: str,
) -> dict[str, Any]:
    """Return one output in the shape of ACRO's results.json.

    cells: a dict a cell, with panel, row, column, statistic, status and reason. A cell that is
    withheld is suppressed; nothing that leaves fails a rule.
    """
    withheld = [i for i, cell in enumerate(cells) if cell["status"] != "released"]
    reasons = Tally(cells[i]["status"] for i in withheld)
    status = "fail" if refused else "review" if withheld or exception else "pass"
    text = "; ".join(f"{reason}: {count}" for reason, count in reasons.most_common())
    summary = {
        "suppressed": bool(withheld),
        "negative": 0,
        "missing": 0,
        "threshold": sum(c for r, c in reasons.items() if "fewer" in r),
        "p-ratio": 0,
        "nk-rule": sum(c for r, c in reasons.items() if "most of the total" in r),
        "all-values-are-same": 0,
    }
    places = {
        "negative": [],
        "missing": [],
        "threshold": [[i, 0] for i in withheld],
        "p-ratio": [],
        "nk-rule": [],
        "all-values-are-same": [],
    }
    outcome: dict[str, dict[str, str]] = {}
    for i in withheld:
        cell = cells[i]
        row = " / ".join(filter(None, (cell["panel"], cell["row"])))
        outcome.setdefault(f"{cell['column']} ({cell['statistic']})", {})[row] = cell["status"]
    shown = [file for file in files if not file.endswith(".json")]
    return {
        "uid": uid,
        "status": status,
        "type": TYPES[card["form"]],
        "properties": {"method": card["kind"], "class": kind, "policy": policy},
        "sdc": {"summary": summary, "cells": places},
        "command": f"ipseval report: exhibit {name} of {trial}",
        "summary": f"{status}; {text or 'nothing is withheld'}",
        "outcome": outcome,
        "output": [],
        "files": [
            {"name": f"{trial}/{file}", "sdc": {"summary": summary, "cells": places}}
            if file.endswith(".csv")
            else {"name": f"{trial}/{file}", "sdc": {}}
            for file in shown
        ],
        "timestamp": EPOCH,
        "comments": [card["title"], *([refused] if refused else [])],
        "exception": exception,
    }


def write_results(folder: Path, outputs: list[dict[str, Any]]) -> None:
    """Write results.json and, as ACRO does, a checksum of each file."""
    results = {output["uid"]: output for output in outputs}
    write_json(folder / "results.json", {"version": ACRO_VERSION, "results": results})
    for output in outputs:
        for file in output["files"]:
            path = folder / file["name"]
            write_text(folder / "checksums" / f"{file['name']}.txt", sha256(path))


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of every file but the list itself, as sha256sum reads it."""
    lines = [
        f"{sha256(path)}  {path.relative_to(folder).as_posix()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "checksums.txt"
    ]
    write_text(folder / "checksums.txt", "\n".join(lines) + "\n")


def write_ro_crate(
    folder: Path,
    run: str,
    description: str,
    jobs: dict[str, dict[str, Any]],
    parameters: dict[str, Any],
    licence: str,
    keyed: bool = False,
) -> None:
    """Write ro-crate-metadata.json, a Workflow Run Crate.

    jobs: records of the run by name, each with rule, inputs and outputs with their checksums, which
    may be keyed (keyed.py).
    """
    files = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("ro-crate-metadata.json", "checksums.txt")
    )
    rules = sorted({job["rule"] for job in jobs.values()})
    made = {path for job in jobs.values() for path in job["outputs"]}
    sources: dict[str, str] = {}
    for job in jobs.values():
        sources |= {path: digest for path, digest in job["inputs"].items() if path not in made}
    workflow, action = "Snakefile", "#run"
    inputs = [
        _input(path, digest, keyed and not path.startswith(PUBLIC))
        for path, digest in sorted(sources.items())
    ]
    values = [
        {"@id": f"#parameter-{name}", "@type": "PropertyValue", "name": name, "value": str(value)}
        for name, value in sorted(parameters.items())
    ]
    graph: list[dict[str, Any]] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": [{"@id": RO_CRATE}, {"@id": PROFILES[2]}],
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"Release of run {run}",
            "description": description,
            "datePublished": EPOCH[:10],
            "license": {"@id": licence},
            "conformsTo": [{"@id": profile} for profile in PROFILES],
            "hasPart": [{"@id": file} for file in files],
            "mainEntity": {"@id": workflow},
            "mentions": [{"@id": action}],
        },
        *(
            {"@id": profile, "@type": "CreativeWork", "name": name, "version": profile[-3:]}
            for profile, name in zip(
                PROFILES,
                ("Process Run Crate", "Workflow Run Crate", "Workflow RO-Crate"),
                strict=True,
            )
        ),
        {"@id": licence, "@type": "CreativeWork", "name": "MIT License", "description": "MIT"},
        {
            "@id": "#snakemake",
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "alternateName": "Snakemake",
            "identifier": {"@id": "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"},
            "url": {"@id": "https://snakemake.readthedocs.io"},
        },
        {
            "@id": action,
            "@type": "CreateAction",
            "name": f"Run {run}",
            "endTime": EPOCH,
            "instrument": {"@id": workflow},
            "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
            "object": [{"@id": one["@id"]} for one in [*inputs, *values]],
            "result": [{"@id": file} for file in files if file != workflow],
        },
        *inputs,
        *values,
        *(
            {
                "@id": f"#rule-{rule}",
                "@type": "HowToStep",
                "name": rule,
                "position": str(i + 1),
            }
            for i, rule in enumerate(rules)
        ),
    ]
    for file in files:
        entry: dict[str, Any] = {
            "@id": file,
            "@type": "File",
            "name": file.rsplit("/", 1)[-1],
            "contentSize": str((folder / file).stat().st_size),
            "sha256": sha256(folder / file),
            "encodingFormat": FORMATS.get(file.rpartition(".")[2], "text/plain"),
        }
        if file == workflow:
            entry |= {
                "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
                "name": "ipseval",
                "programmingLanguage": {"@id": "#snakemake"},
                "step": [{"@id": f"#rule-{rule}"} for rule in rules],
                "license": {"@id": licence},
            }
        graph.append(entry)
    data = {"@context": f"{RO_CRATE}/context", "@graph": graph}
    write_text(
        folder / "ro-crate-metadata.json", json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    )


FORMATS = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "ipynb": "application/x-ipynb+json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "application/yaml",
    "zip": "application/zip",
}


def _input(path: str, digest: str, is_keyed: bool) -> dict[str, Any]:
    """Return an input that is not in the crate, by its checksum."""
    return {
        "@id": f"#input-{digest[:16]}",
        "@type": "CreativeWork",
        "name": path,
        "identifier": f"{'hmac-sha256' if is_keyed else 'sha256'}:{digest}",
    }


NOT_IN_IT = [
    "## What is not in it",
    "",
    "Results stay where they are: links, people, tables of estimates, draws. Sentences of "
    "chapters, executed notebooks and the first page are computed from released numbers alone, "
    "each of them a cell of prose.csv of its trial. Checksums of files with data are keyed, "
    "because the plain ones would confirm a guess of what is withheld (provenance.json says "
    "how); the number of cells at risk is not told for the same reason.",
    "",
]


def _loss(trial: dict[str, Any]) -> str:
    """Return what withholding costs, in whole cells: with decimals it would tell of the counts."""
    loss, bound = round(trial["loss"]), min(floor(trial["bound"]), round(trial["loss"]))
    gap = f"{100 * (loss - bound) / loss:.0f}%" if loss else "none"
    return (
        f"What is withheld to protect those at risk weighs about {loss:,} cells; no pattern "
        f"weighs less than {bound:,} (gap: {gap})."
    )


def release_note(
    run: str,
    policy_name: str,
    policy: str,
    trials: Iterable[dict[str, Any]],
    on_published: list[str],
    leaks: int,
) -> str:
    """Return release.md: what was withheld and why, what it cost, and who has to look at what.

    on_published: lines on the published report, under its own heading.
    """
    lines = [f"# Release of run {run}", "", FOR_THE_CHECKER, ""]
    lines += [f"Policy: **{policy_name}**. {policy}", ""]
    controlled = False
    for trial in trials:
        lines += [f"## {trial['trial']}", ""]
        controlled |= trial["controlled"]
        if not trial["controlled"]:
            lines += ["Nothing is controlled under this policy.", ""]
            continue
        lines += [
            f"{trial['withheld']:,} of {trial['cells']:,} cells are withheld "
            f"({100 * trial['withheld'] / max(trial['cells'], 1):.1f}%).",
            "",
            f"Cells and their relations name {trial['numbers']:,} numbers. {_loss(trial)}",
            "",
            f"The attack bounded {trial['attacked']:,} withheld and {trial['hidden']:,} other "
            f"numbers; the narrowest interval of a withheld one is {trial['narrowest']} wide.",
            "",
            "| exhibit | cells | withheld | reasons |",
            "|---|---|---|---|",
        ]
        for row in trial["exhibits"]:
            reasons = "; ".join(
                f"{reason.rstrip('.')}: {count}" for reason, count in row["reasons"].items()
            )
            lines.append(f"| {row['exhibit']} | {row['cells']} | {row['withheld']} | {reasons} |")
        lines += [""]
        if trial["not_drawn"]:
            lines += ["Exhibits without their picture or table:", ""]
            lines += [f"- {name}: {why}." for name, why in trial["not_drawn"].items()]
            lines += [""]
        if trial["without_prose"]:
            lines += ["Chapters without their prose and their notebook:", ""]
            lines += [
                f"- {name}: {why}, of which nothing is released."
                for name, why in trial["without_prose"].items()
            ]
            lines += [""]
    lines += [
        *on_published,
        *(NOT_IN_IT if controlled else []),
        "## Scan",
        "",
        f"Identifiers, pseudonyms, exact dates and metadata found in the files: {leaks}.",
        "",
    ]
    return "\n".join(lines)
