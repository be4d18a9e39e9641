"""The page of a release that leads to its files: RO-Crate calls it ro-crate-preview.html.

The report itself has no link to a file beside it, which would lead nowhere once it is mailed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..report.render import POLICY, environment, style

NAME = "ro-crate-preview.html"
DOCUMENTS = {
    "site.zip": "Report as one web page, zipped",
    "report.pdf": "Report as PDF",
    "tables.xlsx": "Tables as a workbook",
}
RECORDS = {
    "release.md": "Record of the release",
    "results.json": "Outputs, with what was withheld and why",
    "codebook.csv": "What the columns of the CSV files mean",
    "provenance.json": "Jobs, their inputs and versions",
    "checksums.txt": "Checksums of all files",
    "ro-crate-metadata.json": "Metadata of this crate",
}


def preview(
    run_name: str, description: str, names: dict[str, str], made: list[tuple[str, str, list[str]]]
) -> str:
    """Return the page; `names` are those of the trials, `made` trial, title and files each."""
    trials: dict[str, list[tuple[str, list[tuple[str, str]]]]] = {
        name: [] for name in names.values()
    }
    for trial, title, files in made:
        shown = [(file, Path(file).suffix[1:].upper()) for file in files if file[-5:] != ".json"]
        if shown:
            trials[names[trial]].append((title, shown))
    context: dict[str, Any] = {"documents": DOCUMENTS.items(), "records": RECORDS.items()}
    return (
        environment()
        .get_template("preview.html.j2")
        .render(
            policy=POLICY,
            style=style(),
            run_name=run_name,
            description=description,
            trials={name: outputs for name, outputs in trials.items() if outputs},
            **context,
        )
    )
