"""Without an effect nothing that treatment itself is not depends on who is treated."""

import numpy as np
import pandas as pd
import pytest
from helpers import trial_config

from ipseval.config.run import ExtractSource
from ipseval.extracts.build import Context, build_tables
from ipseval.provenance import ROOT
from ipseval.twin import hlt, trailblazers
from ipseval.twin.arms import ARMS, arms_apart

# What is given to the treated alone: support, its records and its costs.
TREATMENT = {
    "allocation",
    "caseloads",
    "sessions",
    "job_starts",
    "ledger",
    "fidelity_reviews",
    "fidelity_items",
}
# What people say of the specialist whom they met.
ON_THE_SERVICE = [
    "specialist_understands_needs",
    "specialist_has_skills",
    "service_helped_condition",
]


def extracts(trial: str, effect: str, scale: float, seed: int = 5) -> dict[str, pd.DataFrame]:
    config = trial_config(trial)
    folder = ROOT / "config" / "trials" / trial
    context = Context(
        config.trial, folder, ROOT / "config" / "published", seed, effect, scale, lambda _: None
    )
    source = ExtractSource(source="synthetic", module=f"ipseval.twin.{trial}")
    return build_tables(trial, source, config.extracts, context)


def dealt_again(people: pd.DataFrame) -> pd.DataFrame:
    """Return people whose arms are dealt again, as many of each."""
    return people.assign(arm=np.random.default_rng(3).permutation(people["arm"].to_numpy()))


def hlt_with_other_arms(monkeypatch: pytest.MonkeyPatch, effect: str) -> dict[str, pd.DataFrame]:
    randomise = hlt.randomise

    def other(*args, **kwargs):
        people, allocation = randomise(*args, **kwargs)
        people = dealt_again(people)
        arms = people.set_index("recruit_id")["arm"]
        return people, allocation.assign(arm=allocation["recruit_id"].map(arms))

    monkeypatch.setattr(hlt, "randomise", other)
    return extracts("hlt", effect, 0.1)


def same(one: pd.DataFrame, other: pd.DataFrame, leave: list[str]) -> bool:
    kept = [name for name in one if name not in leave]
    return one[kept].equals(other[kept])


@pytest.mark.parametrize("effect", ["none", "published"])
def test_without_an_effect_hlt_is_the_same_whoever_is_treated(monkeypatch, effect):
    tables = extracts("hlt", effect, 0.1)
    others = hlt_with_other_arms(monkeypatch, effect)
    assert not tables["allocation"].equals(others["allocation"])
    differ = {
        name
        for name, table in tables.items()
        if not same(table, others[name], ["arm", *ON_THE_SERVICE])
    }
    if effect == "none":
        assert differ <= TREATMENT
    else:
        assert {"survey_4_month", "survey_12_month", "payments", "fieldwork_12_month"} <= differ


def test_arms_are_apart_only_where_they_may_differ():
    assert arms_apart("published") == [{"treatment": 1}, {"control": 0}]
    assert arms_apart("none") == [ARMS]


def trailblazers_with_other_arms(monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    recruit = trailblazers.recruit
    monkeypatch.setattr(trailblazers, "recruit", lambda *args: dealt_again(recruit(*args)))
    return extracts("trailblazers", "none", 1)


def test_without_an_effect_the_trailblazers_are_the_same_whoever_is_treated(monkeypatch):
    tables = extracts("trailblazers", "none", 1)
    others = trailblazers_with_other_arms(monkeypatch)
    assert not tables["participants"]["arm"].equals(others["participants"]["arm"])
    # Whom the service lets wait is what the design says of controls.
    for name, table in tables.items():
        assert same(table, others[name], ["arm", "waiting_until"]), name


def test_chance_deals_the_arms_of_the_trailblazers_in_their_numbers():
    made = [extracts("trailblazers", effect, 0.5) for effect in ("none", "published")]
    counts = [tables["participants"].groupby(["site", "arm"]).size() for tables in made]
    pd.testing.assert_series_equal(*counts)


@pytest.mark.parametrize(("seed", "left"), [(3, "on a weekend"), (12, "before a first session")])
def test_nobody_meets_a_specialist_after_leaving(seed, left):
    """In small trials of these seeds somebody left then; the rules across tables refuse them."""
    tables = extracts("hlt", "none", 0.15, seed)
    both = tables["sessions"].merge(tables["withdrawals"], on="recruit_id")
    assert len(both), left
    assert (both["held_on"] <= both["happened_on"]).all()
