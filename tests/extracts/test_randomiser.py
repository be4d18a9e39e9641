"""Properties and known values of the randomiser: screening, allocation and the audit of a list."""

from datetime import date
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.errors import InputError
from ipseval.extracts.allocation_audit import audit_allocation
from ipseval.extracts.randomiser import Design, Ratio, allocate, screen

AREAS = ["north", "south", "west"]
GROUPS = ["ips", "referral"]
MIXED = Design(("trial_group", "area"), (4, 6, 8))
CHANGING = Design(
    ("trial_group", "area"),
    (6, 12),
    (
        Ratio(2, 1, {"area": "west"}),
        Ratio(1, 2, {"area": "west"}, start=date(2018, 9, 1), end=date(2018, 9, 30)),
    ),
)
quick = settings(max_examples=10, deadline=None)
sizes = st.integers(1, 120)
seeds = st.integers(0, 2**32)


def recruits(n: int, seed: int = 0) -> pd.DataFrame:
    """Recruits over 2018 with many equal times, so that the tie-break by recruit_id matters."""
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2018-07-01") + pd.to_timedelta(np.sort(rng.integers(0, 150, n)), "D")
    return pd.DataFrame(
        {
            "recruit_id": [f"SECRET{i:05d}" for i in rng.permutation(n)],
            "randomised_at": days,
            "trial_group": rng.choice(GROUPS, n),
            "area": rng.choice(AREAS, n),
        }
    )


def one_stratum(arms, **columns) -> pd.DataFrame:
    arms = np.asarray(arms)
    return pd.DataFrame(
        {"stratum": "a", "sequence": np.arange(len(arms)) + 1, "arm": arms} | columns
    )


def planned_list(n: int, design: Design, seed: int = 1) -> pd.DataFrame:
    people = recruits(n).assign(area="north", trial_group="ips")
    return allocate(people, design, seed)


# Design


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": 1}, "no other"),
        ({"strata": "area"}, "rule: strata"),
        ({"strata": ["area", "area"]}, "each once"),
        ({"block_sizes": [4, 0]}, "above zero"),
        ({"block_sizes": [4, 5]}, "multiples of 2"),
        ({"block_sizes": []}, "above zero"),
        ({"ratios": [{"treatment": 1, "control": 1}, {"treatment": 1, "control": 0}]}, "entry 2"),
        ({"ratios": [{"treatment": 1, "control": 1, "colour": 1}]}, "entry 1"),
        ({"ratios": [{"treatment": 1, "control": 1, "start": "1/9/2018"}]}, "YYYY-MM-DD"),
        ({"ratios": [{"treatment": 1, "control": 1, "where": {"town": "x"}}]}, "in strata"),
        ({"ratios": [{"treatment": 2, "control": 1, "where": {"area": "x"}}]}, "multiples of 3"),
    ],
)
def test_design_that_breaks_a_rule_is_refused_by_name(change, message):
    config = {"strata": ["trial_group", "area"], "block_sizes": [4, 6, 8], "ratios": []}
    with pytest.raises(InputError, match=message):
        Design.from_config(config | change)


def test_design_end_before_start_is_refused():
    with pytest.raises(InputError, match="no later than"):
        Design(("area",), (2,), (Ratio(1, 1, start=date(2019, 1, 2), end=date(2019, 1, 1)),))


def test_design_from_config_equals_the_design_in_code():
    west = {"treatment": 1, "control": 2, "where": {"area": "west"}}
    config = {
        "strata": ["trial_group", "area"],
        "block_sizes": [6, 12],
        "ratios": [
            {"treatment": 2, "control": 1, "where": {"area": "west"}, "end": None},
            west | {"start": "2018-09-01", "end": date(2018, 9, 30)},
        ],
    }
    assert Design.from_config(config) == CHANGING


def test_unconditional_ratio_lifts_the_demands_of_those_it_replaces():
    design = Design(("area",), (3,), (Ratio(5, 6, {"area": "x"}), Ratio(2, 1)))
    assert design.applicable == (Ratio(2, 1),)


# Allocation


@quick
@given(n=sizes, seed=seeds)
def test_every_complete_block_is_balanced_and_the_difference_bounded(n, seed):
    allocation = allocate(recruits(n), MIXED, seed)
    blocks = allocation.groupby(["stratum", "block"])
    table = blocks.agg(n=("arm", "size"), treated=("arm", "sum"), size=("block_size", "first"))
    complete = table[table["n"] == table["size"]]
    assert (2 * complete["treated"] == complete["size"]).all()
    assert set(allocation["block_size"]) <= {4, 6, 8}
    running = (2 * allocation["arm"] - 1).groupby(allocation["stratum"]).cumsum().abs()
    assert (running <= allocation["block_size"] / 2).all()
    audit = audit_allocation(allocation)
    assert audit.balance["largest_running_difference"]["all"] == running.max() <= 4
    assert audit.balance["n"]["all"] == n


@quick
@given(n=sizes, seed=seeds)
def test_allocation_does_not_depend_on_the_order_or_index_of_rows(n, seed):
    people = recruits(n)
    shuffled = people.sample(frac=1, random_state=seed % 2**32).set_axis([0] * n)
    expected = allocate(people, CHANGING, seed)
    pd.testing.assert_frame_equal(allocate(shuffled, CHANGING, seed), expected)


@quick
@given(n=sizes, kept=st.floats(0, 1), seed=seeds)
def test_later_recruits_and_other_strata_change_no_earlier_allocation(n, kept, seed):
    people = recruits(n).sort_values(["randomised_at", "recruit_id"])
    whole = allocate(people, CHANGING, seed).set_index("recruit_id")
    early = allocate(people.head(int(kept * n)), CHANGING, seed).set_index("recruit_id")
    pd.testing.assert_frame_equal(early, whole.loc[early.index])
    west = people[people["area"] == "west"]
    alone = allocate(west, CHANGING, seed).set_index("recruit_id")
    pd.testing.assert_frame_equal(alone, whole.loc[alone.index])


def test_allocation_has_its_columns_order_and_counts():
    people = recruits(300)
    allocation = allocate(people, MIXED, 5)
    names = ["recruit_id", "stratum", "sequence", "block", "block_size", "position", "arm"]
    assert list(allocation) == names
    assert allocation.equals(allocation.sort_values(["stratum", "sequence"], ignore_index=True))
    merged = allocation.merge(people, on="recruit_id", validate="one_to_one")
    assert (merged["stratum"] == merged["trial_group"] + "/" + merged["area"]).all()
    by_time = merged.sort_values(["stratum", "randomised_at", "recruit_id"])
    assert by_time["sequence"].equals(merged["sequence"])
    assert (merged["position"] <= merged["block_size"]).all()
    assert list(allocate(people.head(0), MIXED, 5)) == names


def test_allocation_list_of_a_seed_never_changes():
    """A released list must be drawn again identically, under any numpy: values are pinned."""
    allocation = planned_list(12, Design(("area",), (2, 4)), seed=20180401)
    assert allocation["arm"].tolist() == [0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1]
    assert allocation["block_size"].tolist() == [4, 4, 4, 4, 2, 2, 4, 4, 4, 4, 2, 2]


def test_seeds_give_different_lists_and_all_sizes_and_orders_are_as_likely():
    design = Design(("area",), (4, 8))
    drawn = pd.concat([planned_list(400, design, seed) for seed in range(20)], keys=range(20))
    firsts = drawn[drawn["position"] == 1]
    assert abs((firsts["block_size"] == 4).mean() - 0.5) < 4 * 0.5 / np.sqrt(len(firsts))
    four = drawn[drawn["block_size"] == 4].groupby(level=0)["arm"]
    blocks = np.concatenate([arm.to_numpy()[: len(arm) // 4 * 4].reshape(-1, 4) for _, arm in four])
    orders, counts = np.unique(blocks, axis=0, return_counts=True)
    assert len(orders) == comb(4, 2)
    expected = len(blocks) / 6
    assert ((counts - expected) ** 2 / expected).sum() < 20.5  # chi-square, 5 df, p = .001


def test_unequal_ratio_gives_its_exact_count_in_each_block():
    allocation = planned_list(300, Design(("area",), (3, 6), (Ratio(2, 1),)))
    complete = allocation.groupby("block").filter(lambda b: len(b) == b["block_size"].iloc[0])
    treated = complete.groupby("block")["arm"].sum()
    assert (treated * 3 == complete.groupby("block").size() * 2).all()
    assert len(treated) > 50


def test_change_of_ratio_abandons_the_running_block():
    people = recruits(600)
    allocation = allocate(people, CHANGING, 3).merge(people, on="recruit_id")
    west = allocation[allocation["area"] == "west"]
    september = west["randomised_at"].dt.month == 9
    assert west["arm"][september].mean() < 0.45
    assert west["arm"][~september].mean() > 0.55
    assert (september.groupby([west["stratum"], west["block"]]).nunique() == 1).all()
    audit = audit_allocation(allocation, CHANGING)
    assert audit.problems == []
    assert not audit.blocks["complete"].all()
    other = allocation[allocation["area"] != "west"]
    same = allocate(people[people["area"] != "west"], Design(CHANGING.strata, (6, 12)), 3)
    assert other["arm"].tolist() == same["arm"].tolist()


def test_last_day_of_a_ratio_is_included_and_an_equal_ratio_is_no_change():
    people = pd.DataFrame({"recruit_id": range(40), "area": "x"})
    people["randomised_at"] = pd.Timestamp("2018-09-30 23:00")
    people.loc[20:, "randomised_at"] = pd.Timestamp("2018-10-01 00:00")
    design = Design(("area",), (60,), (Ratio(2, 1, end=date(2018, 9, 30)),))
    assert allocate(people, design, 1)["block"].tolist() == [1] * 20 + [2] * 20
    renewed = Design(("area",), (60,), (Ratio(2, 2, start=date(2018, 10, 1)),))
    assert set(allocate(people, renewed, 1)["block"]) == {1}
    zoned = people.assign(randomised_at=people["randomised_at"].dt.tz_localize("Asia/Tokyo"))
    pd.testing.assert_frame_equal(allocate(zoned, design, 1), allocate(people, design, 1))


def test_bad_recruits_are_named_by_row_and_never_by_identifier():
    people = recruits(8)
    people.loc[4, "recruit_id"] = people.loc[1, "recruit_id"]
    people.loc[2, "randomised_at"] = pd.NaT
    people.loc[6, "area"] = " "
    people.loc[7, "trial_group"] = "a/b"
    with pytest.raises(InputError) as raised:
        allocate(people, MIXED, 1)
    message = str(raised.value)
    for rows in ("rows: 2, 5", "rows: 3", "rows: 7", "rows: 8"):
        assert rows in message
    assert "SECRET" not in message
    with pytest.raises(InputError, match="column: area"):
        allocate(people.drop(columns="area"), MIXED, 1)
    with pytest.raises(InputError, match="parsed beforehand"):
        allocate(recruits(3).astype({"randomised_at": str}), MIXED, 1)


# Screening

RULES = [
    {"name": "age", "column": "age", "operator": "ge", "value": 18, "reason": "under 18"},
    {
        "name": "referral",
        "site": "south",
        "column": "source",
        "operator": "in",
        "value": ["gp", "self"],
        "reason": "other source",
    },
    {"name": "consent", "column": "consent", "operator": "is_true", "reason": "no consent"},
]


def test_screen_gives_the_first_reason_of_each_site_and_all_failed_rules():
    candidates = pd.DataFrame(
        {
            "site": ["north", "south", "south", "north", "south"],
            "age": [18, 17, 40, np.nan, 30],
            "source": ["court", "court", "gp", "gp", None],
            "consent": [True, True, None, False, True],
        },
        index=[9, 9, 3, 2, 1],
    )
    result = screen(candidates, RULES)
    assert result.index.equals(candidates.index)
    assert result["eligible"].tolist() == [True, False, False, False, False]
    reasons = ["under 18", "no consent", "under 18", "other source"]
    assert result["refusal_reason"].iloc[0] is pd.NA
    assert result["refusal_reason"].tolist()[1:] == reasons
    failed = ["", "age;referral", "consent", "age;consent", "referral"]
    assert result["failed_rules"].tolist() == failed
    assert result["eligible"].dtype == bool


@pytest.mark.parametrize(
    ("operator", "value", "passed"),
    [
        ("eq", 2, [0, 1, 0, 0]),
        ("ne", 2, [1, 0, 1, 0]),
        ("gt", 2, [0, 0, 1, 0]),
        ("ge", 2, [0, 1, 1, 0]),
        ("lt", 2, [1, 0, 0, 0]),
        ("le", 2, [1, 1, 0, 0]),
        ("in", [1, 3], [1, 0, 1, 0]),
    ],
)
def test_each_operator_and_a_missing_answer_never_passes(operator, value, passed):
    rule = {"name": "r", "column": "x", "operator": operator, "value": value, "reason": "no"}
    for dtype in ("float64", "Int64"):
        candidates = pd.DataFrame({"x": pd.array([1, 2, 3, None], dtype="Int64")}).astype(dtype)
        assert screen(candidates, [rule])["eligible"].tolist() == [bool(x) for x in passed]


def test_screen_compares_dates_and_categories_and_accepts_no_rules():
    candidates = pd.DataFrame(
        {
            "born": pd.to_datetime(["1990-01-01", "2010-01-01"]),
            "kind": pd.Categorical(["a", "b"]),
        }
    )
    born = {"name": "born", "column": "born", "operator": "le", "reason": "too young"}
    kind = {"name": "kind", "column": "kind", "operator": "eq", "value": "b", "reason": "not b"}
    result = screen(candidates, [born | {"value": date(2000, 1, 1)}, kind])
    assert result["failed_rules"].tolist() == ["kind", "born"]
    assert screen(candidates, [])["eligible"].all()
    assert screen(candidates.head(0), [kind]).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"column": "height"}, "a column that the candidates have"),
        ({"operator": "like"}, "operator one of"),
        ({"colour": "red"}, "no other"),
        ({"value": "18"}, "type of column age"),
        ({"value": [18]}, "a list for `in`"),
        ({"operator": "in"}, "a list for `in`"),
        ({"operator": "is_true"}, "true or false"),
        ({"column": "source", "value": "gp", "site": "north"}, "rows: 2"),
    ],
)
def test_rule_that_cannot_be_applied_is_refused(change, message):
    candidates = pd.DataFrame({"age": [18, 17], "source": "gp", "site": ["north", None]})
    with pytest.raises(InputError, match=message):
        screen(candidates, [RULES[0] | change])


# Audit


@pytest.mark.parametrize("size", [2, 4, 6, 10])
def test_expected_guess_share_is_the_closed_form_of_blackwell_and_hodges(size):
    half = size // 2
    share = (half + (4**half / comb(size, half) - 1) / 2) / size
    audit = audit_allocation(one_stratum([0, 1] * size), Design(("area",), (size,)))
    assert audit.predictability["expected_share"].to_numpy() == pytest.approx(share)
    assert {2: 0.75, 4: 17 / 24}.get(size, share) == pytest.approx(share)


@pytest.mark.parametrize(
    ("design", "n"),
    [
        (Design(("area",), (4,)), 40),
        (Design(("area",), (4, 6, 8)), 37),
        (Design(("area",), (3, 6), (Ratio(2, 1),)), 25),
    ],
)
def test_expected_share_and_its_error_are_those_of_many_drawn_lists(design, n):
    people = pd.DataFrame({"recruit_id": range(700 * n), "area": np.repeat(range(700), n)})
    people["randomised_at"] = pd.Timestamp("2019-01-01")
    guesses = audit_allocation(allocate(people, design, 8), design).predictability.drop("all")
    expected, error = guesses["expected_share"].iloc[0], guesses["standard_error"].iloc[0]
    assert guesses["share_guessed"].mean() == pytest.approx(expected, abs=4 * error / 700**0.5)
    assert guesses["share_guessed"].std() == pytest.approx(error, rel=0.1)


def test_blocks_of_two_are_guessed_three_times_in_four_and_half_determined():
    design = Design(("area",), (2,))
    guesses = audit_allocation(planned_list(200, design), design).predictability
    assert guesses["share_guessed"].to_numpy() == pytest.approx(0.75)
    assert guesses["share_determined"].to_numpy() == pytest.approx(0.5)
    assert guesses["standard_error"].to_numpy() == pytest.approx(0, abs=1e-6)


def test_audit_of_a_sound_list_finds_no_problem_and_adds_up():
    people = recruits(900)
    allocation = allocate(people, MIXED, 11)
    audit = audit_allocation(allocation.sample(frac=1, random_state=1), MIXED)
    assert audit.problems == []
    balance = audit.balance
    assert balance.index.tolist() == [*sorted(set(allocation["stratum"])), "all"]
    assert balance["n_treatment"]["all"] == allocation["arm"].sum()
    assert (balance["difference"] == balance["n_treatment"] - balance["n_control"]).all()
    assert balance["n"].iloc[:-1].sum() == balance["n"]["all"] == 900
    assert audit.blocks["balanced"].dropna().all()
    assert (audit.blocks["balanced"].isna() == ~audit.blocks["complete"]).all()
    assert audit.predictability["share_determined"].between(0.1, 0.5).all()


def test_audit_infers_nothing_about_blocks_that_are_not_listed():
    allocation = planned_list(40, MIXED).drop(columns=["block", "block_size"])
    audit = audit_allocation(allocation, MIXED)
    assert audit.blocks is None
    assert audit.predictability["share_determined"].isna().all()


def test_audit_finds_swapped_arms_by_block():
    allocation = planned_list(60, MIXED)
    row = allocation.index[allocation["block"] == 3][0]
    allocation.loc[row, "arm"] = 1 - allocation.loc[row, "arm"]
    assert "Stratum ips/north: block 3 is complete but unbalanced." in (
        audit_allocation(allocation, MIXED).problems
    )


def test_audit_finds_dropped_and_repeated_rows():
    allocation = planned_list(60, MIXED)
    dropped = audit_allocation(allocation.drop(index=1), MIXED).problems
    assert "Stratum ips/north: the sequence has gaps or duplicates." in dropped
    assert "Stratum ips/north: block 1 is incomplete but not the last." in dropped
    repeated = pd.concat([allocation, allocation.head(1)])
    problems = audit_allocation(repeated, MIXED).problems
    assert "Stratum ips/north: the sequence has gaps or duplicates." in problems
    assert "Stratum ips/north: block 1 holds more than its block size." in problems


def test_audit_finds_alternation_which_a_guesser_predicts():
    alternating = one_stratum([1, 0] * 100)
    alternating_audit = audit_allocation(alternating, Design(("area",), (4,)))
    guesses = alternating_audit.predictability.loc["a"]
    assert guesses["share_guessed"] == pytest.approx(0.75)
    assert guesses["runs_p"] < 1e-10
    assert len(alternating_audit.problems) == 1
    assert "Stratum a: a convergence guess is right 75.0%" in alternating_audit.problems[0]
    assert "fair coin" in audit_allocation(alternating).problems[0]


def test_audit_finds_a_ratio_far_from_plan():
    arms = np.random.default_rng(0).permutation([1] * 200 + [0] * 100)
    assert any(
        "far from 1:1" in problem for problem in audit_allocation(one_stratum(arms)).problems
    )
    planned = Design(("area",), (3,), (Ratio(2, 1),))
    audit = audit_allocation(one_stratum(arms), planned)
    assert not any("far from" in problem for problem in audit.problems)
    assert audit.balance["difference"].tolist() == [0, 0]


def test_runs_test_is_the_textbook_normal_approximation():
    arms = [1, 1, 0, 0, 0, 1, 0, 1, 1, 1]  # runs 5, n 10, n1 6, n2 4: mean 5.8, variance 2.0267
    p = audit_allocation(one_stratum(arms)).predictability["runs_p"]["a"]
    assert p == pytest.approx(0.5741, abs=1e-3)
    assert audit_allocation(one_stratum([1, 1])).predictability["runs_p"].isna().all()


def test_bad_allocation_lists_are_refused_with_row_numbers():
    good = one_stratum([1, 0, 1, 0])
    for wrong, message in [
        (good.assign(arm=[1, 0, 2, 0]), "rows: 3"),
        (good.assign(stratum=["a", None, "a", "a"]), "rows: 2"),
        (good.assign(stratum=["a", "a", "a", "all"]), "rows: 4"),
        (good.assign(block=1), "column: block_size"),
        (good.drop(columns="sequence"), "column: sequence"),
        (good.head(0), "nothing to audit"),
    ]:
        with pytest.raises(InputError, match=message):
            audit_allocation(wrong)
    with pytest.raises(InputError, match="trial_group/area"):
        audit_allocation(good, MIXED)
    with pytest.raises(InputError, match="column: randomised_at"):
        audit_allocation(planned_list(5, MIXED), CHANGING)
