"""Analysis samples: who is in them, and the first reason why somebody is not."""

import numpy as np
import pandas as pd

from ..arms import leaves_at
from ..config.outcomes import SampleDefinition

FLOW = ["sample", "trial_group", "arm", "step", "reason", "people"]
ASSESSED = "Rows of the data"
RANDOMISED, ANALYSED = "Randomised", "Analysed"


def draw_samples(
    people: pd.DataFrame, samples: dict[str, SampleDefinition]
) -> tuple[dict[str, pd.Series], pd.DataFrame]:
    """Return (columns, flow) of declared samples.

    columns are in the order of people: sample_<name> (bool) and excluded_<name> (the first
    reason that applies, missing if included). flow has one row a sample, trial group, arm and
    step (columns FLOW): step 0 is everybody randomised, each step the people who leave at it, and
    the last one those who stay, so that step 0 is the sum of the others.
    """
    columns, flow = {}, [pd.DataFrame(columns=FLOW)]
    for name, sample in samples.items():
        # A person's step is that of the first reason that applies; who stays has the last one.
        last = len(sample.steps) + 1
        step = np.full(len(people), last)
        for place, spec in reversed(list(enumerate(sample.steps, start=1))):
            step[leaves_at(people, spec)] = place
        reasons = np.array([RANDOMISED, *(s.reason for s in sample.steps), ANALYSED], dtype=object)
        columns[f"sample_{name}"] = pd.Series(step == last)
        columns[f"excluded_{name}"] = pd.Series(reasons[step], dtype="str").mask(step == last)
        flow.append(_flow(people, name, step, reasons))
    return columns, pd.concat(flow[1:] or flow, ignore_index=True)


def _flow(people: pd.DataFrame, name: str, step: np.ndarray, reasons: np.ndarray) -> pd.DataFrame:
    """Return people at each step, also where there are none, by trial group and arm."""
    rows = []
    for (group, arm), members in people.groupby(["trial_group", "arm"]).indices.items():
        counts = np.bincount(step[members], minlength=len(reasons))
        counts[0] = len(members)
        rows += [
            [name, group, arm, place, reason, int(count)]
            for place, (reason, count) in enumerate(zip(reasons, counts, strict=True))
        ]
    return pd.DataFrame(rows, columns=FLOW)
