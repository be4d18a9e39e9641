"""Benchmarks keep pace with what they measure."""

import sys
from pathlib import Path

from ipseval.config.load import load_project
from ipseval.provenance import ROOT


def test_one_process_runs_all_stages_of_a_trial(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])
    import orchestration

    project = load_project(ROOT)
    orchestration.run_stages("nsw", project.trials["nsw"], project, tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in Path(tmp_path).rglob("*.csv")}
    assert {"impact/earnings.csv", "economics/summary.csv"} <= written
    exhibits = {f"report/exhibits/{name}.csv" for name in project.trials["nsw"].exhibits.exhibits}
    assert exhibits <= written
