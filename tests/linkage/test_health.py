"""Identifiers of people and records: counted, and refused where too few are well formed."""

import pandas as pd
import pytest
from helpers import small_trial, trial_config

from ipseval.config.placeholders import FILE, Placeholder, Placeholders
from ipseval.config.read import read_section
from ipseval.errors import InputError
from ipseval.linkage.link import link_trial
from ipseval.provenance import ROOT

SECRET = b"0" * 32
PLACEHOLDERS = read_section(ROOT / FILE, Placeholders)
CARE = {
    "label": "Care",
    "table": "visits",
    "record_id": "visit",
    "identifier": "nhs_number",
    "fields": {
        "nhs_number": {"column": "number", "kind": "nhs_number"},
        "born": {"column": "born", "kind": "date"},
        "postcode": {"column": "postcode", "kind": "postcode"},
    },
    "passes": [{"name": "number", "on": ["nhs_number"]}],
    "well_formed_at_least": 0.5,
}
ONE, TWO = "9000000009", "9000000017"


def given(numbers: list) -> dict[str, pd.DataFrame]:
    people = pd.DataFrame({"id": ["p1", "p2"], "arm": [1, 0], "nhs_number": [ONE, TWO]})
    people = people.assign(postcode=["S1 2AB", "ZZ99 3VZ"], born=pd.Timestamp("1980-01-02"))
    visits = pd.DataFrame({"visit": [f"v{i}" for i in range(len(numbers))], "number": numbers})
    born = pd.to_datetime(["1980-01-02", "1991-03-04", *["1980-01-02"] * (len(numbers) - 2)])
    visits = visits.assign(postcode="s12ab", born=born)
    return {"people": people, "visits": visits.astype({"number": "str"})}


def linked(tables, **changes):
    trial = small_trial(None, {"care": CARE | changes})
    return link_trial(tables, trial, SECRET, True, placeholders=PLACEHOLDERS)


def test_identifiers_are_counted_by_table():
    tables = given([ONE, ONE, TWO, "900 000 0017", "0000000000", "123", None])
    health = linked(tables)["identifiers"].set_index(["table", "field"])
    assert (health["source"] == "care").all()
    counts = ["records", "present", "well_formed", "placeholder", "shared"]
    assert health.loc[("visits", "nhs_number"), counts].tolist() == [7, 6, 4, 1, 2]
    assert health.loc[("visits", "nhs_number"), "share_well_formed"] == pytest.approx(4 / 6)
    assert health.loc[("people", "nhs_number"), counts].tolist() == [2, 2, 2, 0, 0]
    assert health.loc[("people", "postcode"), counts[:4]].tolist() == [2, 2, 1, 1]
    assert pd.isna(health.loc[("people", "postcode"), "shared"])


def test_too_few_that_are_well_formed_stop_the_run():
    tables = given([ONE, TWO, "123", "0000000000", *["12345"] * 20])
    with pytest.raises(InputError) as caught:
        linked(tables)
    message = str(caught.value)
    assert "22 of 24 identifiers are malformed or placeholders (1)" in message
    for part in ("table: visits", "column: number", "rows: 3, 4, 5", "well_formed_at_least 0.5"):
        assert part in message
    assert "123" not in message
    assert linked(tables, well_formed_at_least=0.08)["linkable"]["linked"].any()


def test_few_identifiers_stop_the_run_only_if_all_are_wrong():
    assert linked(given([ONE, "123", "456"]))["linkable"]["linked"].any()
    with pytest.raises(InputError, match="3 of 3 identifiers are malformed"):
        linked(given(["123", "456", "789"]))


@pytest.mark.parametrize("written", [ONE + ".0", "9E+09", "9.0000E+09"])
def test_numbers_that_went_through_a_float_are_refused_in_words(written):
    values = [written, TWO]
    with pytest.raises(InputError) as caught:
        linked(given(values))
    message = str(caught.value)
    assert "1 number is written as a decimal or in scientific notation" in message
    for part in ("table: visits", "column: number", "rows: 1", "kind nhs_number", "as text"):
        assert part in message
    assert "900000" not in message


def test_every_kind_of_identifier_has_its_placeholders_declared():
    config = trial_config("hlt")
    assert config.placeholders == PLACEHOLDERS
    kinds = {f.kind for s in config.trial.sources.values() for f in s.fields.values()}
    for kind in kinds:
        assert PLACEHOLDERS.of(kind) != Placeholder()
    assert trial_config("nsw").placeholders is None
