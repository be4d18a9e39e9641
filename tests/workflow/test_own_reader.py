"""A reader of extracts that lies outside the project is found, hashed and refused by the DAG."""

import os

import pytest
from conftest import Project

JOB = "build_extracts_nsw"


class WithMaker(Project):
    """A copy of the project that a user runs with a folder of their own in PYTHONPATH."""

    @property
    def environment(self) -> dict[str, str]:
        there = super().environment
        return there | {"PYTHONPATH": f"{there['PYTHONPATH']}{os.pathsep}{self.folder.parent}/mine"}


@pytest.fixture
def theirs(project) -> WithMaker:
    """The project with NSW read by a module of the user's, beside another that nobody names."""
    reader = project / "workflow/ipseval/extracts/readers/nsw.py"
    text = reader.read_text(encoding="utf-8")
    assert "from ..build" in text
    folder = project.folder.parent / "mine"
    folder.mkdir()
    (folder / "own_reader.py").write_text(
        text.replace("from ..build", "from ipseval.extracts.build"), encoding="utf-8"
    )
    reader.unlink()
    project.edit("config/runs/small.yaml", "ipseval.extracts.readers.nsw", "own_reader")
    return WithMaker(project.folder)


def test_a_reader_outside_the_project_is_found_and_followed(theirs):
    done = theirs.snakemake(JOB)
    assert done.returncode == 0, done.stdout
    assert (theirs / "results/small/nsw/extracts/participants.parquet").exists()
    assert theirs.planned(JOB)[0] == {}
    module = theirs.folder.parent / "mine/own_reader.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(f"{text}\n# A remark.\n", encoding="utf-8")
    assert theirs.planned(JOB)[0] == {}
    module.write_text(f"{text}\nANOTHER = 1\n", encoding="utf-8")
    assert theirs.planned(JOB)[0] == {JOB: 1}


def test_a_reader_that_is_not_found_stops_the_run_before_any_job(theirs):
    (theirs.folder.parent / "mine/own_reader.py").unlink()
    done = theirs.snakemake(JOB)
    assert done.returncode != 0
    assert "module 'own_reader' is not found" in done.stdout
    assert "config/runs/small.yaml" in done.stdout
    assert "rule: extracts.nsw.module" in done.stdout
    assert not (theirs / "results").exists()
