"""Wall time and CPU seconds of the default report beside those of a named commit, in turns.

    .venv/bin/python benchmarks/paired.py COMMIT [--rounds N] [--clones FOLDER]

Each commit is cloned into a folder of its own, with its own environment; a round takes of each a
cold report, one with nothing changed, and one after an edited valuation. Of ours the page is made
alone, for which all is made that ec0d7a8 makes, and then everything in another run from nothing (or
after another edit). Appends to benchmarks/results/paired.json, which keeps the history. `--clones`
keeps the clones for later.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import RESULTS, children_timed

from ipseval.provenance import ROOT

# An amount of the valuation, the same in any commit, and others.
EDITED = "config/trials/hlt/economics.yaml"
AMOUNT, OTHERS = "value: 70000", ("value: 71000", "value: 72000")
# Everything but the PDF, the workbook and the release.
PAGE = "results/twin/report/index.html"
# What is measured -> the most that it may be of the named commit.
BUDGETS = {
    "page_cold": 0.45,
    "cold": 0.7,
    "nothing_changed": 0.5,
    "page_edited": 0.4,
    "edited_valuation": 0.65,
}


def clone(commit: str, folder: Path) -> Path:
    """Return a clone of this project at a commit, with its environment."""
    if not folder.exists():
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
        subprocess.run(["git", "checkout", "-q", commit], cwd=folder, check=True)
    subprocess.run(["make", "-s", ".venv/.ready"], cwd=folder, check=True)
    return folder


def measured(folder: Path, *targets: str) -> dict[str, float]:
    """Return wall and CPU seconds of one report, or of targets of Snakemake."""
    command, found = [".venv/bin/ipseval", "report", "--cores", "2", *targets], {}
    with children_timed(found):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return found


def emptied(folder: Path) -> None:
    """Remove what runs have left."""
    for name in ("results", ".snakemake"):
        shutil.rmtree(folder / name, ignore_errors=True)


def edited(folder: Path, amount: str) -> None:
    """Put another amount in place of the one of the valuation."""
    file = folder / EDITED
    text = file.read_text(encoding="utf-8")
    found = [one for one in (AMOUNT, *OTHERS) if one in text]
    if len(found) != 1 or text.count(found[0]) != 1:
        raise ValueError(f"{file} has not one `{AMOUNT}` to be edited")
    file.write_text(text.replace(found[0], amount), encoding="utf-8")


def round_of(folder: Path, is_ours: bool) -> dict[str, dict[str, float]]:
    """Return what a round measures of one clone; of theirs the page is everything."""
    found = {}
    if is_ours:
        emptied(folder)
        found["page_cold"] = measured(folder, PAGE)
    emptied(folder)
    found["cold"] = measured(folder)
    found["nothing_changed"] = measured(folder)
    try:
        if is_ours:
            edited(folder, OTHERS[0])
            found["page_edited"] = measured(folder, PAGE)
        edited(folder, OTHERS[1])
        found["edited_valuation"] = measured(folder)
    finally:
        edited(folder, AMOUNT)
    return {"page_cold": found["cold"], "page_edited": found["edited_valuation"], **found}


def ratios(rounds: list[dict[str, dict[str, dict[str, float]]]]) -> dict[str, dict[str, float]]:
    """Return the median over rounds of ours over theirs, by what is measured."""
    return {
        name: {
            unit: round(
                statistics.median(r["ours"][name][unit] / r["theirs"][name][unit] for r in rounds),
                3,
            )
            for unit in ("wall", "cpu")
        }
        for name in BUDGETS
    }


def commit_id(commit: str) -> str:
    command = ["git", "rev-parse", "--short=7", commit]
    return subprocess.check_output(command, cwd=ROOT, text=True).strip()


@contextmanager
def cloned(commit: str, kept: Path | None) -> Iterator[tuple[dict[str, str], dict[str, Path]]]:
    """Give the commits `theirs` and `ours`, and a clone of each; they go, unless a folder keeps."""
    ids = {"theirs": commit_id(commit), "ours": commit_id("HEAD")}
    with tempfile.TemporaryDirectory() as scratch:
        yield ids, {which: clone(one, (kept or Path(scratch)) / one) for which, one in ids.items()}


def main() -> None:
    """Measure, print the ratios, and add them to the history."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--clones", type=Path)
    options = parser.parse_args()
    with cloned(options.commit, options.clones) as (commits, folders):
        rounds = []
        for _ in range(options.rounds):
            rounds.append({k: round_of(folder, k == "ours") for k, folder in folders.items()})
            print(json.dumps(rounds[-1]), flush=True)
    found = {
        **commits,
        "ratios": ratios(rounds),
        "rounds": rounds,
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[2], 1),
    }
    for name, most in BUDGETS.items():
        wall, cpu = (found["ratios"][name][unit] for unit in ("wall", "cpu"))
        print(f"{name:<20}wall {wall:.2f}  cpu {cpu:.2f}  at most {most}")
    path = RESULTS / "paired.json"
    history = json.loads(path.read_text("utf-8")) if path.exists() else []
    path.write_text(json.dumps([*history, found], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
