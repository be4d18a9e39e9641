"""Declarations as params: known to Snakemake by their checksum, to jobs by their content."""

import json
import pickle

from ipseval.given import Given


def test_it_is_known_by_its_content():
    one = {"a": [1, {"b": None}], "c": "x" * 1000}
    assert repr(Given(one)) == repr(Given(json.loads(json.dumps(one))))
    assert len(repr(Given(one))) < 40
    others = [{**one, "c": "y"}, {**one, "d": 1}, dict(reversed(one.items())), {}]
    assert len({repr(Given(other)) for other in [one, *others]}) == 5


def test_a_job_reads_it_as_plain_data():
    given = pickle.loads(pickle.dumps(Given({"a": {"b": 1}}), protocol=4))
    assert given == {"a": {"b": 1}}
    assert json.dumps(given) == '{"a": {"b": 1}}'
