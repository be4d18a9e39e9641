"""The project, its results and the data may lie anywhere and be dated any day.

The fixture `project` is in a folder with a space, quotes, braces and a letter that is not ASCII.
"""

import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ipseval.config.load import load_project
from ipseval.config.run import ExtractSource
from ipseval.errors import InputError
from ipseval.snakemake_limits import dated_in_the_future, plain

ROOT = Path(__file__).resolve().parents[2]
AWKWARD = "d <a>'t{ä}"
CHECKED = "results/mine/nsw/extracts/checks.csv"


def write_run(project, folder: str, path: str) -> None:
    """Give the project a run `mine` of one file."""
    source = {"source": "files", "folder": folder, "tables": {"participants": {"path": path}}}
    run = {"description": "A file of mine.", "seed": 1, "extracts": {"nsw": source}}
    run["person_key_file"] = f"{folder}/person.key"
    (project / "config/runs/mine.yaml").write_text(yaml.safe_dump(run), encoding="utf-8")


@pytest.fixture
def mine(project, reference):
    """The project, and where the one file of its run `mine` lies."""

    def put(folder: Path, written: str) -> Path:
        file = folder / "people {1}.parquet"
        folder.mkdir(parents=True)
        key = folder / "person.key"
        key.write_text(secrets.token_hex(32), encoding="utf-8")
        key.chmod(0o600)
        shutil.copy(reference / "results/small/nsw/extracts/participants.parquet", file)
        write_run(project, written, file.name)
        return file

    return project, put


def test_paths_that_snakemake_would_take_for_patterns(mine, tmp_path, monkeypatch):
    project, put = mine
    home = tmp_path / AWKWARD
    monkeypatch.setenv("HOME", str(home))
    file = put(home / "data", "~/data")
    results = tmp_path / "results of {run}"
    into = ("--run", "mine", "--results", str(results))
    planned = project.ipseval("report", "--dry-run", *into)
    assert planned.returncode == 0, planned.stdout

    link = next(p for p in (project / ".snakemake/ipseval").iterdir() if p.resolve() == results)
    target = f".snakemake/ipseval/{link.name}/mine/nsw/extracts/checks.csv"
    done = project.ipseval("report", target, *into)
    assert done.returncode == 0, done.stdout
    assert (results / "mine/nsw/extracts/participants.parquet").exists()
    record = (results / "mine/records/build_extracts.nsw.json").read_text("utf-8")
    # By its name and a mark of its folder, which does not say where it lies.
    assert re.search(rf'"\(outside\)/[0-9a-f]{{8}}/{re.escape(file.name)}"', record)
    assert str(file.parent) not in record
    assert "results/mine/nsw/extracts/participants.parquet" in record
    assert '"benchmark": "results/mine/benchmarks/build_extracts.nsw.tsv"' in record
    assert "Nothing to be done" in project.ipseval("report", target, *into).stdout


def test_files_dated_in_the_future(mine, tmp_path):
    project, put = mine
    file = put(tmp_path / "data", str(tmp_path / "data"))
    tomorrow = time.time() + 86400
    os.utime(file, (tomorrow, tomorrow))
    for attempt in ("first", "second"):
        done = project.snakemake(CHECKED, run="mine")
        assert done.returncode == 0, f"{attempt}: {done.stdout}"
        assert "1 source file is dated in the future, such as " in done.stdout
    # Another file in its place is not taken for the first, which would have been newer.
    table = pd.read_parquet(file)
    table.iloc[1:].to_parquet(file)
    done = project.snakemake(CHECKED, run="mine")
    assert done.returncode == 0, done.stdout
    assert "dated in the future" not in done.stdout
    made = pd.read_parquet(project / "results/mine/nsw/extracts/participants.parquet")
    assert len(made) == len(table) - 1
    assert "Nothing to be done" in project.snakemake(CHECKED, run="mine").stdout


def test_missing_files_are_named_together_before_anything_runs(project):
    for done in (project.ipseval("report", "--run", "real"), project.snakemake(run="real")):
        assert done.returncode == 1
        named = re.findall(r"file is missing\n  file: (\S+)\n  table: (\w+)", done.stdout)
        assert len(named) == 25
        assert ("data/hlt/recruits.csv", "recruits") in {
            (file.removeprefix(f"{project.folder}/"), table) for file, table in named
        }
        assert "to do: put the file there, or correct folder and path in the run" in done.stdout
        assert "MissingInputException" not in done.stdout
        assert "Traceback" not in done.stdout
    assert not (project / "results").exists()


def test_home_folder_in_a_run_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    tables = {"people": [{"path": "a.csv"}, {"path": "~/b.csv"}, {"path": "/c.csv"}]}
    source = ExtractSource(source="files", folder="~/data", tables=tables)
    assert source.paths("people") == [tmp_path / "data/a.csv", tmp_path / "b.csv", Path("/c.csv")]
    assert load_project(ROOT, {"results": "~/r"}).main.results == f"{tmp_path}/r"


def test_a_scale_of_people_that_are_not_synthetic_is_refused():
    with pytest.raises(ValueError, match="scale multiplies synthetic people; source is 'package'"):
        ExtractSource(source="package", scale=0.5)


def test_the_small_run_has_all_trials_and_the_scale_of_each():
    project = load_project(ROOT, {"run": "small"})
    assert list(project.trials) == project.main.trials
    assert {name: project.run.scale_of(name) for name in project.trials} == {
        "hlt": 0.1,
        "trailblazers": 1,
        "nsw": 0.1,
    }


def test_only_paths_that_need_it_get_a_link(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert plain("a b'ü/c.csv") == "a b'ü/c.csv"
    assert list(tmp_path.iterdir()) == []
    link = plain("{x}/c.csv")
    assert re.fullmatch(r"\.snakemake/ipseval/[0-9a-f]{16}\.csv", link)
    assert Path(link).readlink() == tmp_path / "{x}/c.csv"
    assert plain("{x}/c.csv") == link
    assert "{" not in plain("c.{x}")


def test_dated_in_the_future(tmp_path):
    late, now = tmp_path / "late", tmp_path / "now"
    for file in (late, now):
        file.touch()
    os.utime(late, (time.time() + 60, time.time() + 60))
    assert dated_in_the_future([now, late, tmp_path / "missing"]) == [str(late)]


def test_every_missing_file_is_named(tmp_path):
    (tmp_path / "b.csv").touch()
    run = load_project(ROOT, {"run": "real"}).run
    files = {"one": {"path": "a.csv"}, "two": [{"path": "b.csv"}, {"path": "c.csv"}]}
    source = ExtractSource(source="files", tables=files)
    run = run.model_copy(update={"extracts": {"hlt": source}})
    with pytest.raises(InputError) as caught:
        run.require_files(["hlt"], tmp_path)
    assert re.findall(r"file: (\S+)\n  table: (\S+)", str(caught.value)) == [
        ("a.csv", "one"),
        ("c.csv", "two"),
    ]
    run.require_files([], tmp_path)


def recipe(target: str) -> str:
    """The commands of a target, whose environment is not made for this."""
    command = [
        "make",
        "--dry-run",
        "--old-file=.venv-lab/.ready",
        "--old-file=.venv/.ready",
        target,
    ]
    return subprocess.check_output(command, cwd=ROOT, text=True)


STARTS_A_KERNEL = """
import json, os, sys, tempfile
import nbformat
from jupyter_client import MultiKernelManager
from nbclient import NotebookClient
from traitlets.config import Config

folder, *options = sys.argv[1:]
notebook = nbformat.read(f"{folder}/03-impact.ipynb", 4)
notebook.cells[0].source = "run, trial = 'small', 'nsw'"
notebook.cells.append(nbformat.v4.new_code_cell("import ipseval; print(ipseval.__file__)"))
config = Config()
for option in options:
    name, _, value = option.removeprefix("--").partition("=")
    section, _, trait = name.partition(".")
    config[section][trait] = value
with tempfile.TemporaryDirectory() as private:
    kernels = MultiKernelManager(config=config, connection_dir=private)
    kernel = kernels.get_kernel(kernels.start_kernel(kernel_name="python3", cwd=folder))
    assert kernel.transport == "ipc", kernel.transport
    try:
        NotebookClient(notebook, km=kernel, timeout=120).execute()
    finally:
        kernels.shutdown_all(now=True)
print(json.dumps([cell.get("outputs") for cell in notebook.cells]))
"""


def test_a_chapter_runs_in_the_lab(small, tmp_path):
    """A kernel with the environment and in the folder that `make lab` gives it."""
    driver = tmp_path / "driver.py"
    driver.write_text(STARTS_A_KERNEL, encoding="utf-8")
    lab = ".venv-lab/bin/python -m jupyterlab"
    line = recipe("lab")
    assert line.count(lab) == 1
    line = line.replace(lab, f"{shlex.quote(sys.executable)} {shlex.quote(str(driver))}")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        ["sh", "-c", line], cwd=small.folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert str(small / "workflow/ipseval/__init__.py") in done.stdout
    assert "Impacts" in done.stdout
