"""A release is packed when a checker has decided on it, and with what was approved alone."""

import csv
import json
import zipfile
from types import SimpleNamespace

import pytest
from release.made_up import ONS

from ipseval.errors import InputError
from ipseval.files import read_sealed, write_csv, write_json, write_text
from ipseval.lazy import pd
from ipseval.release.crate import acro_output, write_checksums, write_results, write_ro_crate
from ipseval.release.pack import pack

CARD = {"form": "table", "kind": "arm_counts", "title": "A table"}
COUNT = {"panel": "north", "row": "all", "column": "all", "statistic": "count"}


def people(run, number):
    path = run / "hlt" / "outcomes" / "people.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"person_id": range(number)}).to_parquet(path)


def make_crate(run):
    """Write a release of two exhibits and return the project it is of."""
    folder = run / "release"
    outputs = []
    for i, name in enumerate(("first", "second")):
        frame = pd.DataFrame([{**COUNT, "value": 50.0, "printed": "50", "n": 50}])
        write_csv(folder / "hlt" / f"{name}.csv", frame)
        write_json(folder / "hlt" / f"{name}.json", CARD)
        cells = [{**COUNT, "status": "released"}]
        files = [f"{name}.csv", f"{name}.json"]
        outputs.append(
            acro_output(
                f"output_{i}", "hlt", name, CARD, files, cells, "", "frequencies", "", "ons"
            )
        )
    key = "people: groups=north arm=all"
    row = {**COUNT, "place": 0, "class": "frequencies", "role": "count", "people": key}
    counts = [{"exhibit": name, **row, "among": ""} for name in ("first", "second")]
    write_csv(folder / "hlt" / "declared" / "counts.csv", pd.DataFrame(counts))
    relations = {"groups": ["north"], "arms": ["0", "1"], "sums": []}
    write_json(folder / "hlt" / "declared" / "relations.json", relations)
    people(run, 100)
    outcome = {"results/real/hlt/outcomes/people.parquet": "a" * 64}
    job = {"rule": "derive_outcomes", "inputs": {"data/recruits.csv": "b" * 64}, "outputs": outcome}
    write_json(folder / "provenance.json", {"jobs": {"derive_outcomes.hlt": job}})
    for name in ("site.zip", "notebooks/hlt/chapter.ipynb"):
        write_text(folder / name, "both exhibits")
    write_text(folder / "Snakefile", "rule all:\n    pass\n")
    write_results(folder, outputs)
    write_ro_crate(
        folder, "real", "A run.", {"d": job}, {"seed": 1}, "https://spdx.org/licenses/MIT"
    )
    write_checksums(folder)
    return SimpleNamespace(policy=ONS, trials={"hlt": None})


def decide(run, **decisions):
    path = run / "decisions.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["decision"] = decisions[row["exhibit"].removeprefix("hlt/")]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_nothing_is_packed_before_it_is_decided(tmp_path):
    project = make_crate(tmp_path)
    with pytest.raises(InputError, match="2 of 2 outputs are not decided"):
        pack(project, tmp_path)
    assert not (tmp_path / "release.zip").exists()
    assert "hlt/first" in (tmp_path / "decisions.csv").read_text()


def test_what_was_approved_is_packed_and_in_the_ledger(tmp_path):
    project = make_crate(tmp_path)
    with pytest.raises(InputError):
        pack(project, tmp_path)
    decide(tmp_path, first="approve", second="approve")
    assert "2 of 2" in pack(project, tmp_path)
    names = zipfile.ZipFile(tmp_path / "release.zip").namelist()
    assert {"hlt/first.csv", "hlt/second.csv", "results.json", "site.zip"} <= set(names)
    ledger = read_sealed(tmp_path.with_name(f"{tmp_path.name}-ledger.json"))
    assert ledger["intervals"]["hlt"]["people: groups=north arm=all"] == [50, 50]


def test_what_was_rejected_stays_with_the_report_that_shows_it(tmp_path):
    project = make_crate(tmp_path)
    with pytest.raises(InputError):
        pack(project, tmp_path)
    decide(tmp_path, first="approve", second="reject")
    pack(project, tmp_path)
    names = zipfile.ZipFile(tmp_path / "release.zip").namelist()
    assert "hlt/first.csv" in names
    assert not [name for name in names if "second" in name or name == "site.zip"]
    assert "notebooks/hlt/chapter.ipynb" not in names
    packed = json.loads(zipfile.ZipFile(tmp_path / "release.zip").read("results.json"))
    assert list(packed["results"]) == ["output_0"]


def test_a_decision_holds_for_its_content_alone(tmp_path):
    project = make_crate(tmp_path)
    with pytest.raises(InputError):
        pack(project, tmp_path)
    decide(tmp_path, first="approve", second="approve")
    changed = tmp_path / "release" / "hlt" / "first.csv"
    changed.write_text(changed.read_text().replace("50", "51"))
    with pytest.raises(InputError, match="not the one that was made"):
        pack(project, tmp_path)
    write_checksums(tmp_path / "release")
    with pytest.raises(InputError, match="1 of 2 outputs are not decided"):
        pack(project, tmp_path)


def test_other_data_are_refused(tmp_path):
    project = make_crate(tmp_path)
    with pytest.raises(InputError):
        pack(project, tmp_path)
    decide(tmp_path, first="approve", second="approve")
    pack(project, tmp_path)
    people(tmp_path, 101)
    with pytest.raises(InputError, match="other data"):
        pack(project, tmp_path)
