"""Sentences of chapters say what the rows say that they are about, and nothing else."""

import ast
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipseval.provenance import ROOT
from ipseval.report.sentences import (
    comparisons,
    economics,
    figures,
    impacts,
    linkage,
    people,
    regressions,
)
from ipseval.report.sentences.words import Words, chance, listed, share_of

LABELS = {
    "y0": "Employed for 13 weeks",
    "y1": "Earnings",
    "y2": "Wellbeing",
    "g0": "Everyone",
    "g1": "Out of work",
    "site": "Site",
    "sex": "Sex",
    "a": "Men",
    "b": "Women",
}
UNITS = {"y0": "proportion", "y1": "GBP", "y2": "points"}
MODELS = {"m0": "Adjusted", "m1": "Difference in means"}
NUMBER = r"[−£\d,.]+"
TESTED = (
    rf"(?P<size>{NUMBER})(?P<unit> percentage points?| points)?(?: \(|; )(?P<level>[\d.]+)% CI "
    rf"(?P<low>{NUMBER}) to (?P<high>{NUMBER}); n = (?P<n>[\d,]+); p (?P<p>[=<] [\d.]+)\)"
)
WHERE = r"(?P<group>Everyone|Out of work)(?: \((?P<of>\w+): (?P<at>\w+)\))?"
MEANS = (
    rf"(?:(?P<treatment>{NUMBER})(?:%| points)? (?:of|in) the treatment group and "
    rf"(?P<control>{NUMBER})(?:%| points)? (?:of|in) the control group, )?"
)
FOUND = re.compile(
    rf"{WHERE}: {MEANS}(?P<kind>a difference|an estimated effect) of {TESTED}, "
    r"(?P<direction>higher|lower|equal) in the treatment group (?P<verdict>and|but not) "
    r"statistically significant at the (?P<alpha>[\d.]+)% level\."
)
NOT_FOUND = re.compile(rf"{WHERE} \({TESTED}")
NO_EFFECT = "There was no statistically significant effect at the "


def words(confidence: float = 0.95) -> Words:
    return Words(lambda key: LABELS.get(key, key), "£", confidence)


def read(text: str) -> float:
    return float(text.replace("−", "-").replace("£", "").replace(",", ""))


@st.composite
def families(draw: st.DrawFn) -> pd.DataFrame:
    """Estimates of a family: groups, levels of subgroups, models; some missing, some not there."""
    rows = []
    seed = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    subgroups = draw(st.sampled_from([["all"], ["sex=a", "sex=b"], ["all", "site=a"]]))
    for group in draw(st.sampled_from([["g0"], ["g1", "g0"]])):
        for model in draw(st.permutations(list(MODELS))):
            for outcome, unit in UNITS.items():
                for subgroup in subgroups:
                    if seed.random() < 0.15:
                        continue
                    scale = {"proportion": 0.05, "GBP": 800, "points": 1.5}[unit]
                    mean = {"proportion": 0.4, "GBP": 9000, "points": 20}[unit]
                    error = scale * seed.choice([0.2, 1, 3])
                    value = seed.normal(0, scale) if seed.random() < 0.8 else np.nan
                    row = {
                        "group": group,
                        "subgroup": subgroup,
                        "outcome": outcome,
                        "timepoint": "end",
                        "model": model,
                        "term": "arm",
                        "estimate": value,
                        "std_error": error,
                        "unit": unit,
                        "n": int(seed.integers(20, 20_000)),
                        "mean_control": mean if seed.random() < 0.8 else np.nan,
                        "mean_treatment": mean + value + seed.choice([0, scale]),
                    }
                    rows.append(row)
    columns = ["group", "subgroup", "outcome", "timepoint", "model", "term", "estimate"]
    columns += ["std_error", "unit", "n", "mean_control", "mean_treatment"]
    return pd.DataFrame(rows, columns=columns)


def with_inference(rows: pd.DataFrame, confidence: float) -> pd.DataFrame:
    from scipy.stats import norm

    half = norm.ppf((1 + confidence) / 2) * rows["std_error"]
    p = 2 * norm.sf(np.abs(rows["estimate"] / rows["std_error"]).astype(float))
    return rows.assign(
        ci_low=rows["estimate"] - half, ci_high=rows["estimate"] + half, p_value=p, statistic=np.nan
    )


def said(paragraph: str) -> dict[str, dict]:
    """Return what the sentences of a paragraph say, by the name of whom they are about."""
    text, found = paragraph, {}
    for match in FOUND.finditer(text):
        found[_whom(match)] = match.groupdict() | {"significant": match["verdict"] == "and"}
    _, none, rest = text.partition(NO_EFFECT)
    for match in NOT_FOUND.finditer(rest) if none else ():
        found[_whom(match)] = match.groupdict() | {"significant": False}
    return found


def _whom(match: re.Match) -> str:
    return f"{match['group']}|{match['of']}|{match['at']}"


def about(row: pd.Series) -> str:
    variable, _, level = row["subgroup"].partition("=")
    of, at = (LABELS[variable], LABELS[level]) if level else (None, None)
    return f"{LABELS[row['group']]}|{of}|{at}"


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(families(), st.sampled_from([0.95, 0.9, 0.99]))
def test_sentences_read_back_are_the_rows(rows, confidence):
    rows = with_inference(rows, confidence)
    paragraphs = impacts.findings(rows, words(confidence), MODELS)
    by_outcome = dict(zip([p.split("**")[1] for p in paragraphs], paragraphs, strict=True))
    for outcome, unit in UNITS.items():
        own = rows[rows["outcome"] == outcome]
        estimated = own[own["estimate"].notna()]
        if estimated.empty:
            assert LABELS[outcome] not in by_outcome
            continue
        paragraph = by_outcome[LABELS[outcome]]
        model = estimated["model"].iloc[0]
        assert f"({MODELS[model]})" in paragraph
        shown = estimated[estimated["model"] == model]
        sentences = said(paragraph)
        assert set(sentences) == {about(row) for _, row in shown.iterrows()}
        missing = {about(row) for _, row in own[own["estimate"].isna()].iterrows()}
        assert not set(sentences) & (missing - {about(row) for _, row in shown.iterrows()})
        for _, row in shown.iterrows():
            check(sentences[about(row)], row, unit, confidence)


def check(sentence: dict, row: pd.Series, unit: str, confidence: float) -> None:
    """Compare a sentence that was read with its row: every number, unit, sign and verdict."""
    factor, half = {"proportion": (100, 0.051), "GBP": (1, 0.51), "points": (1, 0.0051)}[unit]
    for name, column in (("size", "estimate"), ("low", "ci_low"), ("high", "ci_high")):
        assert read(sentence[name]) == pytest.approx(factor * row[column], abs=half), name
    expected = {"proportion": " percentage point", "GBP": "", "points": " points"}[unit]
    assert (sentence["unit"] or "").startswith(expected)
    assert bool(expected) == bool(sentence["unit"])
    assert sentence["size"].startswith("−£") == (unit == "GBP" and row["estimate"] <= -0.5)
    assert read(sentence["n"]) == row["n"]
    assert float(sentence["level"]) == 100 * confidence
    p, alpha = sentence["p"], 1 - confidence
    assert sentence["significant"] == (row["p_value"] < alpha - 1e-12)
    if p.startswith("<"):
        assert row["p_value"] < 0.0005
    else:
        assert float(p[2:]) == pytest.approx(row["p_value"], abs=0.00051)
        assert (float(p[2:]) < round(alpha, 10)) == sentence["significant"]
    # The interval, as printed, is on the side that the verdict says.
    low, high = read(sentence["low"]), read(sentence["high"])
    if sentence["significant"]:
        assert low * high > 0 or min(abs(row["ci_low"]), abs(row["ci_high"])) < 1e-4 * abs(
            low - high
        )
    if sentence.get("direction"):
        assert sentence["direction"] == ("higher" if row["estimate"] > 0 else "lower")
        assert float(sentence["alpha"]) == pytest.approx(100 * alpha)
        if sentence["treatment"] is not None:
            assert read(sentence["control"]) == pytest.approx(
                factor * row["mean_control"], abs=half
            )
            treatment = factor * row["mean_treatment"]
            assert read(sentence["treatment"]) == pytest.approx(treatment, abs=half)
            raw = factor * (row["mean_treatment"] - row["mean_control"])
            if sentence["kind"] == "a difference":
                assert raw == pytest.approx(read(sentence["size"]), abs=half)


def line(**given) -> pd.DataFrame:
    row = {
        "group": "g1",
        "subgroup": "all",
        "outcome": "y0",
        "timepoint": "end",
        "model": "m0",
        "term": "arm",
        "estimate": 0.041,
        "ci_low": 0.014,
        "ci_high": 0.068,
        "p_value": 0.003,
        "n": 3630,
        "mean_control": 0.182,
        "mean_treatment": 0.223,
        "unit": "proportion",
        "statistic": 1.0,
    }
    return pd.DataFrame([row | given])


def test_a_sentence_has_who_what_direction_size_interval_n_and_significance():
    assert impacts.findings(line(), words(), MODELS) == [
        "**Employed for 13 weeks** (Adjusted). Out of work: 22.3% of the treatment group and 18.2% "
        "of the control group, a difference of 4.1 percentage points (95% CI 1.4 to 6.8; "
        "n = 3,630; p = 0.003), higher in the treatment group and statistically significant at the "
        "5% level."
    ]


def test_levels_of_a_subgroup_are_named_and_their_test_is_told():
    """A stranger's report said "Everyone (p .021), Everyone (p .083)"."""
    rows = pd.concat(
        [
            line(group="g0", subgroup="sex=a", p_value=0.021),
            line(group="g0", subgroup="sex=b", p_value=0.083, ci_low=-0.005),
            line(group="g0", subgroup="sex", term="equal effects", estimate=np.nan, p_value=0.4),
        ]
    )
    (paragraph,) = impacts.findings(rows, words(), MODELS)
    assert "Everyone (Sex: Men): 22.3%" in paragraph
    assert (
        "There was no statistically significant effect at the 5% level for Everyone (Sex: Women) "
        "(4.1 percentage points; 95% CI −0.5 to 6.8; n = 3,630; p = 0.083)." in paragraph
    )
    assert (
        "Effects do not differ statistically significantly between the levels at the 5% level for "
        "Everyone (Sex) (F = 1.00; n = 3,630; p = 0.400)." in paragraph
    )


def test_the_level_is_the_declared_one():
    rows = line(p_value=0.07, ci_low=0.003)
    assert (
        "and statistically significant at the 10% level"
        in impacts.findings(rows, words(0.9), MODELS)[0]
    )
    assert (
        "no statistically significant effect at the 5% level"
        in impacts.findings(rows, words(), MODELS)[0]
    )


def test_nothing_is_said_where_nothing_was_estimated():
    assert impacts.findings(line(estimate=np.nan), words(), MODELS) == []
    assert impacts.significant(line(estimate=np.nan), words()) == []
    both = pd.concat([line(), line(group="g0", estimate=np.nan, p_value=np.nan)])
    (paragraph,) = impacts.findings(both, words(), MODELS)
    assert paragraph.endswith("No estimate could be made for Everyone.")
    empty = pd.DataFrame(columns=["panel", "row", "column", "statistic", "value", "printed", "n"])
    assert comparisons.equal_effects(empty, words()) == []
    assert comparisons.tested_together(empty, str, words()) == []
    assert comparisons.imbalance(empty, {}, 5, words()) == []
    assert comparisons.methods(empty, words()) == []
    assert comparisons.verdicts(empty, 0.05, words()) == []
    assert comparisons.interactions(empty, words()) == []
    assert people.balance(empty, str) == []
    assert impacts.registered(empty) == []


def test_a_p_value_is_never_printed_on_the_wrong_side_of_the_level():
    assert [words().p(p) for p in (0.0496, 0.05, 0.0504, 0.0501)] == [
        "p = 0.0496",
        "p = 0.050",
        "p = 0.050",
        "p = 0.050",
    ]
    assert words().p(0.049999) == "p = 0.049999"
    assert words().p(0.0001) == "p < 0.001"


def test_an_end_near_zero_shows_its_side():
    assert words().span(-0.24, -0.0002, "proportion") == "−24.0 to −0.02"
    assert words().span(0.0, 1.0, "points") == "0.00 to 1.00"
    assert words().span(-0.4, 900, "GBP") == "−£0.4 to £900"


def test_significant_effects_of_many_outcomes_are_counted_and_listed():
    rows = pd.concat([line(), *[line(outcome="y2", unit="points", p_value=0.5)] * 39])
    first, *each = impacts.significant(rows, words())
    assert first == (
        "1 of 40 effects is statistically significant at the 5% level; about 2 would be expected "
        "to be significant by chance."
    )
    assert each == [
        "Employed for 13 weeks, Out of work: 4.1 percentage points (95% CI 1.4 to 6.8; n = 3,630; "
        "p = 0.003)."
    ]


def cells(*rows: tuple) -> pd.DataFrame:
    columns = ["panel", "row", "column", "statistic", "value", "printed", "n"]
    return pd.DataFrame(rows, columns=columns).assign(unit="points")


def test_tests_of_equal_effects():
    frame = cells(
        ("g0", "sex", "joint_test", "p_value", 0.021, "0.021", 90),
        ("g1", "sex", "joint_test", "p_value", 0.6, "0.600", 80),
        ("g1", "site", "joint_test", "p_value", np.nan, "-", 80),
    )
    assert comparisons.equal_effects(frame, words()) == [
        "1 of 2 interaction tests is statistically significant at the 5% level (Everyone (Sex), "
        "p = 0.021); fewer than 1 would be expected to be significant by chance."
    ]


def test_hypotheses_tested_together():
    frame = cells(
        ("g0", "Earnings", "effect", "coefficient", -233, "-£233", 90),
        ("g0", "Earnings", "p_value", "p_value", 0.021, "0.021", 90),
        ("g0", "Earnings", "hochberg", "p_value", 0.042, "0.042", 90),
        ("g1", "Earnings", "effect", "ppt", 3.5, "3.5ppt", 90),
        ("g1", "Earnings", "p_value", "p_value", 0.03, "0.030", 90),
        ("g1", "Earnings", "hochberg", "p_value", 0.06, "0.060", 90),
    )
    assert comparisons.tested_together(frame, str.title, words()) == [
        "Without adjustment, 2 of 2 hypotheses are statistically significant at the 5% level.",
        "Adjusted by Hochberg, 1 of 2 hypotheses is statistically significant at the 5% level: "
        "Everyone, Earnings, −£233, p = 0.042.",
    ]


def test_methods_are_compared_with_the_first():
    frame = cells(
        ("g0", "OLS", "effect", "ppt", 0.5, "0.5", 90),
        ("g0", "Logit", "effect", "ppt", -0.1, "-0.1", 90),
        ("g1", "OLS", "effect", "ppt", 3.5, "3.5", 80),
        ("g1", "Logit", "effect", "ppt", 2.9, "2.9", 80),
        ("g2", "Logit", "effect", "ppt", 2.9, "2.9", 80),
    )
    assert comparisons.methods(frame, words()) == [
        "All methods give an effect in the direction of the first (OLS) in 1 of 2 groups: Everyone "
        "0.5 (−0.1 to 0.5 percentage points by 2 methods; n = 90; signs differ); and Out of work "
        "3.5 (2.9 to 3.5 percentage points by 2 methods; n = 80; same sign)."
    ]


def test_returns_and_net_values():
    row = {
        "group": "g0",
        "counted": "employed",
        "cost_per_head": 2116.0,
        "n_treatment": 1260,
        "return_per_pound": 2.32,
        "return_per_pound_ci_low": -0.38,
        "return_per_pound_ci_high": 5.15,
        "net_present_value": -2792.4,
        "net_present_value_ci_low": -2922.9,
        "net_present_value_ci_high": 8743.7,
        "probability_return_above_one": 0.83,
        "draws": 10_000,
    }
    nothing = row | {
        "return_per_pound": 0.0,
        "return_per_pound_ci_low": 0.0,
        "return_per_pound_ci_high": 0.0,
        "probability_return_above_one": 0.0,
    }
    rows = pd.DataFrame([row, nothing, row | {"return_per_pound": np.nan}])
    # All groups in one sentence, as on the first page.
    assert economics.returned(rows, words()) == [
        "The return per £1 spent was £2.32 for Everyone (95% uncertainty interval −£0.38 to £5.15; "
        "cost £2,116 per recruit; n = 1,260; net present value −£2,792 per recruit, positive in "
        "83% of simulations).",
        "No benefit was counted in this case for Everyone (cost £2,116 per recruit; n = 1,260).",
    ]
    assert economics.returns(rows, words()) == [
        "The return was £2.32 per £1 spent for Everyone (95% uncertainty interval −£0.38 to £5.15; "
        "cost per recruit to treatment £2,116; n = 1,260 recruits).",
        "The return was £0.00 per £1 spent for Everyone, since no benefit was counted in this case "
        "(cost per recruit to treatment £2,116; n = 1,260 recruits).",
    ]
    first, second, _ = economics.net_values(rows, words())
    assert first == (
        "The net present value was −£2,792 per recruit to treatment for Everyone (95% uncertainty "
        "interval −£2,923 to £8,744; n = 1,260 recruits); 83% of simulations had a positive net "
        "present value."
    )
    assert second.endswith("none of the 10,000 simulations had a positive net present value.")


def test_numbers_that_were_solved_are_named():
    assert economics.calibrated(["y1", "y2"], words()) == [
        "Calibrated to the published values, so that agreement with them is by construction: "
        "Earnings and Wellbeing."
    ]
    assert economics.calibrated([], words()) == []


def test_information_and_convergence():
    rows = pd.DataFrame(
        {
            "group": ["g0", "g1", "g1", "g1"],
            "measure": ["evpi", "evpi", "evppi", "evppi"],
            "driver": [np.nan, np.nan, "y1", "all_impacts"],
            "value": [12.0, 865.2, 825.0, 860.0],
            "monte_carlo_error": [1.0, 13.0, 13.4, 1.0],
            "n_treatment": [90, 1837, 1837, 1837],
        }
    )
    assert economics.information(rows, words()) == [
        "The expected value of perfect information is highest for Out of work: £865 per person "
        "(Monte Carlo standard error £13; n = 1,837 recruits).",
        "Of single parameters, the expected value of partial perfect information is highest for "
        "Earnings: £825 per person (Monte Carlo standard error £13).",
    ]
    nil = economics.information(rows.assign(value=0.0), words())
    assert nil == [
        "The expected value of perfect information is nil in every group: no simulation would "
        "change the decision."
    ]
    draws = pd.DataFrame(
        {
            "group": ["g0", "g0"],
            "appraisal": ["y1", "y1"],
            "draws": [100, 10_000],
            "mean": [3.0, -5.0],
            "monte_carlo_error": [900.0, 63.4],
        }
    )
    assert economics.convergence(draws, words()) == [
        "With 10,000 simulations the Monte Carlo standard error of mean net present value is at "
        "most £63 (Everyone, Earnings, where the mean is −£5)."
    ]


def test_people_weights_and_links():
    frame = pd.DataFrame(
        {
            "arm": [1, 0, 0],
            "randomised_on": pd.to_datetime(["2018-05-01", "2018-05-09", "2019-10-02"]),
        }
    )
    assert people.randomised(people.allocation(frame)) == [
        "3 people were randomised between May 2018 and October 2019: 1 to treatment and 2 to "
        "control."
    ]
    gaps = cells(
        ("sex", "b", "standardised_difference", "sd_effect", -0.304, "-0.304", 90),
        ("y1", "mean", "standardised_difference", "sd_effect", 0.05, "0.050", 90),
    )
    assert people.balance(gaps, LABELS.__getitem__) == [
        "Standardised differences between the arms at baseline are at most 0.304 (Sex: Women); 1 "
        "of 2 is above 0.1: Sex: Women (0.304)."
    ]
    weights = pd.DataFrame(
        {
            "weight": ["y1", "y1"],
            "people": [100, 200],
            "responded": [50, 60],
            "design_effect": [1.1, 1.25],
            "trimmed": [0, 1],
        }
    )
    assert people.responses(people.response_rates(weights), LABELS.__getitem__) == [
        "**Earnings**: response rate 36.7% (110 of 300). Weights for non-response have design "
        "effects from 1.10 to 1.25 by trial group and arm; 1 was trimmed."
    ]
    quality = pd.DataFrame(
        {"source": ["y1"], "people": [200.0], "linkable": [150.0], "linked": [90.0]}
    )
    assert linkage.linked(
        quality, LABELS.__getitem__, {"y1": [["nino", "birth_date"], ["nino"]]}
    ) == [
        "**Earnings**: 75.0% (150 of 200) of the people were eligible for linkage, and 45.0% (90 "
        "of 200) were linked. The matching keys, in order: National Insurance number and birth "
        "date; National Insurance number."
    ]
    compared = pd.DataFrame(
        {
            "source": ["y1", "y1"],
            "method": ["used", "stepwise_two"],
            "people": [90, 95],
            "precision": [1.0, 0.99],
            "recall": [0.8, 0.95],
            "f1": [0.8889, 0.9696],
        }
    )
    assert linkage.against_truth(compared, LABELS.__getitem__) == [
        "Against the known truth of **Earnings**, the method used in the report has precision "
        "1.0000, recall 0.8000 and F1 0.8889 (n = 90 people linked); the highest F1 of the methods "
        "compared is 0.9696, of 'stepwise two'."
    ]


def test_regressions_say_who_was_dropped():
    keys = {"family": "f", "group": "g0", "model": "m0", "outcome": "y0"}
    rows = pd.DataFrame(
        [
            keys | {"term": "log odds arm", "dropped_n": 3},
            keys | {"term": "perfectly predicted month=1", "dropped_n": 8},
            keys | {"term": "perfectly predicted month=2", "dropped_n": 1},
            keys | {"outcome": "y1", "term": "log odds arm", "dropped_n": 0},
        ]
    )
    assert regressions.dropped(1, rows) == [
        "1 table of 2 logits. In 1 of them observations predicted perfectly were dropped, at most "
        "9 people from a model."
    ]


def test_parts_of_sentences():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert listed(["a, 1", "b"]) == "a, 1; and b"
    assert share_of(5407, 9785) == "55.3% (5,407 of 9,785)"
    assert [chance(p, 1000) for p in (0, 0.004, 0.5, 0.999, 1)] == [
        "none of the 1,000 simulations",
        "fewer than 1% of simulations",
        "50% of simulations",
        "more than 99% of simulations",
        "all of the 1,000 simulations",
    ]


@pytest.mark.parametrize(
    "notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_a_notebook_computes_no_prose_of_its_own(notebook):
    """It displays a title, a declared text, a text without numbers, or what functions say."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tree = ast.parse("\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr != "say":
                continue
            (text,) = node.args
            declared = ast.unparse(text) in (
                "f'# {chapter.title}'",
                "chapter.config.trial.description",
            )
            plain = isinstance(text, ast.Constant) and not re.search(r"\d", text.value)
            assert declared or plain, ast.unparse(node)
        if isinstance(node, ast.Compare):
            numbers = [n for n in ast.walk(node) if isinstance(n, ast.Constant)]
            assert not any(isinstance(n.value, float) for n in numbers), ast.unparse(node)


def effect_cells(
    group: str, effect: float, low: float, high: float, row: str = "m0"
) -> list[tuple]:
    return [
        (group, row, column, "ppt", value, f"{value:.1f}", 90)
        for column, value in (("effect", effect), ("effect_low", low), ("effect_high", high))
    ]


def test_alternative_texts_begin_with_the_message():
    frame = cells(*effect_cells("g0", 3.9, 1.4, 6.4), *effect_cells("g1", -1.5, -4.4, 1.3))
    assert figures.effects(frame, words()) == (
        "1 of 2 effects is statistically significant at the 5% level (Everyone). Effects: Everyone "
        "3.9 percentage points (95% CI 1.4 to 6.4); Out of work −1.5 percentage points (95% CI "
        "−4.4 to 1.3)."
    )
    months = [
        row
        for month, effect in (("-1", 9.0), ("1", 5.0), ("2", 1.0))
        for row in [
            *effect_cells("g0", effect, effect - 2, effect + 2, month),
            ("g0", month, "treatment", "percent", 52.2, "52.2", 90),
            ("g0", month, "control", "percent", 48.0, "48.0", 90),
        ]
    ]
    assert figures.curves(cells(*months), words()) == (
        "Months after randomisation in which the effect is statistically significant at the 5% "
        "level, and the last month. Everyone: in 1 of 2 months; in month 2 treatment 52%, control "
        "48%, effect 1.0 percentage points (95% CI −1.0 to 3.0)."
    )
    priced = cells(*months).assign(statistic="coefficient", unit="GBP")
    assert "treatment £52, control £48, effect £1.0 (95% CI −£1.0 to £3.0)" in figures.curves(
        priced, words()
    )
    tests = cells(("g0", "sex", "joint_test", "p_value", 0.021, "0.021", 90))
    assert figures.equal_effects(tests, words()) == (
        "1 of 1 test of equal effects is statistically significant at the 5% level (Everyone "
        "(Sex)). P-values: Everyone: Sex 0.021."
    )
    scores = frame.assign(statistic="coefficient")
    assert "Everyone 3.9 points (95% CI 1.4 to 6.4)" in figures.effects(scores, words())
    product = cells(("g0", "interaction", "p_value", "p_value", 0.4, "0.400", 90))
    assert figures.interactions(product, words()) == (
        "None of 1 interaction is statistically significant at the 5% level."
    )
    site = cells(("y0", "heterogeneity", "p_value", "p_value", 0.009, "0.009", 90))
    assert figures.heterogeneity(site, words()) == (
        "Odds ratios differ statistically significantly between sites at the 5% level."
    )
