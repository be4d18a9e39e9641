"""Analysis samples: the first reason counts, and the flow adds up."""

import numpy as np
import pandas as pd
import pytest

from ipseval.config.outcomes import Outcomes
from ipseval.outcomes.samples import FLOW, draw_samples

PEOPLE = pd.DataFrame(
    {
        "trial_group": ["g", "g", "g", "h", "h", "h"],
        "arm": [0, 0, 1, 0, 1, 1],
        "issued": [1.0, 0, 0, 1, 1, 1],
        "left": pd.Series([None, "death", None, None, None, "death"], dtype="str"),
        "score": [np.nan, np.nan, 1, 2, np.nan, 3],
    }
)
STEPS = [
    {"reason": "Died before", "where": {"issued": [0], "left": ["death"]}},
    {"reason": "Not issued", "where": {"issued": [0]}},
    {"reason": "No score", "missing": ["score"]},
]


def declared(steps):
    outcome = {"kind": "equals", "column": "c", "value": "v", "label": "l", "unit": "u"}
    spec = {"covariates": {}, "outcomes": {"x": outcome}}
    return Outcomes.model_validate(
        spec | {"samples": {"s": {"label": "S", "steps": steps}}}
    ).samples


def test_the_first_reason_counts():
    columns, _ = draw_samples(PEOPLE, declared(STEPS))
    assert columns["sample_s"].tolist() == [False, False, False, True, False, True]
    reasons = columns["excluded_s"].fillna("").tolist()
    assert reasons == ["No score", "Died before", "Not issued", "", "No score", ""]


def test_the_flow_has_every_step_and_adds_up():
    columns, flow = draw_samples(PEOPLE, declared(STEPS))
    assert flow.columns.tolist() == FLOW
    assert len(flow) == 4 * 5
    wide = flow.pivot(index="step", columns=["trial_group", "arm"], values="people")
    assert (wide.iloc[0] == wide.iloc[1:].sum()).all()
    assert wide.loc[0].sum() == len(PEOPLE)
    assert wide.loc[4].sum() == columns["sample_s"].sum()
    assert flow["reason"].head(5).tolist() == [
        "Randomised",
        "Died before",
        "Not issued",
        "No score",
        "Analysed",
    ]


def test_no_samples_and_nobody_left():
    assert draw_samples(PEOPLE, {})[0] == {}
    columns, _ = draw_samples(PEOPLE, declared([{"reason": "All", "where": {"arm": [0, 1]}}]))
    assert not columns["sample_s"].any()


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([{"reason": "r"}], "give where or missing"),
        ([{"reason": "r", "missing": ["score"]}] * 2, "given twice"),
    ],
)
def test_steps_that_cannot_be(steps, message):
    with pytest.raises(ValueError, match=message):
        declared(steps)
