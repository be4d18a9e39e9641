"""Extracts as a safe haven would hand them over: other names, other codes, other dates, CSV."""

import re
import shutil
import stat
from pathlib import Path

import nhs_number
import pandas as pd
import pytest
import yaml

from ipseval.config.extracts import Extracts
from ipseval.config.read import read_section
from ipseval.errors import InputError
from ipseval.linkage.secret import fingerprint, read_secret
from ipseval.release.notice import NOTICE

ROOT = Path(__file__).resolve().parents[2]
# Table -> how its file differs from the declaration; other tables are plain CSV.
FOREIGN = {
    "recruits": {
        "path": "randomisation tool.csv",
        "columns": {
            "recruit_id": "ID",
            "nino": "NI number",
            "date_of_birth": "DOB",
            "gender": "Sex",
        },
        "codes": {"gender": {"1": "male", "2": "female", "3": "other"}},
        "date_format": "%d/%m/%Y",
        "datetime_format": "%d/%m/%Y %H:%M",
        "separator": ";",
        "encoding": "latin-1",
    },
    "screening": {"path": "screening.csv", "columns": {"recruit_id": "ID"}},
    "employments": {
        "path": "rti/employments.csv",
        "columns": {"start_date": "StartDate", "leaving_date": "LeavingDate"},
        "codes": {"pay_frequency": {"Monthly": "M1", "Weekly": "W1"}},
        "date_format": "%d/%m/%Y",
    },
    "payments": {"path": "rti/payments.csv", "columns": {"taxable_pay": "TaxablePayInPeriod"}},
    "ledger": {"path": "ledger.parquet"},
}
TABLES = list(read_section(ROOT / "config/trials/hlt/extracts.yaml", Extracts).tables)
FILES = {name: FOREIGN.get(name, {"path": f"{name}.csv"}) for name in TABLES}
SECRET = "b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfef"
KEYS = ["group", "outcome", "model", "timepoint"]


def live(table: pd.DataFrame) -> pd.DataFrame:
    """A table with numbers that could be a person's: a real run refuses those of synthetic people.

    Equal numbers stay equal, different ones different, and a wrong one stays wrong.
    """
    table = table.copy()
    if "nino" in table:
        table["nino"] = table["nino"].str.replace("^QQ", "AB", regex=True)
    if "nhs_number" in table:
        numbers = table["nhs_number"].dropna().unique()
        changed = pd.Series({number: live_nhs_number(number) for number in numbers}, dtype="str")
        table["nhs_number"] = table["nhs_number"].map(changed).astype("str")
    return table


def live_nhs_number(number: str) -> str:
    """The number with another first digit and the check digit that goes with it."""
    assert re.fullmatch(r"9\d{9}", number), "synthetic numbers begin with 9"
    # Of the two one has a check digit: 10, which is none, cannot come of both.
    stems = ["4" + number[1:9], "6" + number[1:9]]
    stem, check = next(
        (stem, check) for stem in stems if (check := nhs_number.calculate_checksum(stem)) != 10
    )
    wrong_by = int(number[9]) - nhs_number.calculate_checksum(number[:9])
    return stem + str((check + (wrong_by % 10 or bool(wrong_by))) % 10)


def write_run(project, **more) -> None:
    run = {
        "description": "Files of a safe haven.",
        "seed": 1,
        **more,
        "extracts": {"hlt": {"source": "files", "folder": "data/hlt", "tables": FILES}},
    }
    text = yaml.safe_dump(run, sort_keys=False)
    (project / "config/runs/mine.yaml").write_text(text, encoding="utf-8")


def export(table: pd.DataFrame, spec: dict, path) -> None:
    """Write a table as somebody else would have: other names, codes and dates, in no order."""
    table = table.sample(frac=1, random_state=1)[list(reversed(table.columns))]
    for column, codes in spec.get("codes", {}).items():
        table[column] = table[column].replace({ours: given for given, ours in codes.items()})
    for column in table.select_dtypes("datetime"):
        form = "datetime_format" if column == "randomised_at" else "date_format"
        if form in spec:
            table[column] = table[column].dt.strftime(spec[form])
    table = table.rename(columns=spec.get("columns", {})).assign(remark="not for analysis")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        separator, encoding = spec.get("separator", ","), spec.get("encoding", "utf-8")
        table.to_csv(path, index=False, sep=separator, encoding=encoding)


@pytest.fixture(scope="session")
def mine(reference, once):
    """The extracts of the small run as foreign files, and the run `mine` up to its estimates."""

    def make(folder) -> None:
        shutil.copytree(reference.folder, folder / "project")
        haven = type(reference)(folder / "project")
        for name, spec in FILES.items():
            table = pd.read_parquet(haven / f"results/small/hlt/extracts/{name}.parquet")
            export(live(table), spec, haven / "data/hlt" / spec["path"])
        key = folder / "person.key"
        key.write_text(SECRET, encoding="utf-8")
        key.chmod(0o600)
        write_run(haven, person_key_file=str(key))
        done = haven.snakemake("results/mine/hlt/impact/primary.csv", run="mine")
        assert done.returncode == 0, done.stdout

    return type(reference)(once("mine", make) / "project")


@pytest.fixture
def haven(mine, tmp_path):
    """A copy of it to spoil."""
    return spoilable(mine, tmp_path)


def spoilable(mine, folder):
    shutil.copytree(mine.folder, folder / "project")
    project = type(mine)(folder / "project")
    shutil.copy2(mine / "../person.key", folder)
    write_run(project, person_key_file=str(folder / "person.key"))
    return project


def both(project, path: str) -> tuple:
    """The paths of a file in the small run and in the run of foreign files."""
    return project / f"results/small/{path}", project / f"results/mine/{path}"


def test_the_files_are_foreign(mine):
    raw = pd.read_csv(mine / "data/hlt/rti/employments.csv", dtype="str")
    assert {"StartDate", "LeavingDate", "remark"} <= set(raw.columns)
    assert set(raw["pay_frequency"]) == {"Monthly", "Weekly", "W2", "W4"}
    assert raw["StartDate"].str.fullmatch(r"\d\d/\d\d/\d{4}").all()
    assert raw["nino"].str.startswith("AB").all()
    assert not raw["employment_id"].is_monotonic_increasing
    visits = pd.read_csv(mine / "data/hlt/outpatients.csv", dtype="str")["nhs_number"].dropna()
    assert visits.map(nhs_number.is_valid).all()
    assert set(visits.str[0]) == {"4", "6"}


def test_foreign_files_become_the_same_extracts(mine):
    for name in FILES:
        ours, theirs = map(pd.read_parquet, both(mine, f"hlt/extracts/{name}.parquet"))
        pd.testing.assert_frame_equal(theirs, live(ours), check_exact=True)


def test_the_same_people_are_linked_to_the_same_records(mine):
    found = []
    for path in both(mine, "hlt/linkage/links.parquet"):
        links = pd.read_parquet(path)
        own = links[links["source"] == "people"].set_index("person_id")["record_id"]
        links["person_id"] = links["person_id"].map(own)
        found.append(links.sort_values(["source", "person_id", "record_id"], ignore_index=True))
    twin, real = found
    assert set(real["source"]) == {"people", "hmrc", "dwp", "nhs"}
    pd.testing.assert_frame_equal(real, twin)
    quality = pd.read_csv(mine / "results/mine/hlt/linkage/quality.csv")
    assert quality[["precision", "recall"]].isna().all(axis=None), "nobody knows the truth"


def test_only_the_owner_can_read_what_is_about_persons(mine):
    for name in ("extracts", "linkage", "outcomes"):
        folder = mine / "results/mine/hlt" / name
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        written = list(folder.iterdir())
        assert len(written) > 4
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in written}
        assert set(modes.values()) == {0o600}, modes


def test_no_number_of_a_person_leaves_extracts_and_linkage(mine):
    numbers = re.compile(r"AB\d{6}[A-D]|(?<![\d.])[46]\d{9}(?!\d)")
    people = pd.read_csv(mine / "data/hlt/randomisation tool.csv", dtype="str", sep=";")
    known = set(people["NI number"].dropna()) | set(people["nhs_number"].dropna())
    assert len([number for number in known if numbers.fullmatch(number)]) > 900
    run = mine / "results/mine"
    written = [path for path in run.rglob("*") if path.suffix in (".json", ".log", ".csv", ".tsv")]
    # In linkage it is the tables of counts and the models that are shown to others.
    written = [path for path in written if "extracts" not in path.parts]
    assert {"quality.csv", "models.json", "link_records.hlt.log"} < {p.name for p in written}
    for path in written:
        found = set(numbers.findall(path.read_text(encoding="utf-8")))
        assert not found & known, f"{path.relative_to(run)}: {len(found & known)} numbers"


def test_foreign_files_give_the_estimates_of_the_twin(mine):
    ours, theirs = (
        pd.read_csv(path).set_index(KEYS) for path in both(mine, "hlt/impact/primary.csv")
    )
    assert len(ours) == 30
    # Pseudonyms put people in another order, so sums differ in the last digits and no more.
    pd.testing.assert_frame_equal(theirs, ours, check_exact=False, rtol=1e-9, atol=1e-9)


def test_pseudonyms_are_those_of_the_secret(mine):
    twin, real = (
        set(pd.read_parquet(path)["person_id"])
        for path in both(mine, "hlt/outcomes/people.parquet")
    )
    assert len(twin) == len(real)
    assert not twin & real


def test_secret_is_in_no_file_of_the_run(mine):
    kinds = {".json", ".log", ".csv", ".tsv"}
    written = [path for path in (mine / "results/mine").rglob("*") if path.suffix in kinds]
    assert len(written) > 10
    for path in written:
        assert SECRET not in path.read_text(encoding="utf-8"), path.name


def test_no_record_or_log_tells_of_the_secret_or_where_it_lies(mine):
    told = [p for p in (mine / "results/mine").rglob("*") if p.suffix in (".json", ".log")]
    assert {"link_records.hlt.json", "link_records.hlt.log"} <= {path.name for path in told}
    for path in told:
        text = path.read_text(encoding="utf-8")
        assert "person.key" not in text, path.name
        assert str(mine.folder.parent.parent) not in text, path.name
        assert '"person_key"' not in text, "a fingerprint by which a guess could be tested"
    salt = mine / ".snakemake/ipseval-salt"
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600


def test_every_log_says_that_nothing_may_leave(mine):
    logs = list((mine / "results/mine/logs").glob("*.log"))
    assert len(logs) > 4
    for path in logs:
        assert NOTICE in path.read_text(encoding="utf-8"), path.name
    twin = mine / "results/small/logs/derive_outcomes.hlt.log"
    assert NOTICE not in twin.read_text(encoding="utf-8"), "these people do not exist"


def test_a_new_secret_makes_new_pseudonyms_and_its_place_does_not(haven):
    target = "results/mine/hlt/linkage/links.parquet"
    assert haven.planned(target, run="mine")[0] == {}, "the key lies elsewhere and is the same"
    (haven / "../person.key").write_text(SECRET[::-1], encoding="utf-8")
    assert haven.planned(target, run="mine")[0] == {"link_records": 1}


def test_without_a_key_file_the_message_says_what_to_do(haven):
    shutil.rmtree(haven / "results/mine")
    write_run(haven)
    done = haven.snakemake("results/mine/hlt/linkage/links.parquet", run="mine")
    assert done.returncode != 0
    assert "run 'mine' links real files: set person_key_file in its run file" in done.stdout
    assert not (haven / "results/mine").exists(), "a run started that cannot end"


GUESSED = "the key file holds a text that could be guessed"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "the key file for person_id is missing"),
        ("passw0rd", "the key file holds under 32 bytes"),
        ("x" * 64, GUESSED),
        ("passw0rd" * 8, GUESSED),
        ("0123456789abcdef" * 4, GUESSED),
        ("correct-horse-battery" * 2 + "correct-", GUESSED),
        ("abcdefghijklmnopqrstuvwxyz0123456789", GUESSED),
    ],
    ids=["missing", "short", "one sign", "a word", "digits", "a phrase", "an alphabet"],
)
def test_useless_key_file(tmp_path, content, problem):
    key = tmp_path / "person.key"
    if content:
        key.write_text(content, encoding="utf-8")
        key.chmod(0o600)
    for use in (
        lambda: read_secret(str(key), "hlt"),
        lambda: fingerprint(str(key), tmp_path / "salt"),
    ):
        with pytest.raises(InputError) as caught:
            use()
        message = str(caught.value)
        assert problem in message
        assert "to do: make one: python -c" in message
        assert str(tmp_path) not in message, "logs hold messages"
        assert not content or content not in message


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda key: key.chmod(0o640), "others can read the key file"),
        (lambda key: (key.unlink(), key.mkdir()), "the key file for person_id is a folder"),
    ],
    ids=["readable by the group", "a folder"],
)
def test_key_file_that_is_no_secret(tmp_path, spoil, problem):
    key = tmp_path / "person.key"
    key.write_text(SECRET, encoding="utf-8")
    key.chmod(0o600)
    assert read_secret(str(key), "hlt") == SECRET.encode() + b"|hlt"
    spoil(key)
    with pytest.raises(InputError, match=problem):
        read_secret(str(key), "hlt")


def test_key_file_inside_the_project(tmp_path, monkeypatch):
    monkeypatch.setattr("ipseval.linkage.secret.ROOT", tmp_path)
    key = tmp_path / "config/person.key"
    key.parent.mkdir()
    key.write_text(SECRET, encoding="utf-8")
    key.chmod(0o600)
    with pytest.raises(InputError, match="lies in the folder of the project"):
        read_secret(str(key), "hlt")


def test_a_fingerprint_changes_with_the_secret_and_with_the_salt(tmp_path):
    key = tmp_path / "person.key"
    key.write_text(SECRET, encoding="utf-8")
    key.chmod(0o600)
    first = fingerprint(str(key), tmp_path / "a salt")
    assert fingerprint(str(key), tmp_path / "a salt") == first
    assert fingerprint(str(key), tmp_path / "another") != first
    key.write_text(SECRET[::-1], encoding="utf-8")
    assert fingerprint(str(key), tmp_path / "a salt") != first


@pytest.fixture(scope="session")
def with_synthetic_numbers(mine, once):
    """The run `mine` where somebody left the numbers of synthetic people in, and what it said."""

    def make(folder) -> None:
        folder.mkdir()
        project = spoilable(mine, folder)
        for name, spec in FILES.items():
            table = pd.read_parquet(project / f"results/small/hlt/extracts/{name}.parquet")
            if {"nino", "nhs_number"} & set(table):
                export(table, spec, project / "data/hlt" / spec["path"])
        done = project.snakemake("results/mine/hlt/impact/primary.csv", run="mine")
        (folder / "said").write_text(f"{done.returncode}\n{done.stdout}", encoding="utf-8")

    folder = once("with_synthetic_numbers", make)
    return folder / "project", (folder / "said").read_text(encoding="utf-8")


def test_synthetic_numbers_link_nobody(with_synthetic_numbers):
    folder = with_synthetic_numbers[0] / "results/mine/hlt/linkage"
    status = pd.read_parquet(folder / "linkable.parquet")
    # Records of health are also linked by date of birth, sex and postcode.
    by_number = status[status["source"] != "nhs"]
    assert set(by_number["source"]) == {"hmrc", "dwp"}
    assert not by_number["linkable"].any()
    assert not by_number["linked"].any()
    assert set(by_number["reason"]) == {"identifier missing or malformed"}
    quality = pd.read_csv(folder / "quality.csv")
    quality = quality[quality["source"] != "nhs"]
    assert (quality[["linkable", "linked"]] == 0).all(axis=None)
    links = pd.read_parquet(folder / "links.parquet")
    assert set(links["pass"]) == {"own_record", "birth_sex_postcode"}


def test_estimates_without_anybody_are_refused_in_words(with_synthetic_numbers):
    status, _, said = with_synthetic_numbers[1].partition("\n")
    assert status != "0"
    assert "estimate_impact stopped: " in said
    assert "Traceback" not in said


def test_bad_rows_are_named_and_the_earlier_extracts_stay(haven):
    before = haven.checksums(run="mine")
    path = haven / "data/hlt/rti/payments.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    position = lines[0].split(",").index("TaxablePayInPeriod")
    for row, value in ((3, "a lot"), (5, "987654321o")):
        fields = lines[row].split(",")
        fields[position] = value
        lines[row] = ",".join(fields)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    # Twice: the extracts of the earlier files must not pass for those of these.
    for attempt in ("first", "second"):
        done = haven.snakemake("results/mine/hlt/linkage/links.parquet", run="mine")
        assert done.returncode != 0, f"the {attempt} run accepted it:\n{done.stdout}"
        log = (haven / "results/mine/logs/build_extracts.hlt.log").read_text(encoding="utf-8")
        for text in (done.stdout, log):
            assert "build_extracts_hlt stopped: 2 values cannot be read as number" in text
            for part in ("file: data/hlt/rti/payments.csv", "table: payments", "rows: 3, 5"):
                assert part in text
            assert "column: taxable_pay" in text
            assert "a lot" not in text
            assert "987654321o" not in text
        after = haven.checksums(run="mine")
        # All that goes is the sign that the extracts had been built.
        gone = {path for path in before if after.get(path) != before[path]}
        assert gone == {"records/build_extracts.hlt.json"}
