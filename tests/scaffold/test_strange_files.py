"""Files as strangers have them: what can be read in two ways is asked about, and never guessed."""

import numpy as np
import pandas as pd
import pytest
from in_process import ran
from scaffold.test_new_trial import root  # noqa: F401 - a fixture

from ipseval.cli import main
from ipseval.report.scale import scale_of
from ipseval.report.sentences.impacts import by_outcome

ROLES = ["--person", "id", "--arm", "arm", "--control", "A", "--outcome", "y"]
N = 60


def sheet(**columns) -> pd.DataFrame:
    """Return people in two arms, a score y and an age, with columns in place of them or besides."""
    rng = np.random.default_rng(7)
    arm = np.array(["A", "B"] * (N // 2))
    score = np.round(20 + 3 * (arm == "B") + rng.normal(0, 4, N)).astype(int)
    plain = {"id": [f"P{i:03d}" for i in range(N)], "arm": arm, "y": score}
    return pd.DataFrame(plain | {"age": rng.integers(30, 60, N)} | columns)


def answers(*values, often=1) -> list:
    """Return a column in which values take turns, the last in as many rows as is said."""
    column = [values[i % (len(values) - 1)] for i in range(N)]
    column[:often] = [values[-1]] * often
    return column


def refusal(capsys, folder, frame, *options, sep=",") -> str:
    """Return what new-trial says in refusing a file."""
    path = folder / "data.csv"
    frame.to_csv(path, index=False, sep=sep)
    assert main(["new-trial", "strange", str(path), *ROLES, *options]) == 1
    return capsys.readouterr().err


def made(folder, frame, *options, sep=",", name="strange"):
    path = folder / "data.csv"
    frame.to_csv(path, index=False, sep=sep)
    assert main(["new-trial", name, str(path), *ROLES, *options]) == 0
    return ran(folder, name, name)


@pytest.mark.parametrize(
    ("column", "options", "said"),
    [
        (answers("None", "Mild", "Severe"), ["--event", "y=Severe"], "'None' may be an answer"),
        (answers(4, 7, 11, "none"), [], "'none' may be an answer"),
        (answers(0, 1, 9, often=5), [], "5 rows have 9 beside values from 0 to 1"),
        (answers(0, 1, 2, 3, 4, 9, often=5), [], "5 rows have 9 beside values from 0 to 4"),
        ([-9, -9, -8, *range(10, N + 7)], [], "2 rows have -9 beside values from -8"),
        (answers(21.5, 30.25, 999), [], "1 row has 999.0 beside values from 21.5 to 30.25"),
        (answers(31, 25, 40, 99, often=4), [], "4 rows have 99 beside values from 25 to 40"),
        (answers(-4, 3, -99), [], "1 row has -99 beside values from -4 to 3"),
        (answers(12, 14, -1), [], "1 row has -1 beside values from 12 to 14"),
        (answers("45%", "60%", "12%", "7%"), [], "numbers are written as '"),
        (answers("\u22123", "2", "1", "4"), [], "numbers are written as '\u22123'"),
        (answers("1,234", "987", "1,001", "12"), [], "numbers are written as '1,"),
        (answers("3", "2", "1", "4", "I0"), [], "others are not, such as 'I0'"),
        (answers("Yes", "No", "not asked"), [], "--missing 'y=not asked'"),
        (answers(0, 1, 2, 3), ["--event", "z>=2"], "'z', which is no outcome or harm"),
        (answers(0, 1, 2, 3), ["--event", "y<=2"], "'y<', which is no outcome or harm"),
    ],
)
def test_what_may_mean_two_things_is_asked_about(root, capsys, column, options, said):  # noqa: F811
    assert said in refusal(capsys, root, sheet(y=column), *options)


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        (
            {"age": answers(40, 51, 37, 44, "not asked")},
            ["--covariate", "age"],
            "such as 'not asked'",
        ),
        ({"site": answers("1", "2", "01")}, ["--stratum", "site"], "are the same number"),
        ({"arm": ["Contro\u0302le", "B", "Contr\u00f4le", "B"] * (N // 4)}, [], "a letter is"),
        ({"arm": ["None", "A"] * (N // 2)}, [], "'None' may be an answer"),
        ({"x.1": range(N), "x_1": range(N)}, ["--covariate", "x.1", "x_1"], "one name, 'x_1'"),
    ],
)
def test_so_is_what_other_columns_may_mean(root, capsys, columns, options, said):  # noqa: F811
    assert said in refusal(capsys, root, sheet(**columns), *options)


def test_a_comma_that_may_stand_between_thousands_is_asked_about(root, capsys):  # noqa: F811
    told = refusal(capsys, root, sheet(y=answers("871", "1,164", "944")), sep=";")
    assert "'1,164' may have a comma for decimals, or between thousands" in told
    found = made(root, sheet(y=answers("8,5", "1,164", "0,25")), sep=";")
    assert set(found.people["y"]) == {8.5, 1.164, 0.25}


def test_a_comma_in_a_column_of_words_says_nothing_of_the_numbers(root):  # noqa: F811
    found = made(root, sheet(y=answers(3.5, 2.25, 4), note=answers("seen", "1,5")), sep=";")
    assert set(found.people["y"]) == {3.5, 2.25, 4.0}


def test_a_file_with_tabs_is_a_trial(root):  # noqa: F811
    frame = sheet()
    found = made(root, frame, sep="\t")
    means = frame.groupby("arm")["y"].mean()
    effect = found.row("y", "unadjusted")["estimate"]
    assert effect == pytest.approx(means["B"] - means["A"], abs=1e-9)


@pytest.mark.parametrize(
    ("unit", "sign"), [("IU", "£"), ("BMI", "£"), ("USD", "$"), ("CHF", "CHF ")]
)
def test_only_money_is_printed_as_money(root, unit, sign):  # noqa: F811
    found = made(root, sheet(), "--unit", f"y={unit}")
    assert found.config.trial.currency == sign
    printed = scale_of(unit, found.config.trial.currency).text(3.21)
    assert printed == ("3.21" if sign == "£" else f"{sign}3")


def test_an_event_of_a_file_with_a_decimal_comma(root, capsys):  # noqa: F811
    frame = sheet(y=answers("0,0", "1,0"), score=answers("0,5", "1,5"))
    assert "has fractions" in refusal(capsys, root, frame, "--event", "y=1,0", sep=";")
    told = refusal(capsys, root, sheet(h=answers("0,5", "1,5", "2,5")), "--harm", "h", sep=";")
    assert "--event 'h>=1.5'" in told


def test_a_word_for_missing_is_that_of_the_columns_where_it_is_one(root):  # noqa: F811
    """999 is a number of days and no score; a dash is no score and a kind of smoker."""
    frame = sheet(
        y=answers(21, 25, 30, 999, often=4),
        days=answers(400, 1500, 700, 999, often=6),
        smokes=answers("daily", "-", "never", "-", often=9),
    )
    options = ["--covariate", "days", "smokes", "--missing", "y=999", "--number", "days=999"]
    found = made(root, frame, *options)
    assert found.people["y"].isna().sum() == 4
    assert (found.people["days"] == 999).sum() == 6
    assert (found.people["smokes"] == "-").sum() == (frame["smokes"] == "-").sum()
    dashed = frame.assign(y=frame["y"].astype("str").replace("999", "-"))
    again = made(root, dashed, "--covariate", "days", "smokes", "--number", "999", name="again")
    assert again.people["y"].isna().sum() == 4
    assert (again.people["smokes"] == "-").sum() == (frame["smokes"] == "-").sum()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("scores=999", "unknown column 'scores'"),
        ("y=998", "no value of the column is '998'"),
        ("y=999.0", "no value of the column is '999.0'"),
    ],
)
def test_a_word_of_no_column_is_refused(root, capsys, option, said):  # noqa: F811
    frame = sheet(y=answers(21, 25, 30, 999, often=4), score=answers(1, 2, 3))
    assert said in refusal(capsys, root, frame, "--missing", option)
    assert said in refusal(capsys, root, frame, "--missing", "999", "--number", option)


@pytest.mark.parametrize("exponent", [-6, -3, 0, 3])
def test_an_effect_prints_with_the_decimals_that_show_its_error(root, tmp_path, exponent):  # noqa: F811
    frame = sheet(y=np.round(sheet()["y"] * 10.0**exponent, 12))
    found = made(root, frame)
    data = found.data(tmp_path)
    line = found.row("y", "unadjusted")
    for name in ("effects-y", "robustness"):
        spec = data.config.exhibits.exhibits[name]
        cells = spec.cells(data)
        effect = cells[cells["column"] == "effect"].iloc[0]
        printed = float(effect["printed"].replace(",", ""))
        assert abs(printed - effect["value"]) <= line["std_error"] / 2
        decimals = len(effect["printed"].partition(".")[2])
        assert decimals == max(2, -int(np.floor(np.log10(line["std_error"]))))
    [sentence] = [text for one in by_outcome_of(found, data) for text in one.sentences][:1]
    assert effect["printed"].replace("-", "\u2212") in sentence


def by_outcome_of(found, data) -> list:
    rows = found.estimates["y"].assign(timepoint="")
    return list(by_outcome(rows[rows["model"] == "unadjusted"], data.words, {}))


@pytest.mark.parametrize(("share", "says"), [(0.5, False), (0.8, True)])
def test_unequal_shares_of_arms_in_strata_are_told(root, capsys, share, says):  # noqa: F811
    rng = np.random.default_rng(3)
    site = np.array(["north", "south"] * 150)
    drug = rng.random(300) < np.where(site == "north", share, 0.5)
    y = np.round(10 + 5 * (site == "north") + rng.normal(0, 1, 300), 2)
    frame = pd.DataFrame({"id": range(300), "arm": np.where(drug, "B", "A"), "site": site, "y": y})
    found = made(root, frame, "--stratum", "site")
    told = capsys.readouterr().out
    assert ("Beware: the share of people in B is from" in told) is says
    assert ("in the strata of site" in told) is says
    # What is told: people of one site are alike, and those of both are not.
    adjusted, plain = (found.row("y", model) for model in ("adjusted", "unadjusted"))
    assert abs(adjusted["estimate"]) < 3 * adjusted["std_error"]
    assert (plain["p_value"] < 0.001) == says


def test_a_file_in_another_encoding_is_said_to_be_so(root, capsys):  # noqa: F811
    for encoding, said in (("utf-16", "is in UTF-16"), ("latin-1", "is not in UTF-8")):
        sheet(arm=["Contr\u00f4le", "B"] * (N // 2)).to_csv(root / "data.csv", encoding=encoding)
        assert main(["new-trial", "strange", str(root / "data.csv"), *ROLES]) == 1
        assert said in capsys.readouterr().err


def test_rows_of_one_person_are_named(root, capsys):  # noqa: F811
    frame = sheet()
    frame.loc[[4, 9], "id"] = "P000"
    told = refusal(capsys, root, frame)
    assert "1 person has 3 rows" in told
    assert "1, 5, 10" in told
    assert "P000" not in told
