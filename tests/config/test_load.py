"""Configuration: the project's own is sound, mistakes are named, generated files are current."""

import json
import shutil
import subprocess
import sys

import pytest
import yaml

from ipseval.config.extracts import Extracts
from ipseval.config.load import load_project, load_trial
from ipseval.config.read import read_section, read_yaml, section_files
from ipseval.errors import InputError, InputErrors
from ipseval.provenance import ROOT
from ipseval.reference import FILES, reference_files


@pytest.mark.parametrize("run", sorted(p.stem for p in (ROOT / "config" / "runs").glob("*.yaml")))
def test_every_run_of_the_project_loads(run):
    project = load_project(ROOT, {"run": run})
    assert project.trials


def test_the_twin_is_planted_for_the_default_model():
    """The reference model of the twin and the primary model are apart, but start out the same."""
    models = load_project(ROOT).trials["hlt"].models.families["primary"].models
    settings = yaml.safe_load(
        (ROOT / "config" / "trials" / "hlt" / "twin" / "work.yaml").read_text()
    )
    assert settings["calibration"]["covariates"] == models["ols_hc1"].covariates


def test_a_trial_without_an_appraisal_loads_but_shows_no_returns(tmp_path):
    for name in ("config", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    folder = tmp_path / "config" / "trials"
    (folder / "nsw" / "economics.yaml").unlink()
    with pytest.raises(InputError, match=r"the trial has no economics\.yaml to show"):
        load_trial(folder, "nsw")
    exhibits = folder / "nsw" / "exhibits.yaml"
    given = yaml.safe_load(exhibits.read_text())
    shown = given["chapters"].pop("economics")["exhibits"]
    for name in shown:
        given["exhibits"].pop(name)
    exhibits.write_text(yaml.safe_dump(given))
    assert load_trial(folder, "nsw").economics is None


def test_unknown_run_and_trial_are_named_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'null'"):
        load_project(ROOT, {"run": "nul"})
    with pytest.raises(InputError, match="unknown trial 'htl'; did you mean 'hlt'"):
        load_project(ROOT, {"trials": ["htl"]})


def test_a_key_given_twice_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\nb: 2\na: 3\n")
    with pytest.raises(InputError, match=r"'a' is given twice \(line 3\)"):
        read_yaml(path)


def test_dates_stay_text_and_merges_work(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("d: 2018-05-01\nx: &x {p: 1, q: 2}\ny: {<<: *x, q: 3}\n")
    assert read_yaml(path) == {"d": "2018-05-01", "x": {"p": 1, "q": 2}, "y": {"p": 1, "q": 3}}


def test_generated_pages_and_schemas_are_current():
    stale = [p for p, text in reference_files(ROOT).items() if p.read_text("utf-8") != text]
    assert not stale, "run `make docs`"


MISTAKES = [
    ("trial", "trial_groups: [scr_iw, scr_oow]", "trial_groups: [scr_iw, scr_ow]", "'scr_oow'"),
    ("trial", "record_id: employment_id", "record_id: employment", "'employment_id'"),
    ("trial", "nino: {column: nino,", "nino: {column: ninno,", "'nino'"),
    ("trial", "nino: {column: nino,", "ninno: {column: nino,", "'nino'"),
    ("trial", "identifier: nino", "identifier: ninno", "unknown name 'ninno'"),
    ("trial", "identifier: nino", "identifier: last_name", "'last_name' is of kind name, and"),
    ("trial", "used: [nino_and_birth", "used: [nino_and_brith", "'nino_and_birth'"),
    ("trial", "compare: [nino", "compare: [ninno", "'nino'"),
    ("trial", "train: [[date_of_birth], [nino]]", "train: [[date_of_brith], [nino]]", "_birth'"),
    ("trial", "train: [[date_of_birth], [nino]]", "train: [[nino]]", "two sets of fields or more"),
    ("trial", "date: 2018-05-08", "date: 2018-13-08", "is not a date"),
    ("outcomes", "start: start_date", "start: started", "'start_date'"),
    ("outcomes", "payment_key: [employment_id", "payment_key: [employment", "'employment_id'"),
    ("outcomes", "months: {source: hmrc", "months: {source: dwp", "unknown name 'dwp'"),
    ("outcomes", "value: female", "value: femal", "'female'"),
    ("outcomes", "  female: {", "  arm: {", "every trial has already"),
    ("outcomes", "table: survey_4_month", "table: survey_5_month", "'survey_4_month'"),
    ("outcomes", "instrument: gad7", "instrument: gad8", "'gad7'"),
    ("outcomes", "prefix: eq5d_", "prefix: eq5d", "'eq5d_mobility'"),
    ("outcomes", "instrument: phq8", "instrument: phq9", "unknown name 'phq8_9'"),
    ("outcomes", "value_set: england_2018", "value_set: england", "'england_2018'"),
    ("outcomes", "    value_set: england_2018\n", "", "needs a value set: england_2018"),
    ("outcomes", "prefix: gse_", "prefix: gse_\n    value_set: uk_2026", "has no value sets"),
    ("outcomes", "prefix: gse_", "prefix: gse_\n    band: true", "has no bands"),
    ("outcomes", "values: [employee,", "values: [employed,", "'employee'"),
    ("outcomes", "values: [true]", 'values: ["yes"]', "'yes' is no value of a column of type"),
    ("outcomes", "zero_where: {emp:", "zero_where: {empl:", "unknown name 'empl'"),
    ("outcomes", "cont_emp2: [0]", "cont_emp2: [none]", "'none' is no value of a column of type"),
    ("outcomes", "column: hours\n", "column: mode\n", "'mode' is not a number"),
    ("models", "covariance: HC1", "covariance: HC5", "HC3"),
    ("models", "weeks_employed_prior_24m]", "weeks_employed_24m]", "'weeks_employed_prior_24m'"),
    ("economics", "not_calculated: [all_scr]", "not_calculated: [all_srr]", "'all_scr'"),
    ("economics", "table: ledger", "table: ledgers", "'ledger'"),
    ("economics", "value: 1200", "value: 12000", "lies outside"),
    ("exhibits", "notebook: 03-impact", "notebook: 03-impacts", "'03-impact'"),
    ("exhibits", "published: hlt:table-2.1", "published: hlt:table-2.111", "hlt:table-2.1"),
    ("exhibits", "models: [ols_hc1, lin_hc2,", "models: [ols_hc1, lin_hc3,", "'lin_hc2'"),
    ("exhibits", "rows: {financial:", "rows: {finance:", "'financial'"),
    ("exhibits", "case: financial", "case: fiscal", "unknown name 'fiscal'"),
    ("exhibits", "covariates: [age, female", "covariates: [age, sex", "unknown name 'sex'"),
    ("exhibits", "model: ols_hc1", "model: ols_hc2", "'ols_hc1'"),
    ("exhibits", "column: age_band", "column: age_bands", "'age_band'"),
    ("exhibits", "column: responded_4m", "column: responded_5m", "'responded_4m'"),
    ("exhibits", "table: interviews", "table: sessions", "is about people"),
    ("exhibits", "[trial, process]", "[trail, process]", "'trial'"),
]


@pytest.mark.parametrize(("section", "old", "new", "message"), MISTAKES, ids=lambda value: value)
def test_a_wrong_name_stops_before_a_run(tmp_path, section, old, new, message):
    import shutil

    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    files = section_files(tmp_path / "config" / "trials" / "hlt" / f"{section}.yaml")
    path = next(file for file in files if old in file.read_text())
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_project(tmp_path)
    assert message in str(caught.value)
    assert f"hlt/{section}" in str(caught.value)


@pytest.mark.parametrize("kind", FILES.values(), ids=lambda kind: kind.__name__)
def test_every_key_has_a_meaning(kind):
    missing = []

    def walk(schema, where):
        for name, part in schema.get("properties", {}).items():
            if "description" not in part and "const" not in part:
                missing.append(f"{where}.{name}")

    schema = kind.model_json_schema()
    walk(schema, kind.__name__)
    for name, part in schema.get("$defs", {}).items():
        walk(part, name)
    assert not missing
    assert json.dumps(schema)


def test_environment_files_are_current():
    done = subprocess.run(
        [sys.executable, "envs/export.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_lock_names_no_registry():
    for path in [ROOT / "requirements.lock", *(ROOT / "envs").glob("*.lock")]:
        assert "://" not in path.read_text(), path.name


def test_the_lock_covers_every_declared_dependency():
    import re
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=!~ \[]", need)[0].lower() for need in wanted}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    assert names <= locked


def test_a_section_may_be_a_folder_of_files(tmp_path):
    folder = tmp_path / "extracts"
    folder.mkdir()
    table = "tables:\n  {}:\n    description: d\n    key: [k]\n    columns:\n      k: {{{}}}\n"
    column = "type: string, description: d"
    (folder / "a.yaml").write_text(table.format("first", column))
    (folder / "b.yaml").write_text(table.format("second", column))
    declared = read_section(tmp_path / "extracts.yaml", Extracts)
    assert list(declared.tables) == ["first", "second"]
    (folder / "b.yaml").write_text(table.format("first", column))
    with pytest.raises(InputError, match="'first' is given in another file as well"):
        read_section(tmp_path / "extracts.yaml", Extracts)
    (folder / "b.yaml").write_text(table.format("second", "tpye: string, description: d"))
    with pytest.raises(InputErrors, match=r"b\.yaml"):
        read_section(tmp_path / "extracts.yaml", Extracts)
