"""What economics.yaml refuses, naming the key; and distributions against those of scipy."""

import pytest
from appraised import amount, changed, declared, quantity
from scipy import stats

from ipseval.config.base import facts
from ipseval.config.economics import Economics
from ipseval.economics.quantities import draw_quantities, quantities_table
from ipseval.errors import InputError
from ipseval.kinds import DISTRIBUTIONS
from ipseval.provenance import ROOT, modules_of
from ipseval.streams import Streams

PRICELESS = quantity(100)
BEYOND = ("benefits.health.horizon_years", 5)
PRICED = {"value": 1, "price_year": 2020}
DECISION = {"appraisal": "main", "case": "economic", "population": 1}
WEIGHTS = {"income": "nothing", "reference_income": "worth", "elasticity": "tax"}
LEDGER_BY_TIME = changed()["cost"]["ledger"] | {"hours": "hours", "hourly_rate": "hourly_rate"}
IMPACTS = {
    "later": {"outcome": "pay_later"},
    "years": {"outcome": "years"},
    "priced": {"outcome": "pay_later", "price_year": 2020},
}
MAIN = changed()["appraisals"]["main"]
YEARS = changed()["benefits"]["health"] | {"flows": [{"impact": "years", "to_month": 4}]}
PERCENT = r"a fraction from 0 to 0\.3, not 3\.5; as a fraction, 3\.5% is 0\.035"
BAD = [
    ("values.worth", PRICELESS, "values.worth.price_year", "Field required"),
    ("values.worth.price_year", 2011, "values.worth.price_year", "no deflator for 2011"),
    ("values.worth.distribution", {"kind": "normal", "standard_error": -1}, "worth", "than 0"),
    ("values.worth.distribution", {"kind": "uniform", "low": 9, "high": 5}, "worth", "must be bel"),
    ("values.worth.distribution", {"kind": "uniform", "low": 1, "high": 5}, "worth", "lies outsid"),
    ("values.worth.distribution", {"kind": "triangular", "low": 1, "high": 5}, "worth", "outside"),
    ("values.worth.distribution", {"kind": "beta", "standard_error": 1}, "worth", "between 0 and"),
    ("rates.tax.distribution", {"kind": "beta", "standard_error": 0.5}, "tax", r"below 0\.458"),
    ("values.worth.distribution", {"kind": "cauchy"}, "worth", "cauchy"),
    ("discount.money", 3.5, "discount.money", PERCENT),
    ("discount.health", -0.01, "discount.health", "a fraction from 0"),
    ("appraisals.main.scenarios", {"s": {"label": "S", "discount": {"money": 5}}}, "s", "5% is"),
    (*BEYOND, "benefits.health.horizon_years", "horizon of 5 years is beyond"),
    *(
        (where, {"s": {"label": "S", key: {name: 2}}}, f"{where}.s.{at}", problem)
        for where in ("scenarios", "appraisals.main.scenarios")
        for key, name, at, problem in (
            ("horizon_years", "pay", "horizon_years.pay", "declare decay"),
            ("horizon_years", "pya", "horizon_years", "did you mean 'pay'"),
            ("set", "wurth", "set", "did you mean 'worth'"),
        )
    ),
    ("benefits.tax.gains", {"participant": -1, "exchequer": 0.9}, "tax", r"sum to -0\.1"),
    ("benefits.health.kind", "wellbeing", "health.kind", "wellby"),
    ("benefits.pay.unit_value", ["worht"], "benefits.pay.unit_value.0", "did you mean 'worth'"),
    (
        "benefits.pay.flows",
        [{"impact": "pai", "to_month": 12}],
        "benefits.pay.flows.0.impact",
        "did you mean 'pay'",
    ),
    ("benefits.pay.continued_by", "pai", "benefits.pay.continued_by", "did you mean 'pay'"),
    ("benefits.pay.decay", "worth", "benefits.pay.decay", "unknown name 'worth'"),
    ("benefits.pay.flows", [{"impact": "pay", "from_month": 12, "to_month": 12}], "pay", "after"),
    ("appraisals.main.benefits", ["pya"], "appraisals.main.benefits.0", "did you mean 'pay'"),
    ("cost.per_head", "worth", "cost", "either ledger or per_head"),
    ("cost.ledger.hours", "hours", "cost.ledger", "hourly_rate go together"),
    ("cost.ledger.shared_by", "recruits", "cost.ledger", "column of the site"),
    ("values.qaly.value", float("nan"), "values.qaly.value", "finite"),
    ("values.qaly.value", -70_000, "values.qaly.value", "than or equal to 0"),
    (
        "values.worth.distribution",
        {"kind": "uniform", "low": -1, "high": 200},
        "values.worth.distribution.low",
        "not below",
    ),
    ("values.worth.distribution", {"kind": "uniform", "low": 1, "high": 1e999}, "w", "finite"),
    ("deflator", {2020: 0}, "deflator", "greater than 0"),
    ("not_calculated", ["foo"], "not_calculated.0", "unknown name 'foo'"),
    ("threshold", {"tabulated": [-5], "highest": 10}, "threshold", "greater than 0"),
    ("decision", DECISION | {"further_trial": [-500]}, "further_trial", "than or equal to 1"),
    ("rates.decay.value", 20, "rates.decay.value", "as a fraction, 20% is 0.2"),
    *(
        (
            "rates.decay.distribution",
            {"kind": kind, "standard_error": 0.1},
            "decay.dist",
            "use beta",
        )
        for kind in ("normal", "gamma")
    ),
    (
        "rates.decay.distribution",
        {"kind": "uniform", "low": 0, "high": 2},
        "rates.decay.distribution.high",
        "0 and 1, not",
    ),
    ("scenarios", {"s": {"label": "S", "set": {"decay": 27}}}, "s.set.decay", "27% is 0.27"),
    ("scenarios", {"s": {"label": "S", "set": {"qaly": -1}}}, "s.set.qaly", "not below 0"),
    (
        "scenarios",
        {"s": {"label": "S", "set": {"qaly": {"value": 1, "price_year": 2011}}}},
        "scenarios.s.set.qaly.price_year",
        "no deflator for 2011",
    ),
    ("scenarios", {"s": {"label": "S", "set": {"tax": PRICED}}}, "s.set.tax", "has no price year"),
    ("appraisals.main.benefits", ["pay", "pay"], "appraisals.main", "lists 'pay' twice"),
    ("benefits.pay.unit_value", [], "benefits.pay.unit_value", "so it needs a price_year"),
    ("benefits.pay.unit_value", ["worth", "qaly"], "pay.unit_value", "worth and qaly are amounts"),
    ("impacts.pay.price_year", 2020, "benefits.pay.unit_value", "would price it again"),
    ("benefits.health.unit_value", [], "benefits.health.unit_value", "no amount says what one is"),
    ("benefits.health.unit_value", ["tax"], "health.unit_value", "no amount says what one is"),
    ("impacts.index.price_year", 2020, "benefits.health.kind", "'index' is money"),
    ("benefits.pay.gains", {"participant": 100}, "benefits.pay.gains", "less than or equal to 1"),
    (
        "benefits.area",
        YEARS,
        "benefits.area.flows.0.to_month",
        "months 0 to 12, and the flow is of",
    ),
    *(
        ("impacts.pay.outcome", outcome, "benefits.pay.flows.0.to_month", months)
        for outcome, months in (
            ("pay_later", "over months 12 to 22, and the flow is of months 0 to 12"),
            ("pay_later_winsorised", "over months 12 to 22"),
        )
    ),
    (
        "benefits.pay.flows",
        [{"impact": "pay", "to_month": 12}, {"impact": "pay", "from_month": 12, "to_month": 22}],
        "benefits.pay.flows.1.impact",
        "'pay' is a total that an earlier flow counts",
    ),
    (
        "benefits.pay",
        changed()["benefits"]["pay"] | {"continued_by": "later"},
        "benefits.pay.continued_by",
        "over months 12 to 22",
    ),
    ("impacts.pay.price_year", 2011, "impacts.pay.price_year", "no deflator for 2011"),
    ("cost.ledger.price_year", 2011, "cost.ledger.price_year", "no deflator for 2011"),
    ("cost.ledger.site", "siet", "cost.ledger.site", "did you mean 'site'"),
    ("cost.ledger.payers", {"staf": "nhs"}, "cost.ledger.payers", "did you mean 'staff'"),
    ("cost.ledger.table", "legder", "cost.ledger.table", "did you mean 'ledger'"),
    ("cost.activity", {"meeting": "sesions"}, "cost.activity.meeting", "did you mean 'sessions'"),
    ("cost.activity", {"meeting": "language"}, "activity.meeting", "'language' is not a number"),
    ("cost.activity", {"meeting": "site"}, "activity.meeting", "'site' counts nothing"),
    ("cost.ledger.amount", "category", "cost.ledger.amount", "'category' is not a number"),
    *(
        ("cost.ledger", LEDGER_BY_TIME | {key: "category"}, f"ledger.{key}", "is not a number")
        for key in ("hours", "hourly_rate")
    ),
    ("cost.uncertainty", "tax", "cost.uncertainty", "'tax' has a value of 0.3, by which"),
    ("rates.factor.editions", {"old": {"value": 2}}, "cost.uncertainty", "has a value of 2"),
    ("benefits.pay.unit_value", ["worth", "factor"], "cost.uncertainty", "is used by benefits.pay"),
    ("cost.in_work", "pai", "cost.in_work", "did you mean 'pay'"),
    ("cost.uncertainty", "worth", "cost.uncertainty", "unknown name 'worth'"),
    ("impacts.pay.family", "g", "impacts.pay.family", "unknown name 'g'"),
    ("impacts.pay.model", "ols2", "impacts.pay.model", "did you mean 'ols'"),
    ("impacts.pay.outcome", "pai", "impacts.pay.outcome", "did you mean 'pay'"),
    ("groups", ["a", "bb"], "groups.1", "unknown name 'bb'"),
    ("rates.qaly", quantity(1), "rates.qaly", "name of a value too"),
    ("appraisals.main.excess_burden", "qaly", "main.excess_burden", "unknown name 'qaly'"),
    ("appraisals.main.distributional", WEIGHTS, "distributional.income", "above 0"),
    ("decision", DECISION | {"further_trial": [5], "case": "moral"}, "decision.case", "'moral'"),
    *(
        (where, {"s": {"label": "S", **given}}, f"{where}.s{at}", problem)
        for where, of in (("scenarios", "any appraisal"), ("appraisals.main.scenarios", "'main'"))
        for given, at, problem in (
            ({"set": {"nothing": 5}}, ".set.nothing", f"{of} uses 'nothing', so setting it"),
            ({"instead": {"later": "priced"}}, ".instead.later", f"{of} uses 'later'"),
            ({"instead": {"later": "priced"}}, ".instead.later", "money and the other is not"),
            ({"instead": {"pay": "pay"}}, ".instead.pay", "its own place"),
            ({"instead": {"pay": "index"}}, ".instead.pay", "it is per year, not per period"),
            ({"instead": {"later": "years"}}, ".instead.later", "in QALYs, not in GBP"),
            ({"instead": {"later": "years"}}, ".instead.later", "are 0 to 12, not 12 to 22"),
            ({}, "", "sets nothing"),
        )
    ),
    (
        "appraisals",
        {"main": MAIN | {"benefits": ["pay"]}}
        | {
            "s": MAIN
            | {
                "scenarios": {"s": {"label": "S", "horizon_years": {"pay": 1}}},
                "benefits": ["health"],
            }
        },
        "appraisals.s.scenarios.s.horizon_years.pay",
        "nothing in appraisal 's' uses 'pay'",
    ),
    (
        "appraisals.main",
        MAIN | {"benefits": ["pay"], "scenarios": {"s": {"label": "S", "discount": {"health": 0}}}},
        "appraisals.main.scenarios.s.discount.health",
        "nothing in appraisal 'main' is discounted as 'health'",
    ),
    ("cost.ledger", {"table": "t", "amount": "a", "category": "c"}, "price_year", "required"),
]


@pytest.mark.parametrize(("path", "value", "key", "problem"), BAD)
def test_bad_input_names_file_and_key(path, value, key, problem):
    edits = [("rates.factor", quantity(1)), ("cost.uncertainty", "factor"), (path, value)]
    for name, more in IMPACTS.items():
        edits.insert(0, (f"impacts.{name}", {"family": "f", "model": "ols"} | more))
    if not path.startswith("benefits"):
        edits.append(("benefits.health.decay", "decay"))
    with pytest.raises(InputError, match=problem) as caught:
        declared(("values.nothing", amount(0)), *edits)
    assert "file: economics.yaml" in str(caught.value)
    rules = [line for line in str(caught.value).splitlines() if "rule: " in line]
    assert any(key in rule for rule in rules)


def test_qalys_and_wellbys_are_never_added():
    wellbeing = changed()["benefits"]["health"] | {"kind": "wellby"}
    with pytest.raises(InputError, match="health and wellbeing value the same years"):
        declared(
            ("benefits.wellbeing", wellbeing), ("appraisals.main.benefits", ["health", "wellbeing"])
        )


def test_flows_that_overlap_are_refused():
    flows = [{"impact": "pay", "to_month": 12}, {"impact": "pay", "from_month": 6, "to_month": 22}]
    with pytest.raises(InputError, match="month 6 begins before 12 ends"):
        declared(("benefits.pay.flows", flows))


def test_a_label_that_no_result_holds_is_no_part_of_the_job():
    plain = facts(declared())
    for key in ("benefits.pay", "cases.financial", "appraisals.main"):
        assert facts(declared((f"{key}.label", "Otherwise"))) == plain
    # quantities.csv has the labels of declared numbers.
    assert facts(declared(("rates.tax.label", "Otherwise"))) != plain
    assert facts(Economics.model_validate(plain)) == plain


def test_a_kind_of_distribution_that_nobody_uses_is_no_part_of_the_job():
    names = modules_of(ROOT / "workflow" / "scripts" / "simulate_economics.py")
    assert "ipseval.economics.quantities" in names
    kinds = [DISTRIBUTIONS.module(kind) for kind in DISTRIBUTIONS.names]
    assert len(kinds) == 6
    assert not set(kinds) & set(names)


@pytest.mark.parametrize(
    ("value", "distribution", "wanted"),
    [
        (100, {"kind": "uniform", "low": 80, "high": 120}, stats.uniform(80, 40)),
        (90, {"kind": "triangular", "low": 80, "high": 120}, stats.triang(0.25, 80, 40)),
        (100, {"kind": "normal", "standard_error": 7}, stats.norm(100, 7)),
        (100, {"kind": "gamma", "standard_error": 20}, stats.gamma(25, scale=4)),
        (0.3, {"kind": "beta", "standard_error": 0.1}, stats.beta(6, 14)),
    ],
)
def test_quantities_are_drawn_from_their_distribution(value, distribution, wanted):
    economics = declared(("values.worth.value", value), ("values.worth.distribution", distribution))
    drawn = draw_quantities(economics, Streams(1, "t"), 20_000)
    assert list(drawn) == ["worth"]
    assert stats.kstest(drawn["worth"], wanted.cdf).pvalue > 0.001
    shown = quantities_table(economics).set_index("name").loc["worth"]
    assert [shown["low"], shown["high"]] == pytest.approx(wanted.ppf([0.025, 0.975]))


def test_prices_are_brought_to_the_price_year_of_the_results():
    uniform = {"kind": "uniform", "low": 80, "high": 120}
    economics = declared(("values.worth.price_year", 2018), ("values.worth.distribution", uniform))
    drawn = draw_quantities(economics, Streams(1, "t"), 1000)["worth"]
    plain = draw_quantities(declared(("values.worth.distribution", uniform)), Streams(1, "t"), 1000)
    assert drawn == pytest.approx(plain["worth"] * 84 / 80)
    table = quantities_table(economics).set_index("name")
    assert table.loc["worth", "value_at_price_year"] == pytest.approx(105)
    assert table.loc["tax", "value_at_price_year"] == 0.3


def test_an_edition_that_is_followed_anyway_is_no_scenario():
    edits = [
        ("discount", None),
        ("edition", "old"),
        ("editions", {name: {"label": name, "discount": {}} for name in ("old", "new")}),
    ]
    assert declared(*edits, ("scenarios", {"s": {"label": "S", "edition": "new"}}))
    with pytest.raises(InputError, match="'old' is followed anyway"):
        declared(*edits, ("scenarios", {"s": {"label": "S", "edition": "old"}}))
