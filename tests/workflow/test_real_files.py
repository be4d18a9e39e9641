"""Extracts as a safe haven would hand them over: other names, other codes, other dates, CSV."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ipseval.config.extracts import Extracts
from ipseval.config.load import read_section
from ipseval.errors import InputError
from ipseval.linkage.link import read_secret

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
SECRET = "0123456789abcdef" * 4
KEYS = ["group", "outcome", "model", "timepoint"]


def live(ninos: pd.Series) -> pd.Series:
    """Numbers that could be a person's: a real run refuses those of synthetic people."""
    return ninos.str.replace("^QQ", "AB", regex=True)


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
    if "nino" in table:
        table["nino"] = live(table["nino"])
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
            export(table, spec, haven / "data/hlt" / spec["path"])
        key = folder / "person.key"
        key.write_text(SECRET, encoding="utf-8")
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
    assert set(raw["pay_frequency"]) == {"Monthly"}
    assert raw["StartDate"].str.fullmatch(r"\d\d/\d\d/\d{4}").all()
    assert raw["nino"].str.startswith("AB").all()
    assert not raw["employment_id"].is_monotonic_increasing


def test_foreign_files_become_the_same_extracts(mine):
    for name in FILES:
        ours, theirs = map(pd.read_parquet, both(mine, f"hlt/extracts/{name}.parquet"))
        if "nino" in ours:
            ours["nino"] = live(ours["nino"])
        pd.testing.assert_frame_equal(theirs, ours, check_exact=True)


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


def test_record_does_not_tell_where_the_secret_lies(mine):
    record = (mine / "results/mine/records/link_records.hlt.json").read_text(encoding="utf-8")
    assert str(mine.folder.parent.parent) not in record


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


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "the key file for person_id is missing"),
        ("passw0rd", "the key file holds under 32 bytes"),
    ],
    ids=["missing", "short"],
)
def test_useless_key_file(tmp_path, content, problem):
    key = tmp_path / "person.key"
    if content:
        key.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_secret(str(key), "hlt")
    message = str(caught.value)
    assert problem in message
    assert "to do: make one: python -c" in message
    assert "passw0rd" not in message


@pytest.fixture(scope="session")
def with_synthetic_numbers(mine, once):
    """The run `mine` where somebody left the numbers of synthetic people in, and what it said."""

    def make(folder) -> None:
        folder.mkdir()
        project = spoilable(mine, folder)
        for name in ("recruits", "employments", "payments"):
            path = project / "data/hlt" / FILES[name]["path"]
            encoding = FILES[name].get("encoding", "utf-8")
            text = path.read_text(encoding=encoding)
            path.write_text(re.sub(r"\bAB(?=\d{6})", "QQ", text), encoding=encoding)
        done = project.snakemake("results/mine/hlt/impact/primary.csv", run="mine")
        (folder / "said").write_text(f"{done.returncode}\n{done.stdout}", encoding="utf-8")

    folder = once("with_synthetic_numbers", make)
    return folder / "project", (folder / "said").read_text(encoding="utf-8")


def test_synthetic_numbers_make_nobody_linkable(with_synthetic_numbers):
    folder = with_synthetic_numbers[0] / "results/mine/hlt/linkage"
    status = pd.read_parquet(folder / "linkable.parquet")
    assert not status["linkable"].any()
    assert not status["linked"].any()
    assert set(status["reason"]) == {"identifier malformed", "identifier missing"}
    quality = pd.read_csv(folder / "quality.csv")
    assert (quality[["linkable", "linked"]] == 0).all(axis=None)
    links = pd.read_parquet(folder / "links.parquet")
    assert set(links["source"]) == {"people"}, "only the trial's own record is left"


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
