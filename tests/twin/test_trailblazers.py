"""The trailblazers' extracts: what they derive to, person by person, and what they refuse."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from effects import average_effect

from ipseval.config.extracts import Extracts
from ipseval.config.load import load_trial
from ipseval.config.read import read_section
from ipseval.config.run import ExtractSource
from ipseval.config.trial import Trial
from ipseval.errors import InputErrors
from ipseval.extracts.build import Context, build_tables
from ipseval.extracts.tables import validate
from ipseval.impact.declared import estimate_declared
from ipseval.linkage.link import link_trial
from ipseval.linkage.secret import read_secret
from ipseval.outcomes.derive import derive_outcomes
from ipseval.streams import Streams
from ipseval.twin import trailblazers
from ipseval.twin.published import Published
from ipseval.twin.trailblazers import logit
from ipseval.twin.trailblazers.design import build
from ipseval.twin.trailblazers.models import END, HEALTH, OFF, read_models
from ipseval.twin.trailblazers.outcomes import INSTRUMENTS, names_of
from ipseval.twin.trailblazers.settings import TrailblazersSettings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "config" / "trials" / "trailblazers"
PUBLISHED = ROOT / "config" / "published"


SOURCE = ExtractSource(source="synthetic", module="ipseval.twin.trailblazers")


def context(scale: float = 1, effect: str = "published") -> Context:
    trial = read_section(FOLDER / "trial.yaml", Trial)
    return Context(trial, FOLDER, PUBLISHED, 2016, effect, scale, lambda _: None)


@pytest.fixture(scope="module")
def declared() -> Extracts:
    return read_section(FOLDER / "extracts.yaml", Extracts)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """People of the calibrated twin, as the generator knows them."""
    settings = read_section(FOLDER / "twin.yaml", TrailblazersSettings)
    published = Published(PUBLISHED / "trailblazers")
    streams = Streams(2016, "trailblazers")
    found = trailblazers.make_people(settings, published, streams, context())
    return trailblazers.identify(found, settings, streams)


@pytest.fixture(scope="module")
def tables(people, declared) -> dict[str, pd.DataFrame]:
    """Extracts made of those people, without calibrating them once more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trailblazers, "make_people", lambda *_: people)
        return build_tables("trailblazers", SOURCE, declared, context())


@pytest.fixture(scope="module")
def derived(tables) -> pd.DataFrame:
    """One row a participant, from the raw records alone."""
    frame = tables["participants"].copy()
    frame["day"] = frame["randomised_at"].dt.normalize()
    for name, prefix in (("phq9", "phq9_"), ("gad7", "gad7_"), ("motivation", "imi_")):
        frame[name] = frame.filter(regex=f"^{prefix}").sum(axis=1)
    frame["age"] = (frame["day"] - frame["date_of_birth"]).dt.days / 365.25
    frame["month"] = frame["day"].dt.to_period("M")
    return frame.merge(_health(frame, tables["iapt_appointments"]), on="participant_id").merge(
        _benefits(frame, tables["benefit_spells"]), on="participant_id"
    )


def _health(frame: pd.DataFrame, appointments: pd.DataFrame) -> pd.DataFrame:
    rows = []
    by_number = dict(list(appointments.groupby("nhs_number")))
    for person in frame.itertuples():
        own = by_number.get(person.nhs_number)
        row = {"participant_id": person.participant_id, "returned": own is not None}
        row |= {"seen": False, "health": False}
        if own is not None:
            later = own[(own["appointment_on"] > person.day) & (own["attendance"] == 5)]
            row["seen"] = len(later) > 0
            if len(later):
                last = later.sort_values("appointment_on").iloc[-1]
                row["time_since"] = (last["appointment_on"] - person.day).days
                row["health"] = bool(pd.notna(last["gad7"]))
                for name, (label, _, case, reliable) in INSTRUMENTS.items():
                    if row["health"]:
                        first, score = getattr(person, name), last[name]
                        row[f"recovery_{label}"] = int(first >= case and score < case)
                        row[f"reliable_improvement_{label}"] = int(first - score >= reliable)
                        row[f"improvement_{label}"] = int(first - score >= 1)
        rows.append(row)
    return pd.DataFrame(rows)


def _benefits(frame: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Count days one by one."""
    first, end = pd.Timestamp("1990-01-01"), pd.Timestamp("2018-10-31")
    length = (pd.Timestamp("2018-12-31") - first).days
    rows = []
    by_number = dict(list(spells.groupby("nino")))
    for person in frame.itertuples():
        own = by_number.get(person.nino)
        row = {"participant_id": person.participant_id, "benefits": False}
        if own is not None:
            on = np.zeros(length, dtype=bool)
            for spell in own.itertuples():
                last = length if pd.isna(spell.end) else (spell.end - first).days + 1
                on[(spell.start - first).days : last] = True
            day = (person.day - first).days
            if on[day]:
                row |= {"benefits": True, "dwp_sex": own["sex"].iloc[0]}
                current = own[(own["start"] <= person.day)]
                current = current[current["end"].isna() | (current["end"] >= person.day)]
                row["benefit"] = current["benefit"].iloc[0]
                row["prior_days"] = day - (np.flatnonzero(~on[:day])[-1] + 1)
                for months in (3, 6, 9, 12):
                    until = (person.day + pd.DateOffset(months=months) - first).days
                    row[f"off_benefits_{months}_months"] = int(not on[day:until].all())
                stop = (end - first).days
                row[END] = int(not on[stop])
                half = (end - pd.DateOffset(months=6) - first).days
                row["remained"] = int(not on[half : stop + 1].any())
        rows.append(row)
    return pd.DataFrame(rows)


def test_records_give_back_what_they_were_made_of(people, derived):
    made = people.set_index("participant_id").loc[derived["participant_id"]].reset_index()
    for name in ("health", "seen", "returned", "benefits"):
        assert (made[name].to_numpy() == derived[name].to_numpy()).all(), name
    for name in ("phq9", "gad7", "motivation"):
        assert (made[name].round().to_numpy() == derived[name].to_numpy()).all(), name
    assert np.abs(made["age"] - derived["age"]).max() < 0.002
    seen, on = derived["seen"].to_numpy(), derived["benefits"].to_numpy()
    assert (made["time_since"] == derived["time_since"])[seen].all()
    assert (made["prior_days"] == derived["prior_days"])[on].all()
    assert (made["benefit"] == derived["benefit"])[on].all()
    assert (made["dwp_sex"] == derived["dwp_sex"])[on].all()
    for outcome in [*HEALTH, *OFF, END]:
        inside = derived["health" if outcome in HEALTH else "benefits"].to_numpy()
        assert (made[outcome] == derived[outcome])[inside].all(), outcome


def test_losses_are_the_published_ones(derived):
    assert len(derived) == 1815
    assert derived["arm"].sum() == 1390
    assert derived["returned"].sum() == 1473
    assert derived["health"].sum() == 767
    assert derived["benefits"].sum() == 1695
    assert round(100 * (1 - derived["health"].mean())) == 58
    assert round(100 * (1 - derived["benefits"].mean())) == 7
    assert derived.groupby("arm")["seen"].sum().tolist() == [182, 616]


def test_remaining_off_benefit_prints_table_7_3(derived):
    off = derived[derived[END] == 1]
    published = Published(PUBLISHED / "trailblazers")
    sites = ["north_east", "west_london", "blackpool"]
    for panel, inside in [("pooled", sites), *((s, [s]) for s in sites)]:
        own = off[off["site"].isin(inside)]
        shares = 100 * own.groupby("arm")["remained"].mean()
        key = ("table-7-3", panel, "remained_off_benefits_6_months")
        assert len(own) == published.value(*key, "n")
        assert f"{shares[0]:.1f}" == f"{published.value(*key, 'control'):.1f}"
        assert f"{shares[1]:.1f}" == f"{published.value(*key, 'treatment'):.1f}"


def test_balance_tables_print(derived):
    published = Published(PUBLISHED / "trailblazers")
    for name, inside in (("table-3", "seen"), ("table-4", "benefits")):
        own = derived[derived[inside]]
        sex = own["sex"] if name == "table-3" else own["dwp_sex"]
        known = sex[sex != "not_known"]
        values = {
            "age_at_randomisation": own["age"],
            "female": (known == "female").astype(float),
            "motivation_score": own["motivation"],
            **(
                {"phq9_baseline": own["phq9"], "gad7_baseline": own["gad7"]}
                if name == "table-3"
                else {}
            ),
            **({"time_since_randomisation": own["time_since"]} if name == "table-3" else {}),
            "site_north_east": (own["site"] == "north_east").astype(float),
            "site_blackpool": (own["site"] == "blackpool").astype(float),
        }
        for row, series in values.items():
            for arm, column in ((0, "control"), (1, "treatment")):
                mean = series[own.loc[series.index, "arm"] == arm].mean()
                assert abs(mean - published.value(name, "pooled", row, column)) < 0.0051, (
                    name,
                    row,
                )


def test_logits_have_the_printed_n_and_control_means(people):
    for model in read_models(Published(PUBLISHED / "trailblazers")):
        y = people[model.outcome].to_numpy()
        design = build(model, people, y)
        assert len(design.y) == model.cells["n", "base"], model.name
        if model.effect is not None:
            own = people[people["health" if model.outcome in HEALTH else "benefits"]]
            own = own if model.panel == "pooled" else own[own["site"] == model.panel]
            mean = own.loc[own["arm"] == 0, model.outcome].mean()
            assert abs(mean - model.cells["control_mean", "proportion"]) <= 0.0005, model.name


def test_most_coefficients_and_errors_of_annex_e_print(people):
    from ipseval.twin.trailblazers.models import ROWS

    close = total = effects = 0
    models = read_models(Published(PUBLISHED / "trailblazers"))
    for model in models:
        design = build(model, people, people[model.outcome].to_numpy())
        fit = logit.fit(design.x, design.y)
        error = np.sqrt(np.diag(fit.covariance))
        for (row, statistic), printed in model.cells.items():
            name = ROWS.get(row, row)
            if name in design.names and statistic in ("coefficient", "standard_error"):
                k = design.names.index(name)
                found = fit.beta[k] if statistic == "coefficient" else error[k]
                close += abs(found - printed) <= 0.02
                total += 1
        if model.effect is not None:
            treatment = design.names.index("treatment")
            found = average_effect(design.x, fit.beta, treatment)
            effects += abs(found - model.effect) <= 0.0006
    assert total > 800
    assert close / total >= 0.94, close / total
    assert effects >= 37  # of 40


def test_logits_agree_with_statsmodels(people):
    from statsmodels.discrete.discrete_model import Logit

    model = next(
        m
        for m in read_models(Published(PUBLISHED / "trailblazers"))
        if m.name == "annex-e-off-benefits-full|pooled|off_benefits_12_months"
    )
    design = build(model, people, people[model.outcome].to_numpy())
    own = logit.fit(design.x, design.y)
    other = Logit(design.y, design.x).fit(disp=0, cov_type="HC0")
    n = len(design.y)
    np.testing.assert_allclose(own.beta, other.params, atol=1e-6)
    np.testing.assert_allclose(
        np.sqrt(np.diag(own.covariance)), other.bse * np.sqrt(n / (n - 1)), rtol=1e-5
    )
    effect = average_effect(design.x, own.beta, design.names.index("treatment"))
    assert effect == pytest.approx(
        (other.predict(_with(design, 1)) - other.predict(_with(design, 0))).mean(),
        abs=1e-8,
    )


def _with(design, value: float) -> np.ndarray:
    x = design.x.copy()
    x[:, design.names.index("treatment")] = value
    return x


def test_one_pair_of_scores_gives_the_three_outcomes(people):
    own = people[people["health"]]
    for instrument in INSTRUMENTS:
        recovery, reliable, improved = (own[name] for name in names_of(instrument))
        assert (improved >= reliable).all()
        assert (improved >= recovery).all()
    on = people.loc[people["benefits"], OFF]
    for earlier, later in pairwise(OFF):
        assert (on[earlier] <= on[later]).all()


def test_trusts_sent_records_in_three_shapes(tables):
    appointments = tables["iapt_appointments"]
    assert appointments["trust"].nunique() == 11
    most = appointments.groupby(["trust", "nhs_number"]).size().groupby("trust").max()
    assert most["ne_3"] == 2
    assert most["ne_1"] > 2
    linked = tables["participants"].merge(appointments, on="nhs_number")
    late = linked["appointment_on"] > linked["randomised_at"]
    assert not late[linked["trust"].isin(["ne_7", "wl_3"])].any()


def test_controls_of_the_north_east_wait_nine_months(tables):
    people = tables["participants"]
    waits = people["waiting_until"].notna()
    assert (waits == ((people["site"] == "north_east") & (people["arm"] == 0))).all()
    days = (people["waiting_until"] - people["randomised_at"].dt.normalize()).dt.days[waits]
    assert days.between(272, 276).all()


def test_fidelity_and_interviews_print(tables):
    reviews = tables["fidelity_reviews"].merge(tables["fidelity_items"], on="review_id")
    totals = reviews.groupby("site")["score"].sum()
    # West London's printed 100 of 120 is a misprint of 101 (audit trb-a1-total-west_london).
    assert totals.to_dict() == {"blackpool": 108, "north_east": 101, "west_london": 101}
    assert reviews["score"].isna().groupby(reviews["site"]).sum().to_dict()["west_london"] == 1
    assert tables["interviews"]["role"].value_counts().to_dict() == {
        "client": 14,
        "referrer": 12,
        "employment_specialist": 9,
    }


@pytest.mark.parametrize(
    ("table", "column", "value", "rule"),
    [
        ("iapt_appointments", "phq9", 40, "maximum"),
        ("iapt_appointments", "appointment_on", pd.Timestamp("1930-01-01"), "order of dates"),
        ("benefit_spells", "end", pd.Timestamp("1950-01-01"), "order of dates"),
        ("participants", "gad7_3", 4, "maximum"),
        ("participants", "arm", 2, "maximum"),
        ("fidelity_items", "score", 6, "maximum"),
    ],
)
def test_bad_values_are_refused_with_their_rule(tables, declared, table, column, value, rule):
    frame = tables[table].copy()
    frame.loc[frame.index[0], column] = value
    with pytest.raises(InputErrors) as caught:
        validate(frame, declared.tables[table], table)
    told = [str(problem) for problem in caught.value.problems]
    assert any(f"column: {column}" in text and f"rule: {rule}" in text for text in told)


def test_without_effect_and_at_another_scale_nothing_is_calibrated(declared):
    small = build_tables("trailblazers", SOURCE, declared, context(0.2, "none"))
    assert len(small["participants"]) == pytest.approx(363, abs=5)
    again = build_tables("trailblazers", SOURCE, declared, context(0.2, "none"))
    for name, frame in small.items():
        pd.testing.assert_frame_equal(frame, again[name])


@pytest.fixture(scope="module")
def effects(tables) -> pd.DataFrame:
    """Average marginal effects that the stages after the extracts estimate."""
    config = load_trial(FOLDER.parent, "trailblazers")
    linked = link_trial(
        tables, config.trial, read_secret(None, "trailblazers"), True, tables["truth"]
    )
    made = derive_outcomes(
        config.trial, config.outcomes, tables, linked["links"], linked["linkable"]
    )
    found = [
        estimate_declared(
            "trailblazers", name, config.estimates_of(name), 1, made.people, made.months, None
        )
        for name in ("recovery", "secondary", "off_benefits")
    ]
    frame = pd.concat(found)
    return frame[(frame["term"] == "arm") & (frame["model"] == "logit")]


@pytest.mark.parametrize("table", ["6-1", "6-2", "6-3", "6-4", "7-1", "7-2"])
def test_the_stages_print_the_published_effects(effects, table):
    """People in each logit exactly, and every difference, which is that of the printed shares."""
    cells = pd.read_csv(PUBLISHED / "trailblazers" / f"table-{table}.csv")
    found = effects.set_index(["group", "outcome"])
    for (panel, row), part in cells.groupby(["panel", "row"]):
        value = part.set_index("column")["value"]
        line = found.loc[(panel, row)]
        assert line["n"] == value["n"], (panel, row)
        # Of the control group its mean is printed, of the treatment group that and the effect.
        control = 100 * line["mean_control"]
        shown = round(control + 100 * line["estimate"], 1) - round(control, 1)
        # One effect is beside its printed tenth since the search for Annex E, which prints it too.
        beside = 0.11 if (panel, row) == ("pooled", "off_benefits_12_months") else 0.001
        assert shown == pytest.approx(value["difference"], abs=beside), (panel, row)
