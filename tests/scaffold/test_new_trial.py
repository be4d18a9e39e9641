"""`ipseval new-trial`: what it infers from a file, what it writes, and what it refuses in words."""

import csv
import shutil

import numpy as np
import pandas as pd
import pytest
from in_process import ran

import ipseval.cli
from ipseval.cli import main
from ipseval.provenance import ROOT


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project of configuration alone, to which trials are written."""
    folder = tmp_path / "a project"
    (folder / "config/runs").mkdir(parents=True)
    (folder / "config/trials").mkdir()
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    monkeypatch.setattr(ipseval.cli, "ROOT", folder)
    monkeypatch.chdir(folder)
    return folder


def rows_of(n=240, arms=("A", "B"), seed=4, **columns):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "id": [f"P{i:04d}" for i in range(n)],
            "arm": [arms[i % len(arms)] for i in range(n)],
            "site": rng.choice(["North, upper", "South"], n),
            "bdi.pre": rng.integers(5, 40, n),
            "works": rng.choice(["Yes", "No"], n),
        }
    )
    frame["bdi.8m"] = frame["bdi.pre"] // 2 + (frame["arm"] == arms[0]) * 3 + rng.integers(0, 9, n)
    return frame.assign(**columns)


def new_trial(root, frame, *options, name="mine", **given):
    path = root / "data.csv"
    if isinstance(frame, str):
        path.write_text(frame, encoding="utf-8")
    else:
        frame.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL, **given)
    return main(["new-trial", name, str(path), "--person", "id", *options])


SIMPLE = ("--arm", "arm", "--control", "B", "--outcome", "bdi.8m")


CODINGS = [
    (("A", "B"), "B", ("a", "b")),
    (("1", "0"), "0", ("treatment", "control")),
    (("2", "1"), "1", ("treatment", "control")),
    (("True", "False"), "False", ("treatment", "control")),
    (("true", "false"), "0", ("treatment", "control")),
    (("1_drug", "0_placebo"), "0_placebo", ("drug", "placebo")),
    (("new, improved", "usual: care"), "usual: care", ("new_improved", "usual_care")),
    (("café", "thé"), "thé", ("café", "thé")),
    (("0", "1"), "1", ("treatment", "control")),
]


@pytest.mark.parametrize(("arms", "control", "names"), CODINGS, ids=lambda value: str(value))
def test_any_codes_of_arms_give_the_same_effect(root, arms, control, names):
    frame = rows_of(arms=arms)
    done = new_trial(root, frame, "--arm", "arm", "--control", control, "--outcome", "bdi.8m")
    assert done == 0
    found = ran(root, "mine", "mine")
    row = found.row("bdi_8m", "unadjusted")
    y, treated = frame["bdi.8m"], frame["arm"] == arms[0]
    np.testing.assert_allclose(row["estimate"], y[treated].mean() - y[~treated].mean())
    spread = y[treated].var() / treated.sum() + y[~treated].var() / (~treated).sum()
    np.testing.assert_allclose(row["std_error"], np.sqrt(spread))
    assert (row["treatment_arms"], row["control_arms"]) == names


def test_everything_that_can_be_said_is_written_and_checks(root, capsys):
    frame = rows_of(arms=("A", "B", "C"))
    frame["harm"] = (np.arange(len(frame)) % 7 == 0).astype(int)
    frame.loc[::9, "bdi.8m"] = np.nan
    frame.loc[3, "arm"] = None
    options = ["--stratum", "site", "--baseline", "bdi.pre", "--harm", "harm"]
    options += ["--outcome", "works", "--never-randomised", "Withdrew before"]
    options += ["--label", "A=First drug", "--label", "bdi.8m=Score, at 8 months"]
    assert new_trial(root, frame, *SIMPLE, *options, na_rep="NA") == 0
    assert "Next: ipseval check mine" in capsys.readouterr().out
    found = ran(root, "mine", "mine")
    assert list(found.estimates) == ["bdi_8m", "works", "robustness", "together"]
    assert found.config.trial.person.arm.printed_order == ["a", "c", "b"]
    assert set(found.estimates["bdi_8m"]["group"]) == {"a_vs_b", "c_vs_b", "pooled_vs_b"}
    assert found.samples["people"].iloc[:3].tolist() == [240, 1, 239]
    for family, rows in found.estimates.items():
        assert rows["estimate"].notna().all() or family == "robustness"
    head = (root / "config/trials/mine/trial.yaml").read_text().splitlines()[0]
    assert head.startswith("# yaml-language-server: $schema=../../../workflow/schemas/trial")


def test_clusters_that_were_randomised(root):
    frame = rows_of()
    frame["practice"] = np.arange(len(frame)) // 12
    frame["arm"] = np.where(frame["practice"] % 2 == 0, "A", "B")
    clusters = ["--cluster", "practice"]
    assert new_trial(root, frame, *SIMPLE, *clusters) == 1
    assert new_trial(root, frame, *SIMPLE, *clusters, "--clusters-randomised") == 0
    found = ran(root, "mine", "mine")
    row = found.row("bdi_8m", "unadjusted")
    assert row["clusters"] == 20
    assert row["df"] < 20
    assert set(found.people["cluster"]) == {str(i) for i in range(20)}


def test_a_file_of_semicolons_commas_and_words(root):
    frame = rows_of().assign(weight=lambda f: f["bdi.pre"] + 0.5)
    text = frame.to_csv(index=False, sep=";", decimal=",").replace("North, upper", "North")
    lines = text.splitlines()
    lines[5] = lines[5].rsplit(";", 1)[0] + ";."
    options = ["--arm", "arm", "--control", "B", "--outcome", "weight"]
    assert new_trial(root, "\n".join(lines) + "\n", *options) == 0
    row = ran(root, "mine", "mine").row("trial_weight", "unadjusted")
    assert row["n"] == 239


def _with(**changes):
    return lambda frame: frame.assign(**changes)


REFUSED = [
    (("--control", "Z"), None, "no arm has the code 'Z'"),
    (("--arm", "armm"), None, "did you mean 'arm'?"),
    (("--arm", "bdi.pre"), None, "it is no arm"),
    (("--arm", "id"), None, "is person and arm"),
    (("--outcome", "works2"), _with(works2=["a", "b", "c"] * 80), "nobody said which count"),
    (("--outcome", "bdi.9m"), None, "unknown column 'bdi.9m'; did you mean"),
    ((), lambda f: pd.concat([f, f.head(3)]), "3 people have 6 rows"),
    ((), lambda f: f.assign(id=f["id"].mask(f.index == 4)), "no identifier"),
    ((), lambda f: f.assign(arm=f["arm"].mask(f.index == 4)), "the arm is missing in 1 row"),
    ((), _with(arm="B"), "the only code, 'B'"),
    ((), lambda f: f.assign(arm=f["arm"].where(f.index > 3, "a")), "differ in case or blanks"),
    ((), _with(**{"bdi.8m": None}), "every value of the outcome is missing"),
    (
        (),
        lambda f: f.assign(**{"bdi.8m": f["bdi.8m"].where(f.index > 2, -9)}),
        "--missing bdi.8m=-9",
    ),
    ((), _with(**{"bdi.8m": "2024-01-01"}), "the outcome is a date"),
    (
        (),
        lambda f: f.assign(**{"bdi.8m": f["bdi.8m"].astype(str) + "x" + f["id"]}),
        "different texts",
    ),
    (("--cluster", "site", "--clusters-randomised"), None, "people of several arms"),
    (
        ("--cluster", "practice", "--clusters-randomised", "--stratum", "site"),
        lambda f: f.assign(arm=np.where(f.index < 120, "A", "B"), practice=f.index // 12),
        "people of several strata",
    ),
    (("--covariate", "id2"), lambda f: f.assign(id2=f["id"] + "x"), "too many for categories"),
    (("--event", "works"), None, "is not of the form NAME=VALUE"),
]


@pytest.mark.parametrize(
    ("options", "change", "message"), REFUSED, ids=[message for *_, message in REFUSED]
)
def test_what_cannot_be_understood_is_refused_and_nothing_is_written(
    root, capsys, options, change, message
):
    frame = rows_of()
    frame = frame if change is None else change(frame)
    given = dict(zip(SIMPLE[::2], SIMPLE[1::2], strict=True))
    if options and options[0] in given:
        given[options[0]] = options[1]
        options = options[2:]
    flat = [part for pair in given.items() for part in pair]
    assert new_trial(root, frame, *flat, *options) == 1
    assert message in capsys.readouterr().err
    assert not any((root / "config/trials").iterdir())
    assert not any((root / "config/runs").iterdir())


def test_a_number_that_looks_like_missing_is_what_its_user_says(root):
    frame = rows_of()
    frame.loc[:4, "bdi.8m"] = -9
    assert new_trial(root, frame, *SIMPLE, "--missing", "-9", name="one") == 0
    assert new_trial(root, frame, *SIMPLE, "--number", "-9", name="two") == 0
    assert ran(root, "one", "one").row("bdi_8m", "unadjusted")["n"] == 235
    assert ran(root, "two", "two").row("bdi_8m", "unadjusted")["n"] == 240


def test_a_trial_that_is_there_is_left_alone(root, capsys):
    assert new_trial(root, rows_of(), *SIMPLE) == 0
    assert new_trial(root, rows_of(), *SIMPLE) == 1
    assert "there is a trial 'mine' already" in capsys.readouterr().err
