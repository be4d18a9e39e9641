"""Runs the workflow for a person: one run at a time, recovery after a kill, a summary."""

import atexit
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .config.load import load_project
from .config.run import Main
from .errors import InputError, counted
from .lock import HELD, only_run
from .provenance import ROOT
from .report.summary import summary_text
from .snakemake_limits import imports_begun, plain
from .unchanged import is_kept, keep, knows_all, state_of
from .verify import OUTDATED, Finding, files_of_run, restore


def overrides_of(run: str | None, results: str | None) -> dict[str, str]:
    """Return what a command line puts in place of keys of config.yaml.

    Snakemake knows results by their path, so a folder in the project is named relative to it
    as config.yaml would.
    """
    given = {"run": run, "results": results}
    if results:
        folder = Path(results).expanduser().resolve()
        inside = folder.is_relative_to(ROOT)
        given["results"] = str(folder.relative_to(ROOT) if inside else folder)
    return {key: value for key, value in given.items() if value}


def folder_of(main: Main) -> Path:
    """Return the folder of a run."""
    return ROOT / main.results / main.run


def run_workflow(run: str | None, cores: str, results: str | None, rest: list[str]) -> int:
    """Run the DAG, print the concordance and where the report is; returns the exit status.

    Snakemake holds the lock too, in case that it outlives this process.
    """
    # At its end an interpreter would look through all that was imported, for most of a second.
    atexit.register(gc.freeze)
    overrides = overrides_of(run, results)
    project = load_project(ROOT, overrides)
    project.run.require_files(project.trials, ROOT)
    folder = folder_of(project.main)
    with only_run(folder.parent, project.main.run) as (_, cut_off):
        if cut_off:
            print("The last run was cut off; picking it up where it stopped.", flush=True)
        started = time.monotonic()
        dry = bool({"-n", "--dry-run", "--dryrun"} & set(rest))
        whole = not rest and knows_all(project.run)
        kept = whole and is_kept(state_of(folder, overrides))
        # An option may mean that no job runs on this machine.
        here = not kept and not any(argument.startswith("-") for argument in rest)
        with imports_begun(project.run, ROOT) if here else nullcontext():
            targets = _targets(rest)
            damage = restore(files_of_run(run, results), not dry, targets)
            _tell_damage([finding for finding in damage if finding.state != OUTDATED], dry)
            if kept and not damage:
                print("Nothing to be done: all is as the last run left it.", flush=True)
                status = 0
            else:
                jobs = sorted({job for finding in damage for job in finding.jobs})
                place = f"{plain(project.main.results)}/{folder.name}/records"
                # A damaged file that is asked for by name is there, so that Snakemake would not
                # make it again for its record. Whoever asks for no target asks for every record.
                asked = [f"{place}/{job}.json" for job in jobs] if targets and not dry else []
                status = _snakemake(_with(asked, rest, targets), overrides, cores)
                if whole and status == 0:
                    keep(state_of(folder, overrides))
    if status == 0 and not dry and (folder / "report" / "index.html").exists():
        print(concordance_text(run, results, None))
        seconds = time.monotonic() - started
        print(f"\nReport: {_shown(folder / 'report' / 'index.html')}  ({seconds:.0f} s)")
        for form, name in DOCUMENTS.items():
            if (folder / "report" / name).exists():
                print(f"{form}: {_shown(folder / 'report' / name)}")
    elif status != 0:
        # The last word, also where --quiet has kept Snakemake from saying anything.
        logs = f"; its jobs' logs: {_shown(folder / 'logs')}" if (folder / "logs").exists() else ""
        print(f"ipseval report: the run failed{logs}", file=sys.stderr)
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


# What stands beside the page of a report.
DOCUMENTS = {"PDF": "report.pdf", "Workbook": "tables.xlsx"}


def _shown(path: Path) -> Path:
    """Return a path as a person in the project's folder would write it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _snakemake(arguments: list[str], overrides: dict[str, str], cores: str) -> int:
    command = ["--cores", str(cores), "--workflow-profile", "workflow/profiles/default"]
    command += arguments
    # Progress bars on a terminal; where output is kept in a file, a line a finished job.
    if "--quiet" not in arguments:
        command += ["--logger", "rich"] if sys.stderr.isatty() else ["--quiet", "host", "reason"]
    if overrides:
        # In quotes, as Snakemake reads values as YAML: a name may look like a number or a list.
        quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in overrides.items()}
        command += ["--config", *(f"{key}={value}" for key, value in quoted.items())]
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _run_snakemake(command)
    with suppress(PermissionError, ProcessLookupError):  # it was faster, or has ended
        os.setpgid(child, child)
    with _stopped_by_signals():
        try:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        except KeyboardInterrupt:
            _kill_group(child)
            raise


def _targets(arguments: list[str]) -> list[str]:
    """Return the targets among arguments of Snakemake."""
    if all(argument.startswith("-") for argument in arguments):
        return []
    from snakemake.cli import get_argument_parser

    return list(get_argument_parser().parse_known_args(arguments)[0].targets)


def _with(more: list[str], arguments: list[str], targets: list[str]) -> list[str]:
    """Return arguments of Snakemake that ask for more targets, before the first of those named."""
    place = arguments.index(targets[0]) if targets else len(arguments)
    return [*arguments[:place], *more, *arguments[place:]]


def _run_snakemake(arguments: list[str]) -> NoReturn:
    """Be Snakemake, in a fork: it finds the package imported and the configuration checked."""
    status: str | int | None = 1
    try:
        os.setpgid(0, 0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(ROOT)
        os.environ[HELD] = "1"
        from snakemake.cli import main

        main(arguments)
    except SystemExit as left:
        status = left.code
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else int(status is not None))


def _kill_group(child: int) -> None:
    """End Snakemake and its jobs at once, and give the terminal its cursor back.

    Asked to stop, Snakemake and each job would complain at length of having been interrupted. A
    run that is killed loses nothing: outputs are written whole, and a job without its record is
    done again. Kernels of notebooks end themselves when their parent is gone.
    """
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if sys.stderr.isatty():
        print("\r\x1b[K\x1b[?25h", end="", file=sys.stderr, flush=True)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let the end of the terminal and `kill` stop the run as Ctrl-C does."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # What the caller ignores (nohup) stays ignored.
    signals = [s for s in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(s) != signal.SIG_IGN]
    before = {s: signal.signal(s, stop) for s in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def concordance_text(run: str | None, results: str | None, status: str | None) -> str:
    """Return the concordance by exhibit, or the cells of one status."""
    folder = folder_of(load_project(ROOT, overrides_of(run, results)).main)
    if not (folder / "concordance.csv").exists():
        raise InputError(
            "no concordance yet", file=_shown(folder), remedy="run `make report` first"
        )
    if status is None:
        return summary_text(folder / "concordance_summary.csv")
    from .files import read_csv
    from .report.statuses import STATUSES

    if status not in STATUSES:
        raise InputError(f"unknown status '{status}'", expected=", ".join(STATUSES))
    cells = read_csv(folder / "concordance.csv", dtype="str", keep_default_na=False)
    chosen = cells[cells["status"] == status].drop(columns="status")
    return chosen.to_string(index=False) if len(chosen) else f"No cell has status {status}."
