"""Arms of a synthetic trial: apart under the published effect, as one without an effect."""

import pandas as pd

ARMS = {"treatment": 1, "control": 0}


def arms_apart(effect: str) -> list[dict[str, int]]:
    """Return the arms that may differ, name -> code: each alone; both, without an effect."""
    return [{name: code} for name, code in ARMS.items()] if effect == "published" else [ARMS]


def as_they_differ(people: pd.DataFrame, effect: str) -> pd.DataFrame:
    """Return people with their arms, or without an effect all in the control group.

    What is made of them then cannot depend on who is treated.
    """
    return people if effect == "published" else people.assign(arm=ARMS["control"])
