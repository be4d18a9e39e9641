"""Tables are read with the columns that outcomes are derived from, and parts are one file."""

import numpy as np
import pandas as pd
import pytest
from helpers import trial_config

from ipseval import files
from ipseval.arrays import index_in
from ipseval.outcomes.linked import REPEATED, paid_once, with_repeated
from ipseval.outcomes.read import ReadTables, read_methods

HLT = trial_config("hlt")
PAY = HLT.outcomes.spells["hmrc"]


def test_identifiers_of_linked_tables_are_not_read(tmp_path):
    columns = HLT.extracts.tables["iapt_contacts"].columns
    path = tmp_path / "iapt_contacts.parquet"
    files.write_parquet(path, pd.DataFrame({name: ["x"] for name in columns}))
    tables = ReadTables([path], HLT.outcomes, HLT.trial)
    read = tables["iapt_contacts"]
    assert {"contact_id", "care_contact_date", "attend_or_dna_code"} <= {*read}
    assert not {"nhs_number", "date_of_birth", "postcode", "sex"} & {*read}
    assert tables.column("iapt_contacts", "nhs_number").tolist() == ["x"]
    tables.clear()
    assert len(tables) == 0


@pytest.mark.parametrize("rows", [[], [3], [4], [2, 2], [5, 1, 0, 7], [1] * 9])
def test_parts_have_the_bytes_of_the_whole(rows, tmp_path, monkeypatch):
    """Of groups of a million rows as here of four."""
    monkeypatch.setattr(files, "ROW_GROUP", 4)
    whole = pd.DataFrame(
        {"id": [f"p{i}" for i in range(sum(rows))], "x": np.arange(sum(rows)) / 3}
    ).astype({"id": "str"})
    ends = np.cumsum(rows, dtype=int)
    parts = [whole.iloc[end - n : end] for n, end in zip(rows, ends, strict=True)]
    assert files.write_parquet_parts(tmp_path / "a", parts or [whole]) == len(whole)
    whole.to_parquet(tmp_path / "b", index=False, compression="zstd", row_group_size=4)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_payments_reported_again_are_the_same_whoever_is_linked():
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2019-01-31") + pd.to_timedelta(rng.integers(0, 3, 300), "D")
    payments = pd.DataFrame(
        {
            "employment_id": pd.Categorical([f"E{i}" for i in rng.integers(0, 20, 300)]),
            "payment_date": days,
            "periods_covered": rng.integers(1, 3, 300),
            "taxable_pay": rng.choice([100.0, -100.0, 50.0], 300),
        }
    )
    marked = with_repeated(payments, PAY)[REPEATED].to_numpy()
    linked = payments["employment_id"].isin([f"E{i}" for i in range(7)]).to_numpy()
    once = paid_once(payments[PAY.payment_key][linked], PAY.payment_key, PAY.amount)
    assert (~marked[linked]).tolist() == once.tolist()
    assert 0 < marked.sum() < len(marked)


def test_links_of_methods_are_those_of_sources_that_outcomes_depend_on(tmp_path):
    rows = [("p1", "hmrc", "E1", "used"), ("p2", "dwp", None, "exact"), ("p1", "nhs", "n1", "used")]
    columns = ["person_id", "source", "record_id", "method"]
    written = pd.DataFrame(rows, columns=columns, dtype="str")
    files.write_parquet(tmp_path / "m", written)
    found = read_methods(tmp_path / "m", HLT.outcomes)
    pd.testing.assert_frame_equal(found.astype("str"), written.iloc[:2])
    # A trial without sources has no links, of no type.
    files.write_parquet(tmp_path / "n", pd.DataFrame(columns=columns))
    assert len(read_methods(tmp_path / "n", HLT.outcomes)) == 0


def test_places_of_categories_are_those_of_their_values():
    values, known = pd.Series(["b", None, "a", "c", "b"]), pd.Series(["a", "b", "a"])
    assert index_in(values, known).tolist() == [1, -1, 0, -1, 1]
    assert index_in(values.astype("category"), known).tolist() == [1, -1, 0, -1, 1]
    assert index_in(known, values.astype("category")).tolist() == [2, 0, 2]
