"""Tables of regressions: known printed answers, and mistakes in declarations."""

import pytest
from hand import estimate, family, results
from pydantic import ValidationError

from ipseval.report.exhibits.effects_table import EffectsTable
from ipseval.report.exhibits.regression_table import RegressionTable

FACE = {"title": "T", "base": "All", "layout": {"rows": ["panel", "row"], "columns": ["column"]}}
LOGIT = {
    "label": "Logit",
    "estimator": "logit",
    "covariance": "HC1",
    "covariates": ["female", "month", "site", "benefit"],
    "baseline": {"work": "before"},
    "interaction": "keen",
    "coefficients": True,
}
FAMILY = family(["work", "pay"], {"logit": LOGIT})


def spec_of(kind: str, **given):
    face = {"kind": kind, "family": "f", "model": "logit", "groups": {"all": "pooled"}}
    known = {"regression_table": RegressionTable, "effects_table": EffectsTable}
    return known[kind].model_validate(face | {"outcomes": {"work": "in_work"}} | FACE | given)


def term(name: str, **numbers) -> dict:
    return estimate("all", "work", "logit", term=name, unit="log odds", **numbers)


LINES = [
    estimate("all", "work", "logit", estimate=0.0295, std_error=0.0386, mean_control=0.2564, n=763),
    term("margin arm=0, keen=0", estimate=0.241, std_error=0.052),
    term("margin arm=0, keen=1", estimate=0.3, std_error=0.05),
    term("log odds intercept", estimate=-1.748, std_error=0.631, p_value=0.0056),
    term("log odds arm", estimate=0.157, std_error=0.2104, p_value=0.455),
    term("log odds arm:keen", estimate=-0.2831, std_error=0.422, p_value=0.5),
    term("log odds female", estimate=0.2951, std_error=0.165, p_value=0.074),
    term("log odds month=2017-02", estimate=0.1, std_error=0.2),
    term("log odds before", estimate=-0.0004, std_error=0.018, p_value=0.04),
    term("perfectly predicted benefit=sda", dropped_n=3),
]


def printed(rows: dict, **given) -> dict:
    """Return what rows print: (row, statistic) -> text."""
    spec = spec_of("regression_table", rows=rows, **given)
    cells = spec.cells(results({"f": FAMILY}, {"f": LINES}))
    assert set(cells["panel"]) == {"pooled"}
    assert set(cells["column"]) == {"in_work"}
    # A mean is of everybody whose outcome is known, all else of who is in the model.
    assert set(cells.loc[cells["row"] != "control_mean", "n"]) == {763}
    assert set(cells.loc[cells["row"] == "control_mean", "n"]) <= {50}
    return {(line.row, line.statistic): line.printed for line in cells.itertuples()}


def test_a_regression_prints_coefficients_over_errors_with_marks():
    rows = {
        "treatment": {"column": "arm"},
        "female": {"column": "female"},
        "baseline": {"column": {"work": "before"}},
        "constant": {"column": "intercept"},
        "treatment_x_keen_1": {"column": "arm:keen"},
    }
    assert printed(rows) == {
        ("treatment", "coefficient"): "0.157",
        ("treatment", "standard_error"): "[0.210]",
        ("female", "coefficient"): "0.295+",
        ("female", "standard_error"): "[0.165]",
        ("baseline", "coefficient"): "0.000*",
        ("baseline", "standard_error"): "[0.018]",
        ("constant", "coefficient"): "-1.748**",
        ("constant", "standard_error"): "[0.631]",
        ("treatment_x_keen_1", "coefficient"): "-0.283",
        ("treatment_x_keen_1", "standard_error"): "[0.422]",
    }
    assert printed({"f": {"column": "female"}}, marks={"*": 0.1})["f", "coefficient"] == "0.295*"


def test_a_regression_prints_what_belongs_to_the_model():
    rows = {
        "dummies": {"dummies": "month"},
        "no_dummies": {"dummies": "site"},
        "control_mean": {"show": "control_mean"},
        "marginal_treatment_effect": {"show": "marginal_effect"},
        "margin": {"margin": [0, 0]},
        "n": {"show": "n"},
    }
    assert printed(rows) == {
        ("dummies", "coefficient"): "Yes",
        ("no_dummies", "coefficient"): "No",
        ("control_mean", "proportion"): "0.256",
        ("marginal_treatment_effect", "proportion"): "0.030",
        ("marginal_treatment_effect", "standard_error"): "[0.039]",
        ("margin", "proportion"): "0.241",
        ("margin", "standard_error"): "[0.052]",
        ("n", "base"): "763",
    }


def test_columns_without_a_coefficient_print_zero_or_a_dash():
    zero = {"coefficient": "0.000", "standard_error": "[.]"}
    for row in (
        {"omitted": True},
        {"column": "benefit=sda", "absent": "dash"},
        {"column": "benefit=esa"},
    ):
        assert printed({"x": row}) == {("x", name): text for name, text in zero.items()}
    dash = {"column": "site=south", "absent": "dash"}
    assert printed({"x": dash}) == {("x", "coefficient"): "-"}


@pytest.mark.parametrize(("adjusted", "verdict"), [(0.049, "Yes"), (0.05, "No")])
def test_effects_in_per_cent_with_a_verdict(adjusted, verdict):
    tests = {
        "label": "Together",
        "groups": ["all"],
        "timepoint": "12",
        "hypotheses": [{"family": "f", "model": "logit", "outcomes": ["work"]}],
        "methods": ["hochberg", "benjamini_hochberg"],
    }
    tested = [
        estimate("all", "work", "hochberg", p_adjusted=adjusted),
        estimate("all", "work", "benjamini_hochberg", p_adjusted=0.5),
    ]
    spec = spec_of("effects_table", tests="t", method="hochberg")
    assert spec.estimates_read == ["f", "t"]
    data = results({"f": FAMILY}, {"f": LINES, "t": tested}, {"t": tests})
    cells = spec.cells(data)
    shown = {(line.column, line.statistic): line.printed for line in cells.itertuples()}
    assert shown == {
        ("n", "base"): "763",
        ("control", "percent"): "25.6",
        ("treatment", "percent"): "28.6",
        ("difference", "ppt"): "3.0",
        ("significant", "p_value"): verdict,
    }


def test_raw_shares_have_no_verdict():
    line = estimate("all", "work", "logit", estimate=0.5, mean_control=0.927, mean_treatment=0.888)
    line |= {"n_mean_control": 61, "n_mean_treatment": 59}
    data = results({"f": FAMILY}, {"f": [line]})
    cells = spec_of("effects_table", treatment="raw").cells(data)
    assert cells["printed"].tolist() == ["100", "92.7", "88.8", "-3.9"]
    assert cells["n"].tolist() == [100, 61, 59, 100]


@pytest.mark.parametrize(
    ("difference", "printed"), [("unrounded", "-12.0"), ("of_printed", "-12.1")]
)
def test_a_difference_may_be_that_of_the_printed_percentages(difference, printed):
    line = estimate("all", "work", "logit", mean_control=25 / 26, mean_treatment=53 / 63)
    line |= {"n_mean_control": 26, "n_mean_treatment": 63}
    data = results({"f": FAMILY}, {"f": [line]})
    cells = spec_of("effects_table", treatment="raw", difference=difference).cells(data)
    assert cells["printed"].tolist()[1:] == ["96.2", "84.1", printed]
    assert round(cells["value"].iloc[-1], 1) == float(printed)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("regression_table", {"rows": {"x": {}}}, "give one of column, dummies"),
        ("regression_table", {"rows": {"x": {"column": "arm", "show": "n"}}}, "give one of"),
        ("regression_table", {"rows": {"x": {"column": {"pay": "arm"}}}}, "for each outcome"),
        ("regression_table", {"rows": {"x": {"show": "n"}}, "marks": {"*": 5}}, "between 0 and 1"),
        ("effects_table", {"tests": "t"}, "tests and method go together"),
    ],
)
def test_declarations_are_refused(kind, given, message):
    with pytest.raises(ValidationError, match=message):
        spec_of(kind, **given)
