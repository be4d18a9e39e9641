"""Bad rows of the Trailblazers' records: refused in words, or repaired by a declared rule, counted.

The declarations are those of the trial; the rows are made up.
"""

import pandas as pd
import pytest
from pydantic import ValidationError

from ipseval.config.extracts import Column, Extracts
from ipseval.config.read import read_section
from ipseval.config.run import ExtractSource
from ipseval.errors import InputError
from ipseval.extracts.read import read_table
from ipseval.extracts.repair import repaired, sent_once
from ipseval.extracts.tables import conform, validate
from ipseval.provenance import ROOT

DECLARED = read_section(ROOT / "config/trials/trailblazers/extracts.yaml", Extracts).tables
SEEN, SPELLS = DECLARED["iapt_appointments"], DECLARED["benefit_spells"]
N = 200


def appointments(rows: int = N) -> pd.DataFrame:
    """One appointment of each of some people, all of trust 1 of the North East."""
    number = pd.Series(range(1, rows + 1))
    frame = {
        "record_id": number,
        "trust": "ne_1",
        "nhs_number": "9" + number.astype(str).str.zfill(9),
        "date_of_birth": pd.Timestamp("1980-06-15"),
        "sex": "female",
        "appointment_on": pd.Timestamp("2017-05-20"),
        "attendance": 5,
        "phq9": 12,
        "gad7": 9,
    }
    return conform(pd.DataFrame(frame), SEEN)


def spells() -> pd.DataFrame:
    """One open spell on ESA of each of some people."""
    number = pd.Series(range(1, N + 1))
    frame = {
        "spell_id": number,
        "nino": "QQ" + number.astype(str).str.zfill(6) + "A",
        "date_of_birth": pd.Timestamp("1980-06-15"),
        "sex": "male",
        "benefit": "ESA",
        "start": pd.Timestamp("2015-01-05"),
        "end": pd.NaT,
    }
    return conform(pd.DataFrame(frame), SPELLS)


def with_values(frame: pd.DataFrame, row: int, **values) -> pd.DataFrame:
    """The rows with values replaced in one of them, counted from 1."""
    for column, value in values.items():
        frame.loc[row - 1, column] = value
    return frame


def line(made: pd.DataFrame) -> dict:
    """The only repair, without what it expects."""
    assert len(made) == 1
    return made.drop(columns="expected").iloc[0].to_dict()


def counted(table: str, column: str, rule: str, done: str, rows: int, numbers: str) -> dict:
    where = {"table": table, "file": "f.csv", "column": column, "rule": rule}
    return where | {"done": done, "rows": rows, "row_numbers": numbers}


def test_good_rows_come_back_as_they_were():
    frame, made = repaired(appointments(), SEEN, "iapt_appointments", "f.csv")
    pd.testing.assert_frame_equal(frame, appointments())
    assert made.empty


def test_score_that_cannot_be_is_missing_and_the_appointment_stays():
    bad = with_values(appointments(), 7, phq9=40)
    frame, made = repaired(bad, SEEN, "iapt_appointments", "f.csv")
    assert line(made) == counted("iapt_appointments", "phq9", "maximum", "set_missing", 1, "7")
    assert made["expected"].item() == "at most 27.0"
    good = with_values(appointments(), 7, phq9=pd.NA)
    pd.testing.assert_frame_equal(frame, good)
    validate(frame, SEEN, "iapt_appointments")


def test_appointment_before_birth_is_left_out():
    bad = with_values(appointments(), 3, appointment_on=pd.Timestamp("1917-05-20"))
    frame, made = repaired(bad, SEEN, "iapt_appointments", "f.csv")
    assert set(made["rule"]) <= {"minimum", "order of dates"}
    # It breaks two rules and is one row.
    assert made["rows"].sum() == 1
    assert line(made) == counted(
        "iapt_appointments", "appointment_on", "minimum", "left_out", 1, "3"
    )
    pd.testing.assert_frame_equal(
        frame.reset_index(drop=True), appointments().drop(index=2).reset_index(drop=True)
    )


def test_wrong_date_of_birth_costs_no_appointment():
    # Born after the appointment: it is the day of birth that cannot be, so that goes.
    bad = with_values(appointments(), 3, date_of_birth=pd.Timestamp("2018-01-01"))
    frame, made = repaired(bad, SEEN, "iapt_appointments", "f.csv")
    assert line(made) == counted(
        "iapt_appointments", "date_of_birth", "maximum", "set_missing", 1, "3"
    )
    assert len(frame) == N
    assert frame.loc[2, "appointment_on"] == pd.Timestamp("2017-05-20")
    assert frame["date_of_birth"].isna().sum() == 1


def test_spell_that_ends_before_it_starts_is_left_out():
    bad = with_values(spells(), 9, end=pd.Timestamp("2014-12-31"))
    frame, made = repaired(bad, SPELLS, "benefit_spells", "f.csv")
    assert line(made) == counted("benefit_spells", "end", "order of dates", "left_out", 1, "9")
    assert made["expected"].item() == "not before start"
    assert len(frame) == N - 1
    assert 9 not in set(frame["spell_id"])


def test_what_is_not_declared_stops_the_run_with_the_rows_of_the_file():
    # The row left out must not shift the numbers of those that are refused.
    bad = with_values(appointments(), 3, appointment_on=pd.Timestamp("1917-05-20"))
    bad = with_values(bad, 8, attendance=9)
    with pytest.raises(InputError) as caught:
        repaired(bad, SEEN, "iapt_appointments", "f.csv")
    assert str(caught.value).splitlines() == [
        "1 row breaks a rule",
        "  file: f.csv",
        "  table: iapt_appointments",
        "  column: attendance",
        "  rows: 8",
        "  rule: maximum",
        "  expected: at most 7.0",
        "  to do: correct these rows in the source and run again",
    ]


def test_more_than_slips_stop_the_run():
    # Scores of another instrument, not three slips.
    bad = appointments()
    bad.loc[:2, "phq9"] = 40
    with pytest.raises(InputError) as caught:
        repaired(bad, SEEN, "iapt_appointments", "f.csv")
    message = str(caught.value)
    assert "3 rows break a rule, more than slips would" in message
    assert "column: phq9" in message
    assert "rows: 1, 2, 3" in message
    assert "rule: maximum; at most 1% of rows are repaired" in message
    assert "repaired_at_most" in message
    assert "40" not in message


def test_missing_values_and_repeated_keys_are_never_repaired():
    bad = with_values(appointments(), 4, appointment_on=pd.NaT)
    bad.loc[6, "record_id"] = 6
    with pytest.raises(InputError) as caught:
        repaired(bad, SEEN, "iapt_appointments", "f.csv")
    message = str(caught.value)
    assert "rule: not missing" in message
    assert "rule: key is unique" in message


def test_a_value_can_only_be_set_missing_where_it_may_be():
    with pytest.raises(ValidationError, match="nullable"):
        Column.model_validate({"type": "date", "description": "d", "if_broken": "set_missing"})


# the same person from two trusts


def from_another_trust(frame: pd.DataFrame, **values) -> pd.DataFrame:
    """The first two appointments as a second trust sends them, with spaces in the number."""
    again = frame.iloc[:2].reset_index(drop=True)
    spaced = again["nhs_number"].str.replace(r"(...)(...)(....)", r"\1 \2 \3", regex=True)
    other = again.assign(record_id=[901, 902], trust="ne_2", nhs_number=spaced, **values)
    return conform(other, SEEN)


def together(other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return sent_once({"1.csv": appointments(), "2.csv": other}, SEEN, "iapt_appointments")


def test_appointments_that_two_trusts_sent_count_once():
    frame, made = together(from_another_trust(appointments()))
    pd.testing.assert_frame_equal(frame, appointments())
    found = line(made)
    assert found["file"] == "2.csv"
    assert found["rule"] == "sent twice"
    assert (found["rows"], found["row_numbers"]) == (2, "1 2")


def test_of_two_the_one_that_says_most_is_kept():
    first = appointments()
    first.loc[0, ["phq9", "gad7"]] = pd.NA
    frame, made = sent_once(
        {"1.csv": first, "2.csv": from_another_trust(appointments())}, SEEN, "iapt_appointments"
    )
    kept = frame.set_index("record_id")
    assert 901 in kept.index
    assert kept.loc[901, "phq9"] == 12
    assert 1 not in kept.index
    assert 2 in kept.index
    assert made.set_index("file")["rows"].to_dict() == {"1.csv": 1, "2.csv": 1}


@pytest.mark.parametrize(
    "values",
    [
        {"phq9": 3},
        {"attendance": 3},
        {"appointment_on": pd.Timestamp("2017-05-21")},
    ],
    ids=["another score", "missed there", "another day"],
)
def test_what_two_trusts_do_not_agree_on_is_kept(values):
    frame, made = together(from_another_trust(appointments(), **values))
    assert len(frame) == N + 2
    assert made.empty


# files of several trusts


@pytest.fixture
def read(tmp_path):
    """read(**forms): the appointments from one CSV file a trust, its dates in the form given."""

    def read(declared: dict | None = None, **forms: str):
        files = []
        for place, (trust, form) in enumerate(forms.items()):
            frame = appointments().drop(columns="trust")
            frame["record_id"] += 1000 * place
            frame["nhs_number"] = str(9 - place) + frame["nhs_number"].str[1:]
            for column in ("date_of_birth", "appointment_on"):
                frame[column] = frame[column].dt.strftime(form)
            frame.to_csv(tmp_path / f"{trust}.csv", index=False)
            file = {"path": f"{trust}.csv", "constants": {"trust": trust}, "date_format": form}
            files.append(file | (declared or {}).get(trust, {}))
        source = ExtractSource.model_validate(
            {
                "source": "files",
                "folder": str(tmp_path),
                "tables": {"iapt_appointments": files},
            }
        )
        files = source.files("iapt_appointments")
        return read_table(tmp_path, files, SEEN, "iapt_appointments")

    return read


def test_each_trust_may_have_its_own_form_of_dates(read):
    frame, made = read(ne_1="%Y-%m-%d", ne_2="%d/%m/%Y", wl_1="%d-%b-%Y")
    assert made.empty
    assert frame["trust"].value_counts().to_dict() == {"ne_1": N, "ne_2": N, "wl_1": N}
    assert set(frame["appointment_on"]) == {pd.Timestamp("2017-05-20")}
    assert set(frame["date_of_birth"]) == {pd.Timestamp("1980-06-15")}


def test_another_form_of_dates_than_declared_names_file_rows_and_the_form_that_fits(read):
    wrong = {"ne_2": {"date_format": "%Y-%m-%d"}}
    with pytest.raises(InputError) as caught:
        read(wrong, ne_1="%Y-%m-%d", ne_2="%d/%m/%Y")
    message = str(caught.value)
    assert "ne_2.csv" in message
    assert "ne_1.csv" not in message
    assert "column: appointment_on" in message
    assert "200 values cannot be read as date" in message
    assert "rows: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 190 more" in message
    assert "expected: format %Y-%m-%d" in message
    assert "every value fits %d/%m/%Y" in message
    assert "20/05/2017" not in message


def test_day_and_month_swapped_are_noticed(read):
    # No month has twenty days' number, so the wrong order of a trust's dates cannot pass.
    with pytest.raises(InputError, match=r"every value fits %m/%d/%Y"):
        read({"ne_2": {"date_format": "%d/%m/%Y"}}, ne_1="%Y-%m-%d", ne_2="%m/%d/%Y")


def test_numbers_that_two_trusts_gave_records_are_refused(read, tmp_path):
    read(ne_1="%Y-%m-%d", ne_2="%Y-%m-%d")
    content = (tmp_path / "ne_1.csv").read_text(encoding="utf-8")
    (tmp_path / "ne_2.csv").write_text(content.replace("2017-05-20", "2017-05-21"), "utf-8")
    files = [{"path": f"{trust}.csv", "constants": {"trust": trust}} for trust in ("ne_1", "ne_2")]
    source = ExtractSource.model_validate(
        {"source": "files", "tables": {"iapt_appointments": files}}
    )
    with pytest.raises(InputError) as caught:
        read_table(tmp_path, source.files("iapt_appointments"), SEEN, "iapt_appointments")
    assert "rule: key is unique" in str(caught.value)
    assert "rows counted through all" in str(caught.value)


def test_constant_for_a_column_that_is_there(read):
    with pytest.raises(InputError, match="a constant is given for a column that the file has"):
        read({"ne_1": {"constants": {"trust": "ne_1", "sex": "male"}}}, ne_1="%Y-%m-%d")
