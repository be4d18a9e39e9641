"""Benchmarks keep pace with what they measure."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
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


def test_the_benchmark_of_registers_finds_its_recruits(benchmarks, tmp_path):
    import linkage
    from registers import write_register

    write_register(tmp_path, 1000, 200, 1)
    found = linkage.link_register(tmp_path, 1)
    assert found["linked"] > 120
    assert found["precision"] > 0.9


def p_values(rng, power, seeds=120, tests=8):
    """Return p-values of a family: uniform to a power."""
    rows = []
    for seed in range(1, seeds + 1):
        values = rng.random(tests) ** power
        rows += [{"seed": seed, "family": "f", "p_value": p, "smallest": 50} for p in values]
    return pd.DataFrame(rows)


def test_the_null_benchmark_fails_where_small_p_values_are_too_many(benchmarks):
    import null

    rng = np.random.default_rng(2)
    made = {"fair": p_values(rng, 1), "liberal": p_values(rng, 2), "strict": p_values(rng, 0.5)}
    made["fair"].loc[3, "p_value"] = np.nan
    found = null.summary(made)
    assert {name: one["verdict"] for name, one in found.items()} == {
        "fair/f": "as it should be",
        "liberal/f": "excess",
        "strict/f": "conservative",
    }
    assert (found["fair/f"]["tests"], found["fair/f"]["not_estimated"]) == (959, 1)
    assert found["strict/f"]["p_ks_excess_holm"] == 1
    assert len(null.one_a_seed(made["fair"])) == 120
    # What is small is shown and not counted.
    few = made["liberal"].assign(smallest=np.where(made["liberal"].index % 8, 5, 50))
    small = null.summary({"few": pd.concat([made["fair"], few[few["smallest"] < 50]])})["few/f"]
    assert (small["tests"], small["small"], small["verdict"]) == (959, 840, "as it should be")
    assert small["small_share_below_05"] > 0.15
    sizes = null.by_size(
        {"few": few.assign(subgroup="sex=a"), "fair": made["fair"].assign(subgroup="all")}
    )
    assert {name: one["tests"] for name, one in sizes.items()} == {"0 to 9": 840, "50 to 74": 120}


def test_levels_that_are_compared_are_as_small_as_the_smallest(benchmarks):
    import null

    row = {"family": "f", "group": "g", "outcome": "y", "timepoint": "t", "model": "m"}
    sizes = {"sex=a": (50, 40), "sex=b": (12, 30), "sex": (62, 70), "all": (62, 70)}
    found = pd.DataFrame(
        [
            row
            | {"subgroup": name, "n_treatment": n, "n_control": m, "p_value": 0.5}
            | {"term": "equal effects" if name == "sex" else "arm"}
            for name, (n, m) in sizes.items()
        ]
    )
    kept = null.tests_of(found, 3).set_index("subgroup")["smallest"]
    assert kept.to_dict() == {"sex=a": 40, "sex=b": 12, "sex": 12, "all": 62}


def test_errors_of_the_null_benchmark_are_clustered_by_seed(benchmarks):
    import null

    frame = pd.DataFrame({"seed": [1, 1, 2, 2, 3, 3], "p_value": [0.01, 0.02, 0.5, 0.6, 0.7, 0.8]})
    share, error = null.share_below(frame)
    # Sums of deviations by seed: 4/3, -2/3, -2/3; times 3/2 for three clusters, over 6 tests.
    assert share == pytest.approx(1 / 3)
    assert error == pytest.approx((((4 / 3) ** 2 + 2 * (2 / 3) ** 2) * 1.5) ** 0.5 / 6)
    assert null.holm({"a": 0.01, "b": 0.04}) == {"a": pytest.approx(0.02), "b": pytest.approx(0.04)}
