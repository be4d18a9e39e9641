"""A register made by hand: every recruit has one known damage, and links are held against it."""

import sys

import pandas as pd
import pytest

from ipseval.config.load import load_trial
from ipseval.linkage.quality import threshold_by
from ipseval.provenance import ROOT

EACH, ROWS = 40, 5000


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import linkage_damage

    folder = tmp_path_factory.mktemp("register")
    people, register = linkage_damage.draw_damaged(EACH, ROWS, 1)
    people.to_parquet(folder / "people.parquet")
    register.to_parquet(folder / "register.parquet")
    yield people, register, linkage_damage.measure(folder)
    sys.path.remove(str(ROOT / "benchmarks"))


def test_every_damage_is_there_at_its_rate(measured):
    people, register, _ = measured
    assert (people["damage"].value_counts() == EACH).all()
    record = people.set_index("person_id")["record"].dropna()
    true = people.merge(register.assign(record=register["record_id"]), on="record")
    assert len(true) == len(record)

    def differs(damage: str, column: str) -> bool:
        part = true[true["damage"] == damage]
        return (part[f"{column}_x"] != part[f"{column}_y"]).all()

    assert not differs("none", "nino")
    assert differs("digits_swapped", "nino")
    assert differs("number_of_a_stranger", "nino")
    assert differs("no_number_day_and_month_swapped", "date_of_birth")
    assert differs("no_number_day_mistyped", "date_of_birth")
    assert differs("no_number_placeholder_of_a_postcode", "postcode")
    lent = people.loc[people["damage"] == "number_of_a_stranger", "nino"]
    assert lent.isin(register["nino"]).all()


@pytest.mark.parametrize(
    "damage", ["none", "no_suffix_in_the_source", "hyphens_in_the_source", "no_number"]
)
def test_what_can_be_mended_costs_no_link(measured, damage):
    found = measured[2]["by_damage"][damage]
    assert found["precision"] == found["recall"] == 1


@pytest.mark.parametrize(
    "damage",
    [
        "digits_swapped",
        "digit_mistyped",
        "number_of_a_stranger",
        "no_number_day_and_month_swapped",
        "no_number_first_name_misspelt",
        "no_number_other_surname",
        "no_number_moved",
        "no_number_placeholder_of_a_postcode",
    ],
)
def test_a_wrong_identifier_costs_few_links_and_gives_nobody_a_strangers(measured, damage):
    found = measured[2]["by_damage"][damage]
    assert found["precision"] == 1
    assert found["recall"] >= 0.95


def test_nobody_without_a_record_gets_one(measured):
    for damage in ("no_record", "no_record_and_a_stranger_with_the_same_placeholder"):
        assert measured[2]["by_damage"][damage]["linked"] == 0
    assert measured[2]["by_damage"]["all"]["precision"] == 1


def test_the_declared_threshold_is_one_that_the_calibration_supports(measured):
    hmrc = load_trial(ROOT / "config" / "trials", "hlt").trial.sources["hmrc"]
    declared = {step.threshold for step in hmrc.passes if step.method == "probabilistic"}
    bands = pd.DataFrame(measured[2]["calibration"])
    above = bands[bands["low"] >= min(declared)]
    assert above["pairs"].sum() > 50
    assert (above["share_right"] >= 0.99).all()
    assert measured[2]["threshold"] <= min(declared)


def test_the_threshold_is_the_lowest_from_which_every_band_is_right():
    bands = pd.DataFrame(
        {"low": [0.1, 0.5, 0.75, 0.9, 0.99], "share_right": [1.0, 0.7, 0.995, 1.0, 0.99]}
    )
    assert threshold_by(bands, 0.99) == 0.75
    assert threshold_by(bands.iloc[::-1], 0.6) == 0.1
    assert pd.isna(threshold_by(bands, 0.999))
    assert pd.isna(threshold_by(bands.assign(share_right=None).astype("float64"), 0.9))
