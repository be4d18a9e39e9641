"""Declarations that cannot be meant: refused in words, with file and line, before any job."""

import shutil
from pathlib import Path

import pytest

from ipseval.config.load import load_project
from ipseval.config.models import Models
from ipseval.config.read import read_yaml, section_files
from ipseval.config.trial import Randomisation
from ipseval.errors import InputError
from ipseval.provenance import ROOT


@pytest.fixture
def root(tmp_path) -> Path:
    """A folder with a configuration to spoil, beside what it may name."""
    rest = shutil.ignore_patterns("published")
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=rest)
    for part in ("config/published", "notebooks"):
        (tmp_path / part).symlink_to(ROOT / part, target_is_directory=True)
    return tmp_path


# File, text in it, what is put there instead, and what is said of it.
IMPOSSIBLE = [
    (
        "trial",
        "column: arm, treatment: 1, control: 0",
        "column: age, treatment: 1, control: 0",
        "age",
    ),
    ("trial", "column: arm, treatment", "column: randomised_at, treatment", "of type datetime"),
    ("trial", "treatment: 1, control: 0", "treatment: 1, control: 1", "the same code"),
    ("trial", "arm: {column: arm, treatment: 1, control: 0}", "arm: arm", "write, with the codes"),
    ("trial", "block_sizes: [4, 6, 8]", "block_sizes: [0, 6, 8]", "greater than or equal to 2"),
    ("trial", "block_sizes: [4, 6, 8]", "block_sizes: [4, 5]", "block size 5 is no multiple of 2"),
    ("trial", "[{treatment: 1, control: 1}]", "[{treatment: -1, control: 1}]", "greater than or"),
    (
        "trial",
        "[{treatment: 1, control: 1}]",
        "[{treatment: 2, control: 1}]",
        "ratio 2:1 can apply",
    ),
    ("trial", "[{treatment: 1, control: 1}]", "[{tretment: 1, control: 1}]", "'treatment'?"),
    ("trial", "strata: [trial_group, area]", "strata: [area, area]", "`strata` lists 'area' twice"),
    ("trial", "strata: [trial_group, area]", "strata: []", "block_sizes need strata"),
    ("trial", "  block_sizes: [4, 6, 8]\n", "", "ratios have no effect without block_sizes"),
    ("trial", "randomised_at: randomised_at", "randomised_at: nino", "of type string, not date"),
    ("trial", "trial_groups: [scr_iw, scr_oow]", "trial_groups: [scr_iw, scr_iw]", "twice"),
    (
        "extracts",
        "minimum: 0, maximum: 1,",
        "minimum: 2, maximum: 1,",
        "minimum 2.0 is above maximum",
    ),
    ("extracts", "minimum: 1930-01-01", "minimum: 2030-01-01", "is above maximum"),
    ("extracts", "minimum: 1930-01-01", "minimum: 1930-13-01", "'1930-13-01' is not a date"),
    ("extracts", "  recruits:\n", "  re/cruits:\n", "'re/cruits' is not a valid name"),
    ("models", "  primary:\n", '  "pri mary":\n', "'pri mary' is not a valid name"),
    ("models", "  primary:\n", '  "{primary}":\n', "'{primary}' is not a valid name"),
    ("models", "  primary:\n", '  "":\n', "'' is not a valid name"),
    ("models", "groups: [scr_iw", "groups: [scr_iw, scr_iw", "`groups` lists 'scr_iw' twice"),
    *(
        ("models", "work_history, earnings_prior_12m", f"{late}, earnings_prior_12m", message)
        for late, message in (
            ("met_specialist", "'met_specialist' is measured after randomisation (it is the treat"),
            ("responded_12m", "is measured after randomisation (it is who answered, for weight_"),
        )
    ),
    (
        "models",
        "baseline: {eq5d5l_12m: eq5d5l_baseline}",
        "baseline: {eq5d5l_12m: responded_12m}",
        "'responded_12m' is measured after randomisation",
    ),
    (
        "models",
        "subgroups: &subgroups [",
        "subgroups: &subgroups [responded_12m, ",
        "is measured af",
    ),
    *(
        ("models", "earnings_total_12m]", f"earnings_total_12m, {other}]", message)
        for other, message in (
            ("work_history", "'work_history' is of type category, and the effect on it is"),
            ("completed_on_12m", "'completed_on_12m' is of type date, and the effect on it"),
            ("services_12m", "'services_12m' is several columns that begin with"),
        )
    ),
    (
        "models",
        "weight: weight_12m\n        covariates: [trial_group, area, age, female, eq5d5l_baseline]",
        "weight: weight_4m\n        covariates: [trial_group, area, age, female, eq5d5l_baseline]",
        "weight 'weight_4m' is for answers in survey_4_month, and 'eq5d5l_12m' is from survey_12_",
    ),
    (
        "exhibits",
        "employed_13_weeks_12m: ppt",
        "employed_13_weeks_12m: gbp",
        "gbp does not print an",
    ),
    (
        "exhibits",
        "earnings_total_12m: gbp",
        "earnings_total_12m: ppt",
        "does not print an effect in",
    ),
    ("exhibits", "  table-1.1:\n", "  ../table-1.1:\n", "'../table-1.1' is not a valid name"),
    ("exhibits", "  design:\n", "  de/sign:\n", "'de/sign' is not a valid name"),
    ("economics", "draws: 10000\n", "draws: 1.0e+15\n", "less than or equal to 1000000"),
    ("economics", "groups: [scr_iw", "groups: [scr_iw, scr_iw", "`groups` lists 'scr_iw' twice"),
    ("runs/small", "seed: 2016", "seed: yes", "`seed`: yes and no (true and false) are no numbers"),
    ("runs/small", "seed: 2016", "seed: -1", "greater than or equal to 0"),
    ("runs/small", "draws: 1000", "draws: 1.0e+15", "less than or equal to 1000000"),
    ("runs/small", "scale: 0.1", "scale: 1.0e+15", "less than or equal to 1000"),
    ("config", "[hlt,", "[hlt, hlt,", "`trials` lists 'hlt' twice"),
    ("config", "run: twin", "run: ../twin", "'../twin' is not a valid name"),
    ("config", "results: results", 'results: ""', "at least 1 character"),
    ("config", "results: results", "results: workflow/results", "results would lie in workflow/"),
    ("config", "results: results", "results: docs/../config", "results would lie in config/"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    IMPOSSIBLE,
    ids=[f"{f}: {n.strip()}" for f, _, n, _ in IMPOSSIBLE],
)
def test_what_cannot_be_meant_is_refused(root, file, old, new, message):
    inside = file if file == "config" or "/" in file else f"trials/hlt/{file}"
    files = section_files(root / "config" / f"{inside}.yaml")
    holding = next((path for path in files if old in path.read_text("utf-8")), None)
    assert holding, f"{file} no longer contains {old!r}"
    holding.write_text(holding.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_project(root, {} if file == "config" else {"run": "small"})
    assert message in str(caught.value)
    assert f"config/{inside}" in str(caught.value)


@pytest.mark.parametrize("decimals", [99, -1, True])
def test_decimals_are_few(root, decimals):
    files = section_files(root / "config/trials/hlt/exhibits.yaml")
    holding = next(path for path in files if "decimals: " in path.read_text("utf-8"))
    text = holding.read_text("utf-8")
    at = text.index("decimals: ") + len("decimals: ")
    spoilt = f"{text[:at]}{str(decimals).lower()}{text[at + 1 :].lstrip('0123456789')}"
    holding.write_text(spoilt, encoding="utf-8")
    with pytest.raises(InputError, match=r"less than or equal to 6|greater than or|no numbers"):
        load_project(root, {"run": "small"})


def test_stars_ask_for_more_and_more():
    family = {"label": "f", "outcomes": ["y"], "timepoint": "t", "groups": ["g"]}
    family["models"] = {"m": {"label": "m", "estimator": "lee"}}
    for levels in ([0.01, 0.05], [0.1, 0.1, 0.1]):
        with pytest.raises(ValueError, match="star_levels fall"):
            Models.model_validate({"families": {"f": family}, "star_levels": levels})
    with pytest.raises(ValueError, match=r"greater than or equal to 0\.5"):
        Models.model_validate({"families": {"f": family}, "confidence_level": 0.05})


def test_a_ratio_for_everybody_replaces_the_one_to_one():
    two = {"treatment": 2, "control": 1}
    assert Randomisation(strata=["a"], block_sizes=[3, 6], ratios=[two]).block_sizes == [3, 6]
    with pytest.raises(ValueError, match="1:1 can apply"):
        Randomisation(strata=["a"], block_sizes=[3], ratios=[two | {"start": "2019-01-01"}])
    late = {"start": "2019-02-01", "end": "2019-01-01"}
    with pytest.raises(ValueError, match="is before start"):
        Randomisation(strata=["a"], block_sizes=[6], ratios=[two | late])


def write_latin(path: Path) -> None:
    path.write_bytes("name: Caf\u00e9\n".encode("latin-1"))


def write_mapping_as_key(path: Path) -> None:
    path.write_text("{a: 1}: b\n", encoding="utf-8")


def write_nested(path: Path) -> None:
    path.write_text("a: " + "[" * 5000 + "]" * 5000 + "\n", encoding="utf-8")


def write_nested_keys(path: Path) -> None:
    path.write_text("{a: " * 5000 + "1" + "}" * 5000 + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (write_latin, "not text in UTF-8"),
        (write_mapping_as_key, "a key is a list or a mapping (line 1)"),
        (write_nested, "keys are nested too deeply to be read"),
        (write_nested_keys, "keys are nested too deeply to be read"),
        (Path.mkdir, "is a folder, and not a file"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path, make, message):
    path = tmp_path / "trial.yaml"
    make(path)
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    assert message in str(caught.value)
    assert f"file: {path}" in str(caught.value)


def test_a_policy_names_trials_and_columns_that_there_are(root):
    (root / "config" / "disclosure.yaml").write_text(
        """policies:
  ons: {description: "Counts of 1 to 9 people are withheld."}
  none: {description: "Nobody is real.", control: false, decide: false}
organisations: {htl: [site], nsw: [sitee]}
exceptions:
  - {trial: hlt, exhibit: table-9.99, reason: "Because it was asked for."}
  - {trial: nws, exhibit: returns, reason: "Because it was asked for."}
""",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        load_project(root, {"run": "small"})
    for said in ("'htl'; did you mean 'hlt'", "'nws'; did", "'sitee'; did you mean 'site'", "9.99"):
        assert said in str(caught.value), said
