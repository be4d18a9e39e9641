"""Runs the workflow for a person: one run at a time, recovery after a kill, a summary."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .config.load import load_project
from .errors import InputError
from .provenance import ROOT


def run_workflow(run: str | None, cores: str, results: str | None, rest: list[str]) -> int:
    """Run the DAG, print the concordance and where the report is; returns the exit status.

    A run that was killed leaves Snakemake's lock behind. Holding a lock of our own, which the
    operating system gives back when a process dies, tells a dead run from a running one.
    Snakemake holds it too, in case that it outlives this process.
    """
    overrides = {"run": run, "results": results}
    overrides = {key: value for key, value in overrides.items() if value}
    if results:
        overrides["results"] = str(Path(results).resolve())
    project = load_project(ROOT, overrides)
    folder = ROOT / project.main.results / project.main.run
    with _only_run() as held:
        lock = ROOT / ".snakemake" / "locks"
        if lock.is_dir() and any(lock.iterdir()):
            print("The last run was cut off; picking it up where it stopped.")
            _snakemake(["--unlock", "--quiet", "all"], overrides, cores, held)
        started = time.monotonic()
        status = _snakemake(rest, overrides, cores, held)
    if status == 0 and (folder / "report" / "index.html").exists():
        print(concordance_text(run, results, None))
        seconds = time.monotonic() - started
        print(f"\nReport: {_shown(folder / 'report' / 'index.html')}  ({seconds:.0f} s)")
    return status


def _shown(path: Path) -> Path:
    """Return a path as a person in the project's folder would write it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


@contextmanager
def _only_run() -> Iterator[int]:
    """Hold the lock of the project's folder; raises InputError if another run holds it."""
    (ROOT / ".snakemake").mkdir(exist_ok=True)
    with open(ROOT / ".snakemake" / "ipseval.lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                "another run is at work in this folder", remedy="wait for it, or stop it first"
            ) from None
        yield lock.fileno()


def _snakemake(arguments: list[str], overrides: dict, cores: str, held: int) -> int:
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
    command += ["--workflow-profile", "workflow/profiles/default", *arguments]
    # Progress bars on a terminal; where output is kept in a file, a line a finished job.
    if "--quiet" not in arguments:
        command += ["--logger", "rich"] if sys.stderr.isatty() else ["--quiet", "host", "reason"]
    if overrides:
        command += ["--config", *(f"{key}={value}" for key, value in overrides.items())]
    done = subprocess.run(  # noqa: S603 - the command is made above
        command, check=False, cwd=ROOT, env=dict(os.environ), pass_fds=[held]
    )
    return done.returncode


def concordance_text(run: str | None, results: str | None, status: str | None) -> str:
    """Return the concordance by exhibit, or the cells of one status."""
    import pandas as pd

    from .report.concordance import STATUSES, summary_text

    results = str(Path(results).resolve()) if results else None
    overrides = {key: v for key, v in {"run": run, "results": results}.items() if v}
    main = load_project(ROOT, overrides).main
    folder = ROOT / main.results / main.run
    if not (folder / "concordance.csv").exists():
        raise InputError(
            "no concordance yet", file=_shown(folder), remedy="run `make report` first"
        )
    if status is None:
        summary = pd.read_csv(folder / "concordance_summary.csv")
        return "\nPublished cells reproduced, by exhibit\n" + summary_text(summary)
    if status not in STATUSES:
        raise InputError(f"unknown status '{status}'", expected=", ".join(STATUSES))
    cells = pd.read_csv(folder / "concordance.csv", dtype="str", keep_default_na=False)
    chosen = cells[cells["status"] == status].drop(columns="status")
    return chosen.to_string(index=False) if len(chosen) else f"No cell has status {status}."
