"""Runs the workflow for a person: one run at a time, recovery after a kill, a summary."""

import fcntl
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from .config.load import load_project
from .errors import InputError, counted
from .provenance import ROOT
from .verify import Finding, files_of_run, restore


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
        dry = bool({"-n", "--dry-run", "--dryrun"} & set(rest))
        _tell_damage(restore(files_of_run(run, results), remove=not dry), dry)
        status = _snakemake(rest, overrides, cores, held)
    if status == 0 and (folder / "report" / "index.html").exists():
        print(concordance_text(run, results, None))
        seconds = time.monotonic() - started
        print(f"\nReport: {_shown(folder / 'report' / 'index.html')}  ({seconds:.0f} s)")
    return status


def _tell_damage(findings: list[Finding], dry: bool, limit: int = 5) -> None:
    """Say which files are not what jobs left or read, and that those jobs are done again."""
    jobs = {job for finding in findings for job in finding.jobs}
    for finding in findings[:limit]:
        print(f"{finding.name} is {finding.state}: {finding.why}.")
    if len(findings) > limit:
        print(f"So are {len(findings) - limit:,} more; `ipseval verify` lists them.")
    if findings:
        if dry:
            told = f"{counted(len(jobs), 'job', 'jobs')} would be done again, which the plan below"
            print(f"{told} does not show.", flush=True)
        else:
            print(f"{counted(len(jobs), 'job is', 'jobs are')} done again.", flush=True)


def _shown(path: Path) -> Path:
    """Return a path as a person in the project's folder would write it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


@contextmanager
def _only_run():
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
    options = {"cwd": ROOT, "env": dict(os.environ), "pass_fds": [held]}
    return subprocess.run(command, check=False, **options).returncode  # noqa: S603


def concordance_text(run: str | None, results: str | None, status: str | None) -> str:
    """Return the concordance by exhibit, or the cells of one status."""
    from .files import read_csv
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
        summary = read_csv(folder / "concordance_summary.csv")
        return "\nPublished cells reproduced, by exhibit\n" + summary_text(summary)
    if status not in STATUSES:
        raise InputError(f"unknown status '{status}'", expected=", ".join(STATUSES))
    cells = read_csv(folder / "concordance.csv", dtype="str", keep_default_na=False)
    chosen = cells[cells["status"] == status].drop(columns="status")
    return chosen.to_string(index=False) if len(chosen) else f"No cell has status {status}."
