"""Estimates do not depend on the order of rows, on pseudonyms, or on which arm is called what."""

import re

import numpy as np
import pandas as pd

KEYS = ["group", "subgroup", "outcome", "timepoint", "model", "term"]
# What changes with the name of an arm in a row that is otherwise the same.
SIGNED = ("estimate", "statistic", "effect_ppt")
SAME = ("std_error", "p_value", "p_adjusted", "n", "df", "dropped_n", "unit")


def shuffled(people: pd.DataFrame, *others: pd.DataFrame, seed: int = 1) -> list[pd.DataFrame]:
    """Return people, and tables about them, under other pseudonyms and in another order."""
    rng = np.random.default_rng(seed)
    renamed = dict(zip(people["person_id"], rng.permutation(len(people)), strict=True))
    found = []
    for table in (people, *others):
        names = table["person_id"].map(lambda name: f"q{renamed[name]:06d}")
        found.append(table.assign(person_id=names))
    people, *others = found
    # As the stage of outcomes leaves them: people by pseudonym.
    by_name = people.sort_values("person_id", ignore_index=True)
    return [by_name, *(_shuffled(table) for table in others)]


def _shuffled(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its rows in another order; ways of linking keep theirs."""
    mixed = table.sample(frac=1, random_state=2)
    if "method" not in table:
        return mixed
    places = {method: place for place, method in enumerate(table["method"].unique())}
    return mixed.sort_values("method", kind="stable", key=lambda names: names.map(places))


def swapped(people: pd.DataFrame, *received: str) -> pd.DataFrame:
    """Return people with the arms called the other way round, and treatments received with them."""
    return people.assign(**{name: 1 - people[name] for name in ("arm", *received)})


def assert_same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Compare two tables of estimates row by row, in order, but for rounding."""
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), wanted.reset_index(drop=True), rtol=1e-6, atol=1e-8
    )


def assert_swapped(found: pd.DataFrame, before: pd.DataFrame) -> None:
    """Compare estimates with those under the other names of the arms: sign and means follow."""
    found = found.assign(term=found["term"].map(_other_term))
    found, before = (
        table[table["term"] != ""].set_index(KEYS).sort_index() for table in (found, before)
    )
    before = before[[_other_term(term) != "" for term in before.index.get_level_values("term")]]
    pd.testing.assert_index_equal(found.index, before.index)
    terms = found.index.get_level_values("term")
    sign = np.where(terms.str.fullmatch(r"arm|arm:.*|lower_bound|upper_bound"), -1.0, 1.0)

    def close(name: str, wanted: pd.Series) -> None:
        given = pd.to_numeric(found[name], errors="raise").to_numpy(float)
        wanted = pd.to_numeric(wanted).to_numpy(float)
        np.testing.assert_allclose(given, wanted, rtol=1e-5, atol=1e-7, err_msg=name)

    for name in SIGNED:
        close(name, before[name].astype(float) * sign)
    for name in (name for name in SAME if name != "unit"):
        close(name, before[name])
    for one, other in (
        ("mean_control", "mean_treatment"),
        ("n_control", "n_treatment"),
        ("n_mean_control", "n_mean_treatment"),
    ):
        close(one, before[other])
        close(other, before[one])
    low, high = before["ci_low"].astype(float), before["ci_high"].astype(float)
    close("ci_low", pd.Series(np.where(sign < 0, -high, low), before.index))


def _other_term(term: str) -> str:
    """Return what a term is called under the other names; nothing where it has no counterpart.

    Coefficients of a model that has others beside treatment are about the control group.
    """
    named = {"lower_bound": "upper_bound", "upper_bound": "lower_bound"}
    if term in named:
        return named[term]
    if re.match(r"log |perfectly predicted (arm|.*arm:)", term):
        return ""
    words = {"arm=0": "arm=1", "arm=1": "arm=0", "treatment": "control", "control": "treatment"}
    pattern = r"\b(arm=[01]|treatment|control)(?=\b|,)"
    return re.sub(pattern, lambda found: words[found[0]], term)
