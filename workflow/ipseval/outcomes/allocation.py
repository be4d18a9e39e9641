"""Where a person stands in the allocation list, for the inference that draws others."""

import hashlib

import pandas as pd

from ..config.trial import Trial
from ..extracts.randomiser import Design, ratios_of


def allocation_of(trial: Trial, recruits: pd.DataFrame, randomised: pd.Series) -> pd.DataFrame:
    """Return stratum, allocation_order (from 1) and allocation_ratio ("1:1") of recruits.

    `randomised` is when each was, in the order of recruits. Those of one moment are ordered by
    their key as text, as the randomiser orders them. Where the trial declares no strata, trial
    groups stand for them; where it declares no block sizes either, the ratio is missing.
    """
    strata, spec = trial.randomisation.strata, trial.person
    known = strata or [name for name in [spec.trial_group] if name]
    values = recruits[known].astype(str)
    stratum = pd.Series(["/".join(parts) for parts in values.to_numpy()], index=recruits.index)
    at = pd.to_datetime(randomised)
    keys = recruits[spec.key].astype(str)
    if at.isna().all() and len(at):
        # No day is known, so any order is as good; that of the keys would be an identifier.
        keys = keys.map(lambda key: hashlib.sha256(key.encode()).hexdigest())
    listed = pd.DataFrame({"stratum": stratum, "at": at, "key": keys})
    allocation = pd.DataFrame({"stratum": stratum}).astype("str")
    listed = listed.sort_values(["stratum", "at", "key"])
    allocation["allocation_order"] = listed.groupby("stratum").cumcount() + 1
    allocation["allocation_ratio"] = pd.Series(pd.NA, index=recruits.index, dtype="str")
    if strata and trial.randomisation.block_sizes:
        design = Design.from_config(
            trial.randomisation.model_dump(exclude={"eligibility", "cluster"})
        )
        parts = pd.DataFrame(ratios_of(design, values, at), index=recruits.index).astype("str")
        allocation["allocation_ratio"] = parts[0] + ":" + parts[1]
    return allocation
