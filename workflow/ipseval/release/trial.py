"""Controls one trial: what may leave, the files made of it, and the attack on them."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..files import files_in, write_csv, write_json, write_zip
from ..report.data import Data
from ..report.findings import FrontLine
from ..report.needs import config_from
from ..report.told import told_of
from .attack import attack
from .chapters import NOTEBOOKS, executed, exhibits_into, found_of, telling, write_told
from .control import PROSE, Controlled, control
from .decided import all_cells, summary_of
from .released import Made, made_of_trial

if TYPE_CHECKING:
    import pandas as pd

    from ..config.declared import TrialConfig
    from ..config.disclosure import DisclosurePolicy
    from ..config.exhibits import Exhibit

# The record of what was made, in the archive beside the files of the exhibits.
MADE = "made.json"


@dataclass(frozen=True)
class Task:
    """A trial to control: its results, declarations, slices of them by chapter, and the policy.

    page: the declarations that its page depends on. notebooks: of its chapters. drafts: where a
    notebook is while it runs. earlier: intervals of counts that earlier releases gave away. as_is:
    whether pictures of the report may leave as they are. organisations: columns of people that name
    one.
    """

    run: str
    trial: str
    folder: Path
    config: TrialConfig
    chapters: dict[str, dict[str, Any]]
    page: dict[str, Any]
    notebooks: dict[str, Path]
    drafts: Path
    policy: DisclosurePolicy
    cuts: int
    synthetic: bool
    as_is: bool
    earlier: dict[str, tuple[float, float]]
    organisations: tuple[str, ...] = ()


def control_trial(task: Task, target: Path) -> Iterator[str]:
    """Write what was decided on a trial, and what leaves, into a folder; yield lines of a log.

    cells.csv, counts.csv and summary.json say what was decided, pattern.json keeps what was solved,
    released.zip has the files. Raises InputError where the attack finds something.
    """
    kept = target / "pattern.json"
    data = Data(task.folder, config_from(task.page), task.synthetic, task.page["labels"])
    told = told_of(data, telling(task.notebooks))

    def remade(exhibit: str, spec: Exhibit) -> pd.DataFrame:
        cells = spec.cells(data)
        cells.insert(0, "exhibit", exhibit)
        return cells.assign(data="synthetic" if task.synthetic else "real")

    def named_by_setting(exhibit: str) -> list[str]:
        with data.named_by_setting():
            return data.config.exhibits.exhibits[exhibit].cells(data)["row"].to_list()

    found = control(
        task.trial,
        task.config,
        task.folder,
        task.policy,
        task.cuts,
        task.earlier,
        kept,
        told,
        named_by_setting,
        task.organisations,
        remade,
    )
    summary = summary_of(found)
    yield summary["text"]
    with tempfile.TemporaryDirectory() as scratch:
        files, results = Path(scratch, "files"), Path(scratch, "results")
        made = list(
            made_of_trial(
                task.folder,
                task.trial,
                task.chapters,
                found.cells,
                found.coarser,
                task.synthetic,
                task.as_is and task.policy.rounding == 1,
                files,
            )
        )
        write_csv(files / f"{PROSE}.csv", found.cells[PROSE].drop(columns="status"))
        released = results / task.run / task.trial
        exhibits_into(released, files)
        write_told(told, found.cells[PROSE], released)
        chapters = list(executed(task, results, files / NOTEBOOKS))
        first = found_of(task.trial, task.run, results, task.page)
        write_csv(files / "declared" / "counts.csv", found.counted.drop(columns="reason"))
        write_json(files / "declared" / "relations.json", found.declared)
        summary |= _attacked(files, found, summary, task)
        summary["not_drawn"] = {one.exhibit: one.missing for one in made if one.missing}
        yield f"narrowest interval of a withheld number: {summary['narrowest']}"
        summary["without_prose"] = {one.chapter: one.missing for one in chapters if one.missing}
        record = {
            "exhibits": [asdict(one) for one in made],
            "chapters": {one.chapter: one.body for one in chapters if not one.missing},
            "found": first,
        }
        write_json(files / MADE, record)
        write_zip(target / "released.zip", files_in(files))
    write_csv(target / "cells.csv", all_cells(found))
    write_csv(target / "counts.csv", found.counted)
    write_json(target / "summary.json", summary)


@dataclass(frozen=True)
class Unpacked:
    """What was made of a trial: exhibits, HTML of chapters by name, and what was found."""

    exhibits: list[Made]
    chapters: dict[str, str]
    found: list[FrontLine]


def unpacked(archive: Path, folder: Path) -> Unpacked:
    """Unpack the released files of a trial into a folder, and return what was made."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    record = json.loads((folder / MADE).read_text(encoding="utf-8"))
    (folder / MADE).unlink()
    return Unpacked(
        [Made(**one) for one in record["exhibits"]],
        record["chapters"],
        [FrontLine(*line) for line in record["found"]],
    )


def _attacked(
    files: Path, found: Controlled, summary: dict[str, Any], task: Task
) -> dict[str, Any]:
    """Return what the attack found, for the summary; raise InputError if it is much."""
    policy = task.policy
    reached = attack(
        files, policy.width, policy.threshold, policy.rounding, task.earlier, policy.differences
    )
    at_risk = set(summary["at_risk"]) if policy.differences else set[str]()
    # The attack knows no truth; who does, asks that none of the numbers at risk is narrow.
    narrow = dict(reached.narrow)
    for name in at_risk & set(reached.bounds):
        low, high = reached.bounds[name]
        if not high - low >= policy.width:  # nor where it is no number
            narrow[name] = (low, high)
    if narrow or summary["unprotected"]:
        names = [*narrow, *summary["unprotected"]]
        raise InputError(
            f"what is released gives away {len(names)} withheld numbers, such as {names[0]}",
            file=task.trial,
            rule=f"an interval of at least {policy.width} for each withheld number",
            remedy="leave an exhibit that repeats it out of the report, or ask for help: control "
            "and attack disagree",
        )
    width = reached.narrowest
    return {
        "attacked": reached.withheld,
        "hidden": reached.hidden,
        "narrowest": "any" if width == float("inf") else f"{width:.0f}",
    }
