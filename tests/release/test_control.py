"""Each way in which today's exhibits gave people away is closed, and the attack knows it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from release.made_up import ONS, controlled, people, write_release

from ipseval.config.disclosure import DisclosurePolicy
from ipseval.disclosed import Counts, Key
from ipseval.errors import InputError
from ipseval.files import read_csv, write_csv
from ipseval.release.attack import attack
from ipseval.release.ledger import add_release, earlier_intervals, refuse_other_data
from ipseval.report.by_arm import source_by_arm
from ipseval.report.cells import as_frame, cell
from ipseval.report.exhibits.balance_tests import BalanceTests
from ipseval.report.exhibits.counts_by_group import CountsByGroup
from ipseval.report.exhibits.effects_table import EffectsTable
from ipseval.report.exhibits.histogram import Histogram
from ipseval.report.exhibits.identifier_health import IdentifierHealth
from ipseval.report.exhibits.missing_by_arm import MissingByArm
from ipseval.report.exhibits.recruitment_curve import RecruitmentCurve

ABOUT = {"title": "t", "base": "b"}
COUNTS = CountsByGroup(
    kind="counts_by_group",
    **ABOUT,
    groups={"north": "North", "south": "South", "pooled": "All"},
    rows=[
        {"row": "randomised", "columns": ["all", "treatment", "control"]},
        {"row": "seen", "column": "seen", "columns": ["all", "treatment", "control"]},
    ],
)


def everyone(**north: int):
    """Return people of two groups; of north's treatment group so many are not seen."""
    unseen = north.get("unseen", 3)
    return people(
        {
            ("north", 1): [{"seen": 1, "times": 60 - unseen}, {"seen": 0, "times": unseen}],
            ("north", 0): [{"seen": 1, "times": 40}, {"seen": 0, "times": 20}],
            ("south", 1): [{"seen": 1, "times": 70}, {"seen": 0, "times": 30}],
            ("south", 0): [{"seen": 1, "times": 50}, {"seen": 0, "times": 25}],
        }
    )


def gone(found, exhibit):
    """Return which cells of an exhibit are withheld."""
    part = found.cells[exhibit]
    keys = part[part["printed"] == "[c]"][["panel", "row", "column"]]
    return set(keys.itertuples(index=False, name=None))


def held(folder, found, policy=ONS):
    """Attack what was released, and return what it found."""
    made = write_release(folder, found)
    return attack(made, policy.width, policy.threshold, policy.rounding)


def test_people_who_are_missing_from_a_sample_are_protected(tmp_path):
    """Sample and randomised are both large; what lies between them is 3 people."""
    found = controlled(tmp_path / "trial", everyone(), {"counts": COUNTS})
    assert not found.suppression.unprotected
    assert gone(found, "counts")
    result = held(tmp_path / "out", found)
    assert not result.narrow
    small = "people: groups=north arm=1 without people: groups=north arm=1 seen=1"
    low, high = result.bounds[small]
    assert low <= 3 <= high
    assert high - low >= ONS.width


def test_without_differences_the_same_people_are_given_away(tmp_path):
    """What acro's policy leaves open is open: the attack is not blind."""
    policy = DisclosurePolicy(description="acro", width=2, differences=False)
    found = controlled(tmp_path / "trial", everyone(), {"counts": COUNTS}, policy)
    assert not gone(found, "counts")
    result = held(tmp_path / "out", found)
    assert [n for n, (low, high) in result.narrow.items() if low == high == 3]


def test_one_exhibit_does_not_give_back_what_another_withholds(tmp_path):
    """Recruitment of 2 people in a month, by the total of another table."""
    frame = everyone(unseen=20)
    month = pd.Series(["2018-05"] * 40 + ["2018-06"] * 78 + ["2018-07"] * 2)
    days = pd.concat([month, pd.Series(["2018-05"] * (len(frame) - 120))], ignore_index=True)
    frame["randomised_on"] = pd.to_datetime(days + "-01")
    curve = RecruitmentCurve(kind="recruitment_curve", **ABOUT)
    found = controlled(tmp_path / "trial", frame, {"counts": COUNTS, "curve": curve})
    withheld = gone(found, "curve")
    assert ("north", "2018-07", "randomised") in withheld
    assert len(withheld) > 1
    assert not held(tmp_path / "out", found).narrow
    # One at a time the exhibits are safe; together they are not.
    alone = controlled(tmp_path / "alone", frame, {"curve": curve})
    apart = write_release(tmp_path / "apart", found)
    part = alone.cells["curve"].copy()
    put_back = (part["panel"] == "north") & (part["row"] != "2018-07")
    part.loc[put_back, ["value", "n"]] = [[40, 40], [78, 78]]
    part.loc[put_back, "printed"] = ["40", "78"]
    write_csv(apart / "curve.csv", part)
    narrow = attack(apart, 5, 10).narrow
    assert any("2018-07" in name for name in narrow)


def test_a_share_is_released_as_printed_and_its_base_is_its_own(tmp_path):
    """Numbers are as printed; unrounded shares would give their counts."""
    table = BalanceTests(
        kind="balance_tests",
        **ABOUT,
        panel="all",
        rows={"seen": {"column": "seen", "category": None, "statistic": "proportion"}},
    )
    found = controlled(tmp_path / "trial", everyone(unseen=20), {"table": table})
    cells = found.cells["table"].set_index(["row", "column"])
    assert cells.loc[("seen", "control"), "value"] == 0.67  # 90 of 135
    assert cells.loc[("seen", "control"), "n"] == 135


def model(**given):
    options = {"estimator": "logit", "must_be_known": [], "weighted_by": None, "adjusted_for": None}
    options |= given
    adjusted = options.pop("adjusted_for")
    return SimpleNamespace(**options, adjusted_for=lambda _: adjusted or [])


def effects(control, n, base, effect=0.0, estimator="logit"):
    """Return the cells of an effect, with N of the model."""
    source = f"impact/f.csv: group=north outcome=working model={estimator} term=arm"
    rows = [
        cell("north", "working", "n", "base", n, str(n), "participants", n, source=source),
        cell(
            "north", "working", "control", "percent", 100 * control, f"{100 * control:.1f}",
            "percent", base, source=source,
        ),
        cell(
            "north", "working", "difference", "ppt", 100 * effect, f"{100 * effect:.1f}",
            "percentage_points", n, source=source,
        ),
    ]  # fmt: skip
    return as_frame(rows)


def family(name, **given):
    return {"f": SimpleNamespace(by_month=False, by_linkage=False, models={name: model(**given)})}


def spec(name, treatment="adjusted", difference="unrounded"):
    return EffectsTable(
        kind="effects_table",
        **ABOUT,
        family="f",
        model=name,
        groups={"north": "north"},
        outcomes={"working": "working"},
        treatment=treatment,
        difference=difference,
    )


def test_the_n_of_a_model_is_that_of_its_sample(tmp_path):
    """Table 6.2, West London: 24.1%, n 24, base 29, so 7 people."""
    frame = people(
        {
            ("north", 1): [{"working": 1, "times": 60}, {"working": 0, "times": 40}],
            ("north", 0): [{"working": 1, "times": 7}, {"working": 0, "times": 22}],
            ("south", 1): [{"working": np.nan, "times": 50}],
            ("south", 0): [{"working": np.nan, "times": 50}],
        }
    )
    cells = {"e": effects(7 / 29, 124, 24)}
    found = controlled(
        tmp_path / "trial",
        frame,
        {"e": spec("logit")},
        ONS.model_copy(update={"degrees_of_freedom": 0}),
        cells=cells,
        families=family("logit"),
    )
    released = found.cells["e"].set_index("column")
    assert released.loc["control", "printed"] == "[c]", "7 people"
    assert released.loc["n", "printed"] in ("129", "[c]"), "5 people less tell their outcome"


def test_control_mean_and_unadjusted_effect_are_one_count(tmp_path):
    """The two give the treatment count; where it is small both may not stand."""
    frame = people(
        {
            ("north", 1): [{"working": 1, "times": 4}, {"working": 0, "times": 96}],
            ("north", 0): [{"working": 1, "times": 30}, {"working": 0, "times": 70}],
            ("south", 1): [{"working": np.nan, "times": 50}],
            ("south", 0): [{"working": np.nan, "times": 50}],
        }
    )
    cells = {"e": effects(0.3, 200, 100, effect=0.04 - 0.3, estimator="ols")}
    found = controlled(
        tmp_path / "trial",
        frame,
        {"e": spec("ols")},
        ONS.model_copy(update={"degrees_of_freedom": 0}),
        cells=cells,
        families=family("ols", estimator="ols"),
    )
    released = found.cells["e"].set_index("column")["printed"]
    assert "[c]" in (released["difference"], released["control"])
    assert not held(tmp_path / "out", found).narrow


@pytest.mark.parametrize("times", [(4, 30), (30, 4), (40, 30)])
def test_a_difference_of_printed_shares_leaves_with_both_of_them(tmp_path, times):
    """It is no more than they are, and where one is withheld the other would give it back."""
    frame = people(
        {
            ("north", arm): [{"working": 1, "times": n}, {"working": 0, "times": 97 - n}]
            for arm, n in zip((1, 0), times, strict=True)
        }
        | {("south", arm): [{"working": np.nan, "times": 50}] for arm in (1, 0)}
    )
    treated, control = (n / 97 for n in times)
    shown = round(100 * treated, 1) - round(100 * control, 1)
    cells = effects(control, 194, 97, effect=shown / 100, estimator="ols")
    source = cells["source"].iloc[0]
    mean = cell(
        "north", "working", "treatment", "percent", 100 * treated, f"{100 * treated:.1f}",
        "percent", 97, source=source,
    )  # fmt: skip
    found = controlled(
        tmp_path / "trial",
        frame,
        {"e": spec("ols", "raw", "of_printed")},
        ONS.model_copy(update={"degrees_of_freedom": 0}),
        cells={"e": pd.concat([cells, as_frame([mean])], ignore_index=True)},
        families=family("ols", estimator="ols"),
    )
    released = found.cells["e"].set_index("column")["printed"]
    hidden = {name for name in ("control", "treatment") if released[name] == "[c]"}
    assert bool(hidden) == (min(times) < 10)
    assert (released["difference"] == "[c]") == bool(hidden)
    assert not held(tmp_path / "out", found).narrow
    if hidden:
        # Put back, it is found out by whoever knows how the table is made.
        found.cells["e"].loc[found.cells["e"]["column"] == "difference", ["printed", "value"]] = [
            f"{shown:.1f}",
            round(shown, 1),
        ]
        assert held(tmp_path / "again", found).narrow


@pytest.mark.parametrize(("unknown", "withheld"), [(0, False), (3, True), (30, False)])
def test_that_an_outcome_is_known_of_all_withholds_nothing(tmp_path, unknown, withheld):
    """Of complete data it would withhold how many were randomised, and every estimate with it."""
    spec = MissingByArm(kind="missing_by_arm", **ABOUT, outcomes=["answer"])
    rows = [{"answer": "yes", "times": 60 - unknown}, {"answer": None, "times": unknown}]
    frame = people({("north", 1): rows, ("north", 0): [{"answer": "yes", "times": 70}]})
    made = []
    for column, arm in (("treatment", 1), ("control", 0)):
        whole = int((frame["arm"] == arm).sum())
        known = int(frame.loc[frame["arm"] == arm, "answer"].notna().sum())
        everyone, those = (source_by_arm(arm, name) for name in (None, "answer"))
        all_, keys = (("people", name, column) for name in ("randomised", "answer"))
        share = 100 * known / whole
        made += [
            cell(*all_, "count", whole, f"{whole}", "people", whole, source=everyone),
            cell(*keys, "count", known, f"{known}", "people", whole, source=those),
            cell(*keys, "percent", share, f"({share:.1f}%)", "percent", whole, source=those),
        ]
    found = controlled(tmp_path, frame, {"missing": spec}, cells={"missing": as_frame(made)})
    assert bool(gone(found, "missing")) is withheld
    assert not held(tmp_path / "out", found).narrow


def test_a_histogram_is_under_the_same_rules(tmp_path):
    frame = everyone(unseen=20)
    frame["score"] = np.arange(len(frame)) % 10.0
    frame.loc[frame.index[:3], "score"] = 10.5
    figure = Histogram(
        kind="histogram", **ABOUT, column="score", edges=[0, 5, 10, 11], unit="points", smallest=1
    )
    found = controlled(tmp_path / "trial", frame, {"figure": figure})
    assert ("treatment", "10 to 11", "share") in gone(found, "figure")
    assert not held(tmp_path / "out", found).narrow


def test_a_value_that_is_not_that_of_its_key_stops_the_build(tmp_path):
    wrong = COUNTS.cells(SimpleNamespace(people=everyone(), config=_config()))
    wrong.loc[0, "value"] += 1
    with pytest.raises(InputError, match="two values"):
        controlled(tmp_path, everyone(), {"counts": COUNTS}, cells={"counts": wrong})


def _config():
    from release.made_up import trial_config

    return trial_config({})


def test_a_sum_that_does_not_add_up_stops_the_build(tmp_path):
    class Wrong(CountsByGroup):
        def sums(self, cells, config):
            from ipseval.disclosed import Key

            return [(Key(), [Key(("north",))])]

    spec = Wrong.model_validate(COUNTS.model_dump())
    with pytest.raises(InputError, match="does not add up"):
        controlled(tmp_path, everyone(), {"counts": spec})


def test_a_kind_without_a_class_is_refused(tmp_path):
    class Undeclared(CountsByGroup):
        disclosure = None

    spec = Undeclared.model_validate(COUNTS.model_dump())
    with pytest.raises(InputError, match="declares no class") as refused:
        controlled(tmp_path, everyone(), {"counts": spec})
    assert "counts_by_group" in str(refused.value)


def test_a_kind_that_draws_people_as_points_is_withheld(tmp_path):
    class Points(CountsByGroup):
        draws_people = True

    spec = Points.model_validate(COUNTS.model_dump())
    found = controlled(tmp_path, everyone(), {"counts": spec})
    assert (found.cells["counts"]["printed"] == "[c]").all()
    assert "points" in found.refused["counts"]


def test_counts_are_rounded_where_the_policy_says_so(tmp_path):
    policy = DisclosurePolicy(description="opensafely", threshold=8, width=5, rounding=5)
    found = controlled(tmp_path / "trial", everyone(unseen=20), {"counts": COUNTS}, policy)
    shown = found.cells["counts"]["value"].dropna()
    assert len(shown)
    assert (shown % 5 == 0).all()
    assert not held(tmp_path / "out", found, policy).narrow


def test_a_later_release_is_protected_against_an_earlier_one(tmp_path):
    """What stood in an earlier release is known, whatever this one withholds."""
    ledger, data = tmp_path / "ledger.json", {"made-up": "a"}
    add_release(ledger, data, {"made-up": {"people: groups=north arm=1 seen=1": (57, 57)}})
    earlier = earlier_intervals([str(ledger)], "made-up")
    found = controlled(tmp_path / "trial", everyone(), {"counts": COUNTS}, earlier=earlier)
    made = write_release(tmp_path / "out", found)
    assert not attack(made, 5, 10, earlier=earlier).narrow
    assert any(row[1] == "randomised" for row in gone(found, "counts"))
    # A release that forgets the earlier one is noticed.
    forgetful = controlled(tmp_path / "other", everyone(), {"counts": COUNTS})
    known = {"people: groups=north arm=1": (60, 60), **earlier}
    assert attack(write_release(tmp_path / "out2", forgetful), 5, 10, earlier=known).narrow
    with pytest.raises(InputError, match="other data"):
        refuse_other_data(ledger, {"made-up": "b"})


def test_released_files_and_counts_agree(tmp_path):
    found = controlled(tmp_path / "trial", everyone(), {"counts": COUNTS})
    out = write_release(tmp_path / "out", found)
    cells = read_csv(out / "declared" / "counts.csv", dtype="str", keep_default_na=False)
    assert set(cells["status"]) == {"released", "withheld"}
    assert (cells.loc[cells["status"] == "withheld", "reason"] != "").all()


@pytest.mark.parametrize("threshold", [0, 1, -5])
def test_a_threshold_that_protects_nobody_is_refused(threshold):
    with pytest.raises(ValidationError):
        DisclosurePolicy(description="x", threshold=threshold)


def identifiers(folder, **counts):
    """Write what linkage says of an identifier, a record a person; return the exhibit and table."""
    line = {"records": 295, "present": 200, "well_formed": 200, "placeholder": 0, "shared": 0}
    line |= counts
    line |= {"share_well_formed": line["well_formed"] / line["present"]}
    frame = pd.DataFrame([{"source": "hmrc", "table": "recruits", "field": "nino", **line}])
    write_csv(folder / "linkage" / "identifiers.csv", frame)
    return IdentifierHealth(kind="identifier_health", **ABOUT), frame


@pytest.mark.parametrize(
    ("counts", "withheld"),
    [
        ({}, set()),
        # All of them well formed tells nothing of a person; a few that are not, do.
        ({"well_formed": 196}, {"share_well_formed"}),
        # All records are those of everybody, whose number another exhibit shows.
        ({"present": 289, "well_formed": 60}, {"present", "share_well_formed"}),
        ({"shared": 4}, {"shared"}),
    ],
)
def test_what_a_result_tallies_is_protected_with_what_is_left_of_it(tmp_path, counts, withheld):
    spec, frame = identifiers(tmp_path, **counts)
    data = SimpleNamespace(table=lambda _: frame)
    cells = spec.cells(data)
    exhibits = {"health": spec, "counts": COUNTS}
    found = controlled(tmp_path, everyone(unseen=30), exhibits, cells={"health": cells})
    hidden = {column for _, _, column in gone(found, "health")}
    assert withheld <= hidden if withheld else hidden == set()
    assert not found.suppression.unprotected
    assert not held(tmp_path / "out", found).narrow


@pytest.mark.parametrize(
    ("largest", "policy", "withheld"),
    [
        ([500.0, 400.0], {}, set()),
        # Two of the controls have more than nine tenths of what controls have.
        ([400_000.0, 300_000.0], {}, {"control"}),
        # All but two have less than a tenth of the first, who has less than nine tenths.
        ([30_000.0, 4_000.0], {"dominance": 1.0}, {"control"}),
        ([400_000.0, 300_000.0], {"dominance": None}, set()),
    ],
)
def test_means_that_one_or_two_people_dominate_are_withheld(tmp_path, largest, policy, withheld):
    pay = [*largest, *[100.0] * 20]
    frame = people(
        {
            ("north", 0): [{"pay": value} for value in pay],
            ("north", 1): [{"pay": 100.0, "times": 40}],
            ("south", 0): [{"pay": 0.0, "times": 20}],
            ("south", 1): [{"pay": 50.0, "times": 20}],
        }
    )
    rows = {"pay": {"column": "pay", "category": None, "statistic": "mean", "decimals": 0}}
    table = BalanceTests(kind="balance_tests", **ABOUT, panel="all", rows=rows)
    chosen = ONS.model_copy(update=policy)
    found = controlled(tmp_path / "trial", frame, {"table": table}, chosen)
    assert {column for _, row, column in gone(found, "table") if row == "pay"} == withheld


# Employers of whom people have their pay, and whether a mean of it may leave.
EMPLOYERS = [
    ([f"e{i % 20}" for i in range(40)], True),
    ([f"e{i % 9}" for i in range(40)], False),
    (["e0"] * 80 + ["e1"] * 25 + [f"e{i}" for i in range(2, 9)] + ["e9"], False),
    ([None] * 30 + [f"e{i}" for i in range(10)], True),
]


@pytest.mark.parametrize(("employers", "leaves"), EMPLOYERS)
def test_employers_are_counted_like_people_where_declared(tmp_path, employers, leaves):
    one = [{"pay": 100.0, "employer": name} for name in employers]
    many = [{"pay": 100.0, "employer": f"e{i}"} for i in range(40)]
    arms = {("north", 0): one, ("north", 1): many, ("south", 0): many, ("south", 1): many}
    rows = {"pay": {"column": "pay", "category": None, "statistic": "mean", "decimals": 0}}
    table = BalanceTests(kind="balance_tests", **ABOUT, panel="all", rows=rows)
    tables = {"table": table.model_copy(update={"group": "north"})}
    frame = people(arms)
    found = controlled(tmp_path / "plain", frame, tables)
    assert not gone(found, "table"), "nothing of it is withheld where nobody declares them"
    found = controlled(tmp_path / "trial", frame, tables, organisations=("employer",))
    assert ("control" not in {column for _, _, column in gone(found, "table")}) == leaves


def test_a_column_of_organisations_that_is_not_there_is_refused(tmp_path):
    frame = people({("north", 0): [{"pay": 1.0, "times": 40}], ("south", 1): [{"pay": 1.0}]})
    rows = {"pay": {"column": "pay", "category": None, "statistic": "mean", "decimals": 0}}
    table = BalanceTests(kind="balance_tests", **ABOUT, panel="all", rows=rows)
    with pytest.raises(InputError, match="no such column"):
        controlled(tmp_path, frame, {"t": table}, organisations=("employer",))


LEVELS = [(0.5, 20, 1), (0.5, 19, 0), (0.25, 40, 1), (0.75, 39, 0), (0.1, 99, 0), (0.9, 100, 1)]


@pytest.mark.parametrize(("level", "people_in", "shown"), LEVELS)
def test_a_quantile_needs_people_on_either_side_of_it(tmp_path, level, people_in, shown):
    frame = people({("north", 0): [{"pay": 1.0, "times": people_in}], ("north", 1): [{"pay": 2.0}]})
    kind = SimpleNamespace(
        withheld="",
        draws_people=False,
        names_follow=False,
        disclosure="position",
        cells=lambda data: as_frame(
            [cell("", "pay", "control", "median", 1, "1", "", people_in, source="x")]
        ),
        counts=lambda row, config: Counts(
            "position", "follows", among=Key(("north",), "0"), quantile=level
        ),
        sums=lambda frame, config: [],
    )
    found = controlled(tmp_path, frame, {"t": kind})
    assert len(gone(found, "t")) == 1 - shown
