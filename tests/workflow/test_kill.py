"""A run that is cut off, by the machine or by a person, is picked up and ends in the same bytes."""

import os
import pty
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pandas as pd
import psutil  # comes with Snakemake
import pytest
from conftest import copy_of

from ipseval.provenance import ROOT

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
SCRIPTS = ROOT / "workflow/scripts"
FIRST = "results/small/nsw/linkage/links.parquet"


def wait_for(condition, process, what: str, seconds: float = 120):
    """Return the first true value of condition() while the process runs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        assert process.poll() is None, f"the run ended before {what}"
        time.sleep(0.02)
    pytest.fail(f"waited {seconds} s for {what}")


def jobs_of(process, script: str = "") -> list[psutil.Process]:
    """The processes of the jobs that a run is at work on, which the system knows by their rule."""
    scripts = [script] if script else [path.stem for path in SCRIPTS.glob("*.py")]
    names = {name[:15] for name in scripts}
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            if child.name() in names:
                found.append(child)
    return found


@contextmanager
def running(project, *arguments: str):
    """Start a report; whatever is left of its session at the end is killed."""
    process = project.start_ipseval("report", "--run", "small", "--cores", "2", *arguments)
    try:
        yield process
    finally:
        kill_session(process)


def session_of(process: subprocess.Popen) -> list[psutil.Process]:
    """Return the front end and all that it has started."""
    members = []
    for other in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(other.pid) == process.pid:
                members.append(other)
    return members


def kill_session(process: subprocess.Popen) -> None:
    """Kill the front end and all that it has started, as when the machine goes down."""
    for other in session_of(process):
        with suppress(psutil.Error):
            other.kill()
    process.wait()


@contextmanager
def standing_still(process: subprocess.Popen):
    """Stop a run and its jobs for a while, so that it is not over before the others are tried."""
    members = session_of(process)
    for member in members:
        with suppress(psutil.Error):
            member.suspend()
    try:
        yield
    finally:
        for member in members:
            with suppress(psutil.Error):
                member.resume()


@pytest.fixture
def other(snapshot, tmp_path):
    """Another checkout."""
    return copy_of(snapshot, tmp_path / "other")


@pytest.fixture
def one_trial(project):
    """The project with one trial, which is enough to be cut off and quicker to go on."""
    path = project / "config/config.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^trials: \[.*?\]", "trials: [nsw]", text, flags=re.M), "utf-8")
    return project


def test_killed_runs_are_picked_up_and_end_in_the_same_bytes(one_trial, other, request):
    project, manifest = one_trial, one_trial / "results/small/manifest.json"
    # The machine goes down in the middle of the run, just as linkage has begun.
    with running(project) as process:
        wait_for((project / FIRST).exists, process, "the first linkage")

        with standing_still(process):
            # Nobody else can start one into the same folder, neither here nor from elsewhere.
            into = ("--results", str(project / "results"))
            for second in (
                project.ipseval("report", "--run", "small"),
                # Without it Snakemake stops earlier: files of the other run are incomplete.
                project.snakemake("--rerun-incomplete"),
                other.ipseval("report", "--run", "small", *into),
            ):
                assert second.returncode == 1
                assert "another run is at work in this folder of results" in second.stdout
                assert "results/small" in second.stdout
                assert (
                    "to do: wait for it, stop it first, or choose another folder" in second.stdout
                )
                assert "Traceback" not in second.stdout
            # Into another folder it may.
            into = ("--results", str(other / "results"))
            beside = project.ipseval("report", "--run", "small", "--dry-run", *into)
            assert beside.returncode == 0, beside.stdout
        assert process.poll() is None, "the refused run disturbed the other"
    assert not manifest.exists()
    # What a job leaves that is killed while it writes: identifiers may be in it.
    half = project / "results/small/nsw/report/chapters/.economics.html.4194305.partial"
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"<html>half a file")

    # The system takes one job of the next run, as it does when memory runs out.
    with running(project) as process:
        job = wait_for(lambda: jobs_of(process, "estimate_impact"), process, "an estimate")[0]
        job.kill()
        assert process.wait(timeout=120) != 0
    said = (project / "ipseval.out").read_text(encoding="utf-8")
    assert "The last run was cut off; picking it up where it stopped." in said
    assert not manifest.exists()

    third = project.ipseval("report", "--run", "small", "--cores", "2")
    assert third.returncode == 0, third.stdout
    assert "Report: results/small/report/index.html" in third.stdout
    # No report about this trial is known, and none about another is its business.
    assert "Nothing published is known about the trials of this run." in third.stdout
    page = (project / "results/small/report/index.html").read_text(encoding="utf-8")
    assert 'id="concordance"' not in page
    assert manifest.exists()

    # One trial knows nothing of the others, so its files are those of the whole run.
    of_trial = re.compile(r"(^|\.)nsw\b")
    expected, found = (
        {path: sha for path, sha in run.checksums().items() if of_trial.search(path)}
        for run in (request.getfixturevalue("reference"), project)
    )
    assert len(expected) > 50
    assert set(found) >= set(expected)
    assert {path for path in expected if found[path] != expected[path]} == set()
    assert set(found) - set(expected) == set(), "half-written files of killed jobs stay for ever"


def test_a_run_whose_front_end_was_killed_still_holds_the_folder(one_trial):
    """Snakemake goes on when only `ipseval report` is killed; a second beside it would clash."""
    project = one_trial
    with running(project) as process:
        wait_for(lambda: jobs_of(process), process, "the first job")
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        second = project.ipseval("report", "--run", "small", "--dry-run")
        assert any(worker.is_running() for worker in workers), "nothing was left to clash with"
    assert second.returncode == 1, second.stdout
    assert "another run is at work in this folder of results" in second.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_run_in_one_line(one_trial, number):
    terminal, end = pty.openpty()
    process = one_trial.start_ipseval("report", "--run", "small", output=end)
    os.close(end)
    with ThreadPoolExecutor() as reader:
        # Read all the time: who writes to a full terminal waits.
        reading = reader.submit(read_all, terminal)
        try:
            wait_for(lambda: jobs_of(process), process, "the first job")
            started = psutil.Process(process.pid).children(recursive=True)
            os.kill(process.pid, number)
            assert process.wait(timeout=30) == 130
        finally:
            kill_session(process)
        said = reading.result()
    os.close(terminal)
    assert said.rstrip().endswith("ipseval report: stopped")
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said
    assert said.rfind(SHOW_CURSOR) > said.rfind(HIDE_CURSOR) > 0, "the cursor stays hidden"
    _, alive = psutil.wait_procs(started, timeout=10)
    assert not alive, "something goes on in the background"
    again = one_trial.ipseval("report", "results/small/nsw/extracts/checks.csv", "--run", "small")
    assert again.returncode == 0, again.stdout
    assert "The last run was cut off; picking it up where it stopped." in again.stdout


def read_all(terminal: int) -> str:
    """Return what was written to a terminal that nobody writes to any more."""
    pieces = []
    with suppress(OSError):  # how Linux says that the other end is closed
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    # Who is killed may have written half of a letter.
    return b"".join(pieces).decode(errors="replace")


def test_a_killed_job_leaves_the_earlier_results_and_is_done_again(small):
    """A job that dies while it makes results anew neither takes nor passes for the old ones.

    What makes it run is that people were damaged, and so are derived again before it.
    """
    target = "results/small/nsw/impact/earnings.csv"
    people = small / "results/small/nsw/outcomes/people.parquet"
    before = small.checksums()
    changed = pd.read_parquet(people)
    changed.loc[0, "earnings_1978"] += 1000
    changed.to_parquet(people, index=False)
    with running(small, target) as process:
        job = wait_for(lambda: jobs_of(process, "estimate_impact"), process, "the estimate")[0]
        job.kill()
        assert process.wait(timeout=60) != 0
    after = small.checksums()
    # All that goes is the sign that the job had been done, so that it is done again, and the
    # manifest, which lists what it made.
    gone = {path for path in before if after.get(path) != before[path]}
    assert gone == {"records/estimate_impact.nsw.earnings.json", "manifest.json"}
    assert small.planned()[0]["estimate_impact"] == 1
