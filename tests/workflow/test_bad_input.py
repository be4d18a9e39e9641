"""Bad extracts and bad configuration: one clear message, no identifier in it, nothing spoilt."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers import recorded

from ipseval.config.extracts import Extracts
from ipseval.config.load import load_project
from ipseval.config.read import read_section, section_files
from ipseval.config.run import ExtractSource
from ipseval.errors import InputError
from ipseval.extracts.build import Context, build_tables
from ipseval.extracts.tables import load_tables

ROOT = Path(__file__).resolve().parents[2]
HLT = ROOT / "config/trials/hlt"


# extracts, by function


@pytest.fixture(scope="module")
def declared() -> Extracts:
    return read_section(HLT / "extracts.yaml", Extracts)


@pytest.fixture(scope="module")
def good(declared) -> dict[str, pd.DataFrame]:
    """Extracts of two hundred synthetic people."""
    trial = load_project(ROOT, {"run": "small"}).trials["hlt"].trial
    context = Context(
        trial, HLT, ROOT / "config/published", 2016, "published", 0.02, lambda _: None
    )
    tables = build_tables(
        "hlt", ExtractSource(source="synthetic", module="ipseval.twin.hlt"), declared, context
    )
    return {name: tables[name] for name in declared.tables}


@pytest.fixture
def refusal(good, declared, tmp_path):
    """Write extracts with some tables or files replaced, and return the message of the refusal."""

    def refuse(**broken: pd.DataFrame | bytes) -> str:
        for name, table in {**good, **broken}.items():
            path = tmp_path / f"{name}.parquet"
            if isinstance(table, bytes):
                path.write_bytes(table)
            else:
                table.to_parquet(path, index=False)
        with pytest.raises(InputError) as caught:
            load_tables(tmp_path, declared)
        message = str(caught.value).replace(str(tmp_path), "EXTRACTS")
        assert not identifiers(good, broken) & set(re.findall(r"[\w-]+", message))
        return message

    return refuse


def identifiers(*groups: dict) -> set[str]:
    """Every number of a person and every date of birth, as text."""
    found = set()
    for tables in groups:
        for table in tables.values():
            if isinstance(table, pd.DataFrame):
                numbers = {"recruit_id", "nino", "nhs_number", "employment_id", "payroll_id"}
                for name in numbers & set(table):
                    found |= set(table[name].dropna().astype("str"))
                if "date_of_birth" in table:
                    found |= set(table["date_of_birth"].dropna().astype("str").str[:10])
    return found


def with_value(table: pd.DataFrame, row: int, column: str, value) -> pd.DataFrame:
    """A table with one value replaced; rows are counted from 1, as in messages."""
    table = table.reset_index(drop=True)
    table.loc[row - 1, column] = value
    return table


def lines(message: str) -> set[str]:
    return {line.strip() for line in message.splitlines()}


def test_good_extracts_are_accepted(good, declared, tmp_path):
    for name, table in good.items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)
    loaded = load_tables(tmp_path, declared)
    assert {name: len(table) for name, table in loaded.items()} == {
        name: len(table) for name, table in good.items()
    }


def test_missing_column(good, refusal):
    message = refusal(recruits=good["recruits"].drop(columns="age"))
    assert lines(message) >= {
        "column is missing",
        "file: EXTRACTS/recruits.parquet",
        "table: recruits",
        "column: age",
        "rule: every declared column is present",
    }
    assert message.count("file:") == 1


def test_column_that_nobody_declared(good, refusal):
    message = refusal(recruits=good["recruits"].assign(surname="Brown"))
    assert lines(message) >= {"column is not declared", "column: surname"}
    assert "Brown" not in message


@pytest.mark.parametrize(
    ("table", "column", "convert", "rule"),
    [
        ("recruits", "age", lambda s: s.astype("str"), "integer"),
        ("recruits", "date_of_birth", lambda s: s.astype("str"), "date"),
        ("recruits", "nino", lambda s: pd.Series(range(len(s))), "string"),
        ("recruits", "arm", lambda s: s == 1, "integer"),
        ("screening", "agreed", lambda s: s.astype("int64"), "boolean"),
        ("payments", "taxable_pay", lambda s: s.astype("str"), "number"),
        ("payments", "taxable_pay", lambda s: s > 0, "number"),
        ("recruits", "date_of_birth", lambda s: s.dt.tz_localize("UTC"), "date"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_type(good, refusal, table, column, convert, rule):
    broken = good[table].assign(**{column: convert(good[table][column])})
    assert lines(refusal(**{table: broken})) >= {
        f"file: EXTRACTS/{table}.parquet",
        f"table: {table}",
        f"column: {column}",
        f"rule: type {rule}",
    }


@pytest.mark.parametrize(
    ("table", "column", "value", "rule", "expected"),
    [
        ("recruits", "date_of_birth", pd.Timestamp("1900-01-01"), "minimum", "at least 1930-01-01"),
        ("recruits", "date_of_birth", pd.Timestamp("2019-01-01"), "maximum", "at most 2001-12-31"),
        (
            "outpatients",
            "date_of_birth",
            pd.Timestamp("9999-12-31"),
            "maximum",
            "at most 2010-12-31",
        ),
        ("recruits", "site", "atlantis", "known category", "one of scr, wmca"),
        ("recruits", "arm", 2, "maximum", "at most 1"),
        ("recruits", "randomised_at", pd.NaT, "not missing", "a value in every row"),
        ("payments", "taxable_pay", -0.01, "minimum", "at least 0"),
        ("payments", "taxable_pay", np.nan, "not missing", "a value in every row"),
        ("ledger", "quarter", pd.Timestamp("2019-01-01 00:01"), "whole day", "a date without time"),
    ],
)
def test_impossible_value(good, refusal, table, column, value, rule, expected):
    message = refusal(**{table: with_value(good[table], 7, column, value)})
    assert lines(message) >= {
        "1 row breaks a rule",
        f"file: EXTRACTS/{table}.parquet",
        f"table: {table}",
        f"column: {column}",
        "rows: 7",
        f"rule: {rule}",
    }
    assert f"expected: {expected}" in message
    assert "atlantis" not in message
    assert message.count("file:") == 1, "one broken rule is reported once"


def test_a_date_of_birth_of_1900_stands_for_none(good, declared, tmp_path):
    # Sources put it where they know none, so it is accepted; linkage takes it as missing.
    tables = good | {
        name: with_value(good[name], 3, "date_of_birth", pd.Timestamp("1900-01-01"))
        for name in ("employments", "outpatients")
    }
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)
    assert len(load_tables(tmp_path, declared)) == len(tables)


def test_infinite_amount(good, refusal):
    # It would turn every mean and every effect that it takes part in into nonsense.
    message = refusal(payments=with_value(good["payments"], 3, "taxable_pay", np.inf))
    assert lines(message) >= {"table: payments", "column: taxable_pay", "rows: 3"}


def test_leaving_before_the_start(good, refusal):
    jobs = good["employments"].reset_index(drop=True)
    jobs.loc[[2, 8], "leaving_date"] = jobs.loc[[2, 8], "start_date"] - pd.Timedelta(days=1)
    message = refusal(employments=jobs)
    assert lines(message) >= {
        "2 rows break a rule",
        "table: employments",
        "column: leaving_date",
        "rows: 3, 9",
        "rule: order of dates",
        "expected: not before start_date",
    }
    assert message.count("rule: order of dates") == 1, "one broken rule is reported once"


def test_duplicate_key(good, refusal):
    recruits = good["recruits"]
    message = refusal(
        recruits=with_value(recruits, 5, "recruit_id", recruits["recruit_id"].iloc[7])
    )
    assert lines(message) >= {"table: recruits", "column: recruit_id", "rows: 5, 8"}
    assert "rule: key is unique" in message


def test_reference_to_nobody(good, refusal):
    message = refusal(payments=with_value(good["payments"], 4, "employment_id", "E99999999"))
    assert lines(message) >= {
        "1 row refers to no row of employments",
        "file: EXTRACTS/payments.parquet",
        "column: employment_id",
        "rows: 4",
        "rule: references employments.employment_id",
    }
    assert "E99999999" not in message


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda whole: whole[: len(whole) // 2], "file is truncated or not Parquet"),
        (lambda whole: whole[:-1], "file is truncated or not Parquet"),
        (lambda whole: b"PAR1" + bytes(100) + b"PAR1", "file is truncated or not Parquet"),
        (lambda whole: b"nino,arm\nAB123456C,1\n", "file is truncated or not Parquet"),
        (lambda whole: b"", "file is empty"),
    ],
    ids=["half", "last byte lost", "zeros", "CSV", "empty"],
)
def test_damaged_file(good, refusal, tmp_path, damage, problem):
    good["employments"].to_parquet(tmp_path / "whole.parquet", index=False)
    message = refusal(employments=damage((tmp_path / "whole.parquet").read_bytes()))
    assert lines(message) >= {
        problem,
        "file: EXTRACTS/employments.parquet",
        "table: employments",
        "to do: restore the file, or delete it and run again so that it is made anew",
    }
    assert "AB123456C" not in message


def test_problems_of_all_tables_are_reported_together(good, refusal):
    message = refusal(
        recruits=with_value(good["recruits"], 1, "arm", 3),
        employments=b"",
        ledger=with_value(good["ledger"], 2, "category", "biscuits"),
    )
    assert re.findall(r"table: (\w+)", message) == ["ledger", "employments", "recruits"]


def test_only_ten_rows_are_named(good, refusal):
    message = refusal(payments=good["payments"].assign(taxable_pay=-1.0))
    assert f"rows: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and {len(good['payments']) - 10:,} more" in message


# extracts, through the workflow


def test_bad_extracts_stop_the_run_before_linkage(small):
    extracts = small / "results/small/hlt/extracts"
    known = {path.stem: pd.read_parquet(path) for path in extracts.glob("*.parquet")}
    born = with_value(known["recruits"], 5, "date_of_birth", pd.Timestamp("1900-01-01"))
    born.to_parquet(extracts / "recruits.parquet", index=False)
    payments = extracts / "payments.parquet"
    payments.write_bytes(payments.read_bytes()[:5000])
    recorded(small / "results/small", "hlt", extracts / "recruits.parquet", payments)
    before = small.checksums()

    # Twice: what was refused is refused again, and not taken for checked because it is older
    # than what the failed job left.
    for attempt in ("first", "second"):
        done = small.snakemake("results/small/hlt/linkage/links.parquet")
        assert done.returncode != 0, f"the {attempt} run accepted it:\n{done.stdout}"
        log = (small / "results/small/logs/check_extracts.hlt.log").read_text(encoding="utf-8")
        for text in (done.stdout, log):
            assert "check_extracts stopped: " in text
            assert "Traceback" not in text
            assert {
                "table: recruits",
                "file: results/small/hlt/extracts/recruits.parquet",
                "column: date_of_birth",
                "rows: 5",
                "table: payments",
                "file: results/small/hlt/extracts/payments.parquet",
            } <= lines(text)
            assert "file is truncated or not Parquet" in text
            assert not identifiers(known) & set(re.findall(r"[\w-]+", text))
        assert "Linking the people of hlt" not in done.stdout
        after = small.checksums()
        # All that goes is the sign that the check had been done.
        gone = {path for path in before if after.get(path) != before[path]}
        assert gone == {"records/check_extracts.hlt.json"}


# configuration, by function


@pytest.fixture
def root(tmp_path) -> Path:
    """A folder with a configuration to spoil, beside what it may name."""
    rest = shutil.ignore_patterns("published")
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=rest)
    for part in ("config/published", "notebooks"):
        (tmp_path / part).symlink_to(ROOT / part, target_is_directory=True)
    return tmp_path


def misspell(root: Path, file: str, old: str, new: str) -> None:
    holding = [p for p in section_files(root / "config" / file) if old in p.read_text("utf-8")]
    assert holding, f"{file} no longer contains {old!r}"
    text = holding[0].read_text(encoding="utf-8")
    holding[0].write_text(text.replace(old, new, 1), encoding="utf-8")


def complaint(root: Path, **overrides) -> str:
    with pytest.raises(InputError) as caught:
        load_project(root, {"run": "small", **overrides})
    return str(caught.value).replace(str(root), "ROOT")


def test_the_configuration_as_it_is_can_be_used(root):
    for run in (root / "config/runs").glob("*.yaml"):
        project = load_project(root, {"run": run.stem})
        assert project.trials
        assert set(project.trials) <= set(project.run.extracts)


@pytest.mark.parametrize(
    ("file", "key", "misspelt"),
    [
        ("config.yaml", "results", "reslts"),
        ("runs/small.yaml", "draws", "drws"),
        ("runs/small.yaml", "source", "sorce"),
        ("trials/hlt/trial.yaml", "currency", "curency"),
        ("trials/hlt/trial.yaml", "block_sizes", "blok_sizes"),
        ("trials/hlt/extracts/hmrc.yaml", "may_be_empty", "may_be_emtpy"),
        ("trials/hlt/extracts/people.yaml", "nullable", "nulable"),
        ("trials/hlt/outcomes.yaml", "paid_on", "payed_on"),
        ("trials/hlt/models.yaml", "timepoint", "timpoint"),
        ("trials/hlt/economics.yaml", "detection_level", "detecton_level"),
        ("trials/hlt/exhibits/chapters.yaml", "notebook", "notbook"),
        ("trials/nsw/economics.yaml", "price_year", "prise_year"),
    ],
)
def test_misspelt_key(root, file, key, misspelt):
    misspell(root, file, f"{key}:", f"{misspelt}:")
    message = complaint(root)
    assert f"unknown key '{misspelt}'; did you mean '{key}'?" in message
    assert f"file: ROOT/config/{file}" in message


@pytest.mark.parametrize(
    ("file", "line", "key"),
    [
        ("config.yaml", "run: twin", "run"),
        ("runs/small.yaml", "draws: 1000", "draws"),
        ("trials/hlt/economics.yaml", "price_year: 2020", "price_year"),
        ("trials/hlt/models.yaml", "timepoint: 12_months", "timepoint"),
    ],
)
def test_key_given_twice(root, file, line, key):
    misspell(root, file, line, f"{line}\n{line}")
    message = complaint(root)
    assert f"key '{key}' is given twice (line " in message
    assert f"file: ROOT/config/{file}" in message


def test_broken_yaml_names_file_and_line(root):
    file = root / "config/trials/hlt/models.yaml"
    misspell(root, "trials/hlt/models.yaml", "families:", "families: [")
    line = file.read_text("utf-8").splitlines().index("families: [") + 1
    message = complaint(root)
    assert "not valid YAML" in message
    assert f"line {line}, " in message
    assert "file: ROOT/config/trials/hlt/models.yaml" in message


def test_missing_file(root):
    (root / "config/trials/hlt/outcomes.yaml").unlink()
    assert "configuration file is missing\n  file: ROOT/config/trials/hlt/outcomes.yaml" in (
        complaint(root)
    )


def test_unknown_run(root):
    assert "unknown run 'smal'; did you mean 'small'?" in complaint(root, run="smal")
    assert "known: gallery, null, real, small, twin" in complaint(root, run="quarterly")


def test_unknown_override(root):
    assert "unknown key 'rnu'; did you mean 'run'?" in complaint(root, rnu="small")


@pytest.mark.parametrize("where", ["config.yaml", "runs/small.yaml", "both"])
def test_unknown_trial(root, where):
    # Left out without a word, a misspelt trial would be missing from the report.
    if where in ("config.yaml", "both"):
        misspell(root, "config.yaml", "[hlt, trailblazers, nsw]", "[hlt, nws]")
    if where in ("runs/small.yaml", "both"):
        misspell(root, "runs/small.yaml", "nsw:", "nws:")
    assert "unknown trial 'nws'; did you mean 'nsw'?" in complaint(root)


def test_run_without_extracts_for_any_trial(root):
    assert "run 'null' has extracts for none of the trials nsw" in (
        complaint(root, run="null", trials=["nsw"])
    )


# Every place where one declaration names another, with a name that nothing declares.
DANGLING = [
    ("exhibits", "family: primary", "family: primry", "primary"),
    ("exhibits", "models: [ols_hc1]", "models: [ols_hc11]", "ols_hc1"),
    ("exhibits", "model: ols_hc1", "model: ols_hc11", "ols_hc1"),
    ("exhibits", "outcome: employed_13_weeks_12m", "outcome: employed_13_weks_12m", None),
    ("exhibits", "outcome: employed\n", "outcome: emploied\n", "employed"),
    ("exhibits", "rows: {employed_13_weeks_12m:", "rows: {employed_13_weks_12m:", None),
    ("exhibits", "outcomes: [employed_13_weeks_12m", "outcomes: [employed_13_weks_12m", None),
    ("exhibits", "case: financial", "case: finacial", "financial"),
    ("exhibits", "rows: {financial:", "rows: {finacial:", "financial"),
    ("exhibits", "covariates: [age,", "covariates: [aeg,", "age"),
    ("exhibits", "column: age_band", "column: age_bnad", "age_band"),
    ("exhibits", "table: interviews", "table: intervews", "interviews"),
    ("exhibits", "row: respondent_type", "row: respondant_type", "respondent_type"),
    ("exhibits", "layout: {rows: [row]", "layout: {rows: [rwo]", "row"),
    ("exhibits", "exhibits: [table-1.1", "exhibits: [tabel-1.1", "table-1.1"),
    (
        "models",
        "covariates: [trial_group, area, age",
        "covariates: [trial_group, aera, age",
        "area",
    ),
    ("models", "groups: [scr_iw", "groups: [scr_wi", "scr_iw"),
    ("models", "outcomes: [employed_13_weeks_12m", "outcomes: [employed_13_weks_12m", None),
    ("economics", "family: primary", "family: primry", "primary"),
    ("economics", "model: ols_hc1", "model: ols_hc11", "ols_hc1"),
    ("economics", "activity: {meeting: sessions,", "activity: {meeting: sesions,", "sessions"),
    ("economics", "groups: [scr_iw", "groups: [scr_wi", "scr_iw"),
    ("economics", "not_calculated: [all_scr]", "not_calculated: [all_src]", "all_scr"),
    ("economics", "table: ledger", "table: legder", "ledger"),
    ("economics", "amount: amount", "amount: amuont", "amount"),
    ("economics", "outcome: employed_13_weeks_12m", "outcome: employed_13_weks_12m", None),
    ("trial", "table: recruits", "table: recruit", "recruits"),
    ("trial", "  key: recruit_id", "  key: recuit_id", "recruit_id"),
    ("trial", "trial_groups: [scr_iw]", "trial_groups: [scr_wi]", "scr_iw"),
    ("trial", "strata: [trial_group, area]", "strata: [trial_group, aera]", "area"),
    ("trial", "column: agreed", "column: agred", "agreed"),
    ("trial", "table: employments", "table: employmnts", "employments"),
    ("trial", "record_id: employment_id", "record_id: employmnt_id", "employment_id"),
    ("trial", "nino: {column: nino", "nino: {column: nnio", "nino"),
    ("trial", "      nino: {column", "      nnio: {column", "nino"),
    ("trial", "identifier: nino", "identifier: nnio", "nino"),
    ("trial", '"on": [nino]', '"on": [nnio]', "nino"),
    ("trial", "- [nino]\n", "- [nnio]\n", "nino"),
    ("trial", "admitted_care: epikey", "admitted_care: epikye", "epikey"),
    ("trial", "      admitted_care: ", "      admited_care: ", "admitted_care"),
    ("outcomes", "source: hmrc\n    from_month: -12", "source: hmcr\n    from_month: -12", "hmrc"),
    ("outcomes", "column: gender, value", "column: gendr, value", "gender"),
    ("outcomes", "value: female", "value: femal", "female"),
    ("outcomes", "employments: employments", "employments: employmnts", "employments"),
    ("outcomes", "start: start_date", "start: strat_date", "start_date"),
    ("outcomes", "  hmrc:\n", "  hmcr:\n", "hmrc"),
    ("outcomes", "months: {source: hmrc", "months: {source: hmcr", "hmrc"),
    ("extracts", "key: [recruit_id]", "key: [recuit_id]", "recruit_id"),
    ("extracts", "not_before: start_date", "not_before: strat_date", "start_date"),
    ("extracts", "references: recruits.recruit_id", "references: recruit.recruit_id", None),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "meant"), DANGLING, ids=[f"{f}: {n.strip()}" for f, _, n, _ in DANGLING]
)
def test_name_that_nothing_declares(root, file, old, new, meant):
    misspell(root, f"trials/hlt/{file}.yaml", old, new)
    message = complaint(root)
    assert f"ROOT/config/trials/hlt/{file}" in message
    assert f"did you mean '{meant}" in message if meant else "did you mean '" in message


def test_records_about_people_are_not_counted_in_an_exhibit(root):
    # It would print every value of a column of the extracts, identifiers among them.
    exhibits = "trials/hlt/exhibits.yaml"
    misspell(root, exhibits, "table: interviews", "table: recruits")
    misspell(root, exhibits, "row: respondent_type", "row: nino")
    misspell(root, exhibits, "column: site\n    order: [part", "column: arm\n    order: [part")
    assert "ROOT/config/trials/hlt/exhibits" in complaint(root)


@pytest.mark.parametrize(
    ("old", "new"),
    [("recruits:", "recuits:"), ("columns: {nino:", "columns: {nnio:"), ("{gender:", "{gendr:")],
    ids=["table", "column", "codes"],
)
def test_run_file_names_tables_and_columns_that_are_declared(root, old, new):
    path = root / "config/runs/real.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    text = yaml.safe_dump(data, default_flow_style=None).replace("~", "home")
    mapped = "recruits: {path: recruits.csv, columns: {nino: NI}, codes: {gender: {'1': male}}}"
    text = re.sub(r"recruits: \{path: recruits.csv\}", mapped, text)
    path.write_text(text, encoding="utf-8")
    assert load_project(root, {"run": "real"}).run.extracts["hlt"].tables["recruits"][0].columns

    misspell(root, "runs/real.yaml", old, new)
    with pytest.raises(InputError, match="did you mean"):
        load_project(root, {"run": "real"})


# configuration, through the workflow


def test_misspelt_key_stops_everything_before_it_starts(project):
    project.edit("config/trials/hlt/economics.yaml", "detection_level:", "detecton_level:")
    for done in (project.snakemake(), project.ipseval("report", "--run", "small")):
        assert done.returncode != 0
        assert "unknown key 'detecton_level'; did you mean 'detection_level'?" in done.stdout
        assert "economics.yaml" in done.stdout
        assert "Traceback" not in done.stdout
        assert "Job stats" not in done.stdout
    assert not (project / "results").exists()
