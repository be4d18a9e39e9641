"""Files of eleven trusts, some of them bad, from CSV to outcomes: what was good is all there."""

from types import SimpleNamespace

import pandas as pd
import pytest

from ipseval.config.load import load_trial
from ipseval.config.run import ExtractSource
from ipseval.extracts.build import Context, build_tables
from ipseval.extracts.tables import summary
from ipseval.linkage.link import link_trial
from ipseval.outcomes.derive import derive_outcomes
from ipseval.provenance import ROOT

CONFIG = load_trial(ROOT / "config/trials", "trailblazers")
APPOINTMENTS, SPELLS = "iapt_appointments", "benefit_spells"
FORMS = {"ne_1": "%d/%m/%Y", "wl_1": "%d-%b-%Y"}  # of the dates of two trusts


@pytest.fixture(scope="module")
def good() -> dict[str, pd.DataFrame]:
    """Extracts of some two hundred synthetic people."""
    context = Context(
        CONFIG.trial,
        ROOT / "config/trials/trailblazers",
        ROOT / "config/published",
        2016,
        "none",
        0.1,
        str,
    )
    made = build_tables(
        "trailblazers",
        ExtractSource(source="synthetic", module="ipseval.twin.trailblazers"),
        CONFIG.extracts,
        context,
    )
    assert made["repairs"].empty, "the twin has nothing to repair"
    return {name: made[name] for name in CONFIG.extracts.tables}


@pytest.fixture(scope="module")
def bad(good) -> dict[str, pd.DataFrame]:
    """The same with an early appointment, a high score, a spell that ends before it starts, and
    one person's appointments sent by a second trust as well, one of them with a day of its own."""
    appointments, spells = good[APPOINTMENTS].copy(), good[SPELLS].copy()
    stranger = {"nhs_number": "9990000018", "trust": "bp_1", "record_id": 900_001}
    early = appointments.iloc[[0]].assign(appointment_on=pd.Timestamp("1917-05-20"), **stranger)
    high = appointments.iloc[[1]].assign(**(stranger | {"record_id": 900_002, "phq9": 40}))
    number = appointments.loc[appointments["trust"] == "ne_1", "nhs_number"].iloc[0]
    again = appointments[appointments["nhs_number"] == number].assign(trust="ne_2")
    again["record_id"] = range(900_100, 900_100 + len(again))
    last = again["appointment_on"].max()
    moved = again[again["appointment_on"] == last].assign(record_id=900_200, attendance=3)
    moved["appointment_on"] = last + pd.Timedelta(days=1)
    parts = [appointments, early, high, again, moved]
    reversed_spell = spells.iloc[[0]].assign(spell_id=900_001, nino="QQ999999A")
    reversed_spell["end"] = reversed_spell["start"] - pd.Timedelta(days=3)
    return good | {
        APPOINTMENTS: pd.concat(parts, ignore_index=True),
        SPELLS: pd.concat([spells, reversed_spell], ignore_index=True),
    }


def written(tables: dict[str, pd.DataFrame], folder) -> ExtractSource:
    """Write CSV files, one of the appointments for each trust, and say where they are."""
    files = {}
    for name, table in tables.items():
        if name != APPOINTMENTS:
            table.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d %H:%M:%S")
            form = "%Y-%m-%d %H:%M:%S"
            files[name] = {"path": f"{name}.csv", "date_format": form, "datetime_format": form}
            continue
        files[name] = []
        for trust, part in table.groupby("trust", sort=True):
            form = FORMS.get(trust, "%Y-%m-%d")
            part = part.drop(columns="trust")
            part.to_csv(folder / f"{trust}.csv", index=False, date_format=form)
            file = {"path": f"{trust}.csv", "date_format": form, "constants": {"trust": trust}}
            files[name].append(file)
    return ExtractSource.model_validate({"source": "files", "folder": str(folder), "tables": files})


@pytest.fixture(scope="module")
def results(good, bad, tmp_path_factory):
    """Tables, repairs, quality and people of the good files and of the bad ones."""

    def run(tables):
        source = written(tables, tmp_path_factory.mktemp("files"))
        context = SimpleNamespace(trial=CONFIG.trial, say=str)
        made = build_tables("trailblazers", source, CONFIG.extracts, context)
        repairs = made.pop("repairs")
        linked = link_trial(made, CONFIG.trial, b"0" * 32, synthetic=True)
        people = derive_outcomes(
            CONFIG.trial, CONFIG.outcomes, made, linked["links"], linked["linkable"]
        ).people
        return SimpleNamespace(
            tables=made, repairs=repairs, quality=linked["quality"], people=people
        )

    return run(good), run(bad)


def test_files_in_their_own_forms_give_the_same_tables(good, results):
    for name, table in good.items():
        pd.testing.assert_frame_equal(results[0].tables[name], table)
    assert results[0].repairs.empty


def test_every_good_row_is_kept_and_every_bad_one_counted(good, results):
    kept = results[1].tables[APPOINTMENTS]
    pd.testing.assert_frame_equal(
        kept[kept["record_id"] < 900_000].reset_index(drop=True), good[APPOINTMENTS]
    )
    pd.testing.assert_frame_equal(results[1].tables[SPELLS], good[SPELLS])
    high = kept.set_index("record_id").loc[900_002]
    assert pd.isna(high["phq9"])
    assert high["gad7"] == good[APPOINTMENTS]["gad7"].iloc[1]
    repairs = results[1].repairs
    assert [*zip(repairs["table"], repairs["rule"], repairs["done"], strict=True)] == [
        (APPOINTMENTS, "maximum", "set_missing"),
        (APPOINTMENTS, "minimum", "left_out"),
        (APPOINTMENTS, "sent twice", "left_out"),
        (SPELLS, "order of dates", "left_out"),
    ]
    assert repairs["file"].map(lambda path: path.rsplit("/", 1)[1]).tolist() == [
        "bp_1.csv",
        "bp_1.csv",
        "ne_2.csv",
        "benefit_spells.csv",
    ]
    sent = len(results[1].tables[APPOINTMENTS])
    checks = summary(results[1].tables, CONFIG.extracts, repairs).set_index("table")
    assert checks.loc[APPOINTMENTS, "rows"] == sent
    assert checks.loc[APPOINTMENTS, "values_set_missing"] == 1
    assert checks.loc[SPELLS, "rows_refused"] == 1


def test_a_person_of_two_trusts_is_counted_and_keeps_the_outcome(results):
    good, bad = (result.quality for result in results)
    everyone = (good["source"] == "nhs") & (good["arm"] == "all") & (good["trial_group"] == "all")
    assert good.loc[everyone, "several_suppliers"].item() == 0
    assert bad.loc[everyone, "several_suppliers"].item() == 1
    assert bad["fits_two"].sum() == good["fits_two"].sum() == 0
    assert bad.loc[everyone, "linked"].item() == good.loc[everyone, "linked"].item()


def test_no_outcome_of_anybody_changes(results):
    pd.testing.assert_frame_equal(results[0].people, results[1].people)
