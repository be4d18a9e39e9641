"""Files that SAS, SPSS and Stata wrote: each value as the makers of the file state it."""

import gzip
from pathlib import Path

import pandas as pd
import pytest
from delivered import Delivery, column

from ipseval.errors import InputError

pytest.importorskip("pyreadstat")
REAL = Path(__file__).parent / "real"
# What `sample` holds, by the CSV file beside it in pyreadstat; its labels are in README there.
SAMPLE = {
    "mychar": ["a", "b", "c", "d", "e"],
    "mynum": [1.1, 1.2, -1000.3, -1.4, 1000.3],
    "mydate": ["2018-05-06", "1880-05-06", "1960-01-01", "1583-01-01", None],
    "dtime": [
        "2018-05-06T10:10:10",
        "1880-05-06T10:10:10",
        "1960-01-01T00:00:00",
        "1583-01-01T00:00:00",
        None,
    ],
    "mylabl": ["male", "female", "male", "female", "male"],
    "myord": [1, 2, 3, 1, 1],
}
COLUMNS = {
    "mychar": column("string"),
    "mynum": column("number", nullable=True),
    "mydate": column("date", nullable=True),
    "dtime": column("datetime", nullable=True),
    "mylabl": column("category", codes={"male": "M", "female": "F"}, nullable=True),
    "myord": column("integer", nullable=True),
}
CODES = {"mylabl": {1: "male", 2: "female"}}


@pytest.fixture
def delivery(tmp_path):
    for path in REAL.glob("*.gz"):
        (tmp_path / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return Delivery(tmp_path)


def shown(frame: pd.DataFrame) -> dict[str, list]:
    frame = frame.assign(
        mydate=frame["mydate"].dt.strftime("%Y-%m-%d"),
        dtime=frame["dtime"].dt.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    return frame.astype("object").where(frame.notna(), None).to_dict("list")


@pytest.mark.parametrize("path", ["sample.sas7bdat", "sample_bincompressed.sas7bdat", "sample.dta"])
def test_the_same_table_by_sas_and_stata(delivery, path):
    assert shown(delivery.table({"path": path, "codes": CODES}, COLUMNS)) == SAMPLE


def test_labels_of_stata(delivery):
    labels = {"Male": "male", "Female": "female"}
    entry = {"path": "sample.dta", "value_labels": True, "codes": {"mylabl": labels}}
    columns = COLUMNS | {"myord": column("string")}
    found = delivery.table(entry, columns)
    assert found["mylabl"].tolist() == SAMPLE["mylabl"]
    assert found["myord"].tolist() == ["low", "medium", "high", "low", "low"]


def test_values_that_spss_declares_missing(delivery):
    def found(**rows) -> pd.DataFrame:
        where = [{"column": "mychar", "reason": "Looked at apart.", **rows}]
        entry = {"path": "sample_missing.sav", "codes": CODES, "where": where}
        return delivery.table(entry, COLUMNS)

    assert shown(found(is_none_of=["Z", ""])) == SAMPLE
    assert found(is_one_of=["Z"]).drop(columns="mychar").isna().all(axis=None)


def test_special_missing_values_of_sas(delivery):
    columns = {"var9": column("integer"), "var1": column("number", nullable=True)}
    found = delivery.table({"path": "missing_test.sas7bdat"}, columns)
    assert found["var9"].tolist() == [1]
    assert found["var1"].isna().all()


def test_dates_by_every_format_of_sas(delivery):
    names = ("dtc1", "dtc2", "dtc3", "dtc4")
    columns = {"patno": column("integer")} | {name: column("date") for name in names}
    # A format that pyreadstat does not know for a date leaves the number, which is refused.
    with pytest.raises(InputError, match="column: dtc4"):
        delivery.table({"path": "date_test.sas7bdat"}, columns)
    entry = {
        "path": "date_test.sas7bdat",
        "by_column": {"dtc4": {"date_format": "days since 1960-01-01"}},
    }
    found = delivery.table(entry, columns)
    assert [found[name].iloc[0].strftime("%Y-%m-%d") for name in names] == [
        "2022-01-01",
        "1970-11-14",
        "1999-12-31",
        "2023-07-01",
    ]
    assert found["patno"].tolist() == list(range(1001, 1021))


@pytest.mark.parametrize("path", ["sample.sas7bdat", "sample.dta", "sample_missing.sav"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut(delivery, path, share):
    whole = (delivery.folder / path).read_bytes()
    (delivery.folder / path).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match=r"truncated, or not|it was cut"):
        delivery.table({"path": path, "codes": CODES}, COLUMNS)
