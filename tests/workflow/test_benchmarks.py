"""Benchmarks keep pace with what they measure."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from ipseval.config.load import load_project
from ipseval.provenance import ROOT


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])


def test_the_page_of_measured_figures_is_that_of_the_results(benchmarks, tmp_path):
    import measured

    assert measured.PAGE.read_text(encoding="utf-8") == measured.page(measured.RESULTS)
    for file in measured.RESULTS.glob("*.json"):
        shutil.copy(file, tmp_path)
    path = tmp_path / "orchestration.json"
    figures = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(figures | {"dag_seconds": 1234.4}), encoding="utf-8")
    assert "| `make report`, all of the default run | 1,234 s |" in measured.page(tmp_path)


def test_one_process_runs_all_stages_of_a_trial(benchmarks, tmp_path):
    import orchestration

    project = load_project(ROOT)
    orchestration.run_stages("nsw", project.trials["nsw"], project, tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in Path(tmp_path).rglob("*.csv")}
    assert {"impact/earnings.csv", "economics/summary.csv"} <= written
    exhibits = {f"report/exhibits/{name}.csv" for name in project.trials["nsw"].exhibits.exhibits}
    assert exhibits <= written
