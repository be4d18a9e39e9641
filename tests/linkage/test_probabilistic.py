"""The probabilistic pass on synthetic people whose true links are known."""

import json
import socket
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ipseval.config.trial import Pass, Source
from ipseval.linkage.identifiers import standardise
from ipseval.linkage.passes import link_source
from ipseval.linkage.probabilistic import LEAST, score_pairs
from ipseval.linkage.quality import calibration
from ipseval.twin import identifiers as make

KINDS = {
    "nino": "nino",
    "first_name": "name",
    "last_name": "name",
    "date_of_birth": "date",
    "postcode": "postcode",
}
BLOCK = [["nino"], ["date_of_birth", "last_name"], ["date_of_birth", "first_name"]]
BLOCK += [["postcode", "last_name"], ["postcode", "first_name"], ["date_of_birth", "postcode"]]
STEP = Pass(
    name="probable",
    method="probabilistic",
    compare=[*KINDS],
    block=BLOCK,
    train=[["date_of_birth"], ["nino"]],
)
SURE = [["nino", "date_of_birth"], ["first_name", "last_name", "date_of_birth", "postcode"]]
PASSES = [
    {"name": "both", "on": SURE[0]},
    {"name": "number", "on": ["nino"]},
    {"name": "names", "on": SURE[1]},
    STEP.model_dump(),
]
N = 500


@dataclass(frozen=True)
class World:
    """People as typed, records as they should be; person i has the records of entity i."""

    people: pd.DataFrame
    records: pd.DataFrame
    true: pd.DataFrame

    def standard(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return both sides as score_pairs takes them."""
        sides = []
        for frame, name in ((self.people, "person_id"), (self.records, "record")):
            values = {f: standardise(frame[f], kind, True) for f, kind in KINDS.items()}
            sides.append(pd.DataFrame({"id": frame[name].to_numpy(), **values}))
        return sides[0], sides[1]


def make_world(n: int, seed: int = 7) -> World:
    """People of whom four in five have records, each identifier wrong or missing for some."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["male", "female"], n)
    born = np.datetime64("1955-01-01") + rng.integers(0, 15_000, n)
    outward = rng.choice(["S1", "S2", "S10", "DN1", "B15", "WV2"], n).astype(object)
    true = pd.DataFrame(
        {
            "nino": make.synthetic_ninos(rng.uniform(size=n)),
            "first_name": make.draw_first_names(sex, rng.uniform(size=n)),
            "last_name": make.draw_last_names(rng.uniform(size=n)),
            "date_of_birth": born,
            "postcode": make.draw_postcodes(outward, rng.uniform(size=n)),
        }
    )
    typed = true.copy()
    swapped = rng.uniform(size=n) < 0.10
    typed.loc[swapped, "nino"] = make.transpose_digits(
        true["nino"].to_numpy(dtype="U9")[swapped], rng.integers(2, 6, swapped.sum())
    )
    typed.loc[rng.uniform(size=n) < 0.10, "nino"] = None
    for name in ("first_name", "last_name"):
        wrong = rng.uniform(size=n) < 0.05
        typed.loc[wrong, name] = make.misspell(true.loc[wrong, name], rng.uniform(size=wrong.sum()))
    wrong = rng.uniform(size=n) < 0.03
    typed.loc[wrong, "date_of_birth"] = make.mistype_day(
        true.loc[wrong, "date_of_birth"].to_numpy()
    )
    moved = rng.uniform(size=n) < 0.10
    typed.loc[moved, "postcode"] = make.draw_postcodes(outward, rng.uniform(size=n))[moved]
    typed.loc[rng.uniform(size=n) < 0.05, "postcode"] = None
    typed.insert(0, "person_id", [f"p{i:05d}" for i in range(n)])
    records = true.iloc[: n * 4 // 5]
    records = records.assign(record=[f"r{i:05d}" for i in records.index])
    pairs = typed[["person_id"]].iloc[: len(records)].assign(record=records["record"])
    as_text = dict.fromkeys(["nino", "first_name", "last_name", "postcode"], "str")
    return World(typed.astype(as_text), records.astype(as_text), pairs)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(N)


@pytest.fixture(scope="module")
def scored(world):
    return score_pairs(*world.standard(), STEP, KINDS, SURE, 0.01)


def source(**changes) -> Source:
    fields = {name: {"column": name, "kind": kind} for name, kind in KINDS.items()}
    declared = {"label": "T", "table": "jobs", "record_id": "record", "identifier": "nino"}
    return Source.model_validate(declared | {"fields": fields, "passes": PASSES} | changes)


def quality(links: pd.DataFrame, true: pd.DataFrame) -> tuple[float, float, float]:
    made = set(zip(links["person_id"], links["record_id"], strict=True))
    wanted = set(true.itertuples(index=False, name=None))
    right = len(made & wanted)
    return right / len(made), right / len(wanted), 2 * right / (len(made) + len(wanted))


# Quality


def test_all_passes_together_find_nearly_everybody(world):
    people, tables = world.people, {"jobs": world.records}
    done = link_source(people, tables, source(sensitivity=[0.5]), "tax", True)
    precision, _, f1 = quality(done.links, world.true)
    assert precision > 0.99
    assert f1 > 0.98
    by_method = {
        method: quality(links.dropna(subset="record_id"), world.true)
        for method, links in done.methods.groupby("method")
    }
    assert set(by_method) == {
        "used",
        "exact",
        "stepwise",
        "probabilistic_0.5",
        "probabilistic_0.95",
    }
    assert by_method["used"] == by_method["probabilistic_0.95"]
    recalls = [by_method[name][1] for name in ("exact", "stepwise", "used", "probabilistic_0.5")]
    assert recalls == sorted(recalls)
    assert recalls[0] < 0.8 < recalls[1] < recalls[2], "each way finds more than the one before"
    last = done.links[done.links["pass"] == "probable"]
    assert len(last) > 20
    assert last["score"].between(0.95, 1).all()
    assert not done.links.duplicated("record_id").any()
    assert not done.links.duplicated("person_id").any()


def test_day_and_month_swapped_are_one_date(world):
    """People whose date is swapped, half of them without a number; those with one teach it."""
    people, records = world.people.copy(), world.records
    born = records["date_of_birth"].to_numpy().astype("datetime64[D]")
    swapped = make.swap_day_and_month(born)
    # Of whom day and month tell apart; a date that is two edits off.
    can = np.flatnonzero(np.abs((swapped - born).astype(int)) > 31)[:40]
    assert len(can) == 40
    places = people.index[can]
    people.loc[places, "date_of_birth"] = swapped[can]
    people.loc[places, "nino"] = records["nino"].to_numpy()[can]
    people.loc[places[:20], "nino"] = None
    for name in ("first_name", "last_name", "postcode"):
        people.loc[places, name] = records[name].to_numpy()[can]
    done = link_source(people, {"jobs": records}, source(), "tax", True)
    mine = done.links[done.links["person_id"].isin(people.loc[places, "person_id"])]
    wanted = dict(zip(people.loc[places, "person_id"], records["record"].iloc[can], strict=True))
    assert dict(zip(mine["person_id"], mine["record_id"], strict=True)) == wanted
    assert mine["pass"].value_counts().to_dict() == {"number": 20, "probable": 20}
    levels = {
        level["label_for_charts"]: level["m_probability"]
        for comparison in done.models["tax.probable"]["comparisons"]
        if comparison["output_column_name"] == "date_of_birth"
        for level in comparison["comparison_levels"]
        if "m_probability" in level
    }
    assert levels["Day and month swapped"] > 0.02


def test_scores_are_calibrated_against_the_known_truth(world):
    step = source().passes[-1].name
    done = link_source(world.people, {"jobs": world.records}, source(), "tax", True)
    known = world.people[["person_id"]].assign(nino=None)
    known.loc[world.true.index, "nino"] = world.records["nino"].to_numpy()
    table = calibration(done, source(), known.astype({"nino": "str"}))
    assert set(table["pass"]) == {step}
    assert table["mean_score"].between(table["low"], table["high"]).all()
    assert (table["right"] <= table["pairs"]).all()
    best = table.iloc[-1]
    assert best["high"] == 1
    assert best["share_right"] > 0.98
    exact = set(done.links.loc[done.links["pass"] != step, "person_id"])
    assert not set(done.scored["person_id"]) & exact, "what exact passes link needs no score"
    assert calibration(done, source(), None)["share_right"].isna().all()


def test_the_model_alone_tells_true_pairs_from_others(world, scored):
    pairs = scored.pairs.rename(columns={"person": "person_id", "record": "record_id"})
    precision, recall, f1 = quality(pairs[pairs["probability"] >= 0.95], world.true)
    assert min(precision, recall, f1) > 0.98
    assert pairs["probability"].between(0.01, 1).all()
    assert not pairs.duplicated(["person_id", "record_id"]).any()


def test_learned_parameters_are_those_that_the_people_were_made_with(scored):
    """Of true pairs with both numbers nine in ten agree on it; nearly all people have a record."""
    levels = {
        comparison["output_column_name"]: {
            level["label_for_charts"]: level for level in comparison["comparison_levels"]
        }
        for comparison in scored.model["comparisons"]
    }
    number = levels["nino"]["Exact match on nino"]
    assert number["m_probability"] == pytest.approx(0.89, abs=0.04)
    assert number["u_probability"] < 0.003
    matches = scored.model["probability_two_random_records_match"] * N * N * 4 / 5
    assert matches == pytest.approx(N * 4 / 5, rel=0.15)


# Same people, same result


def same(one, other) -> None:
    pd.testing.assert_frame_equal(one.pairs, other.pairs, check_exact=True)
    assert one.model == other.model


def test_order_of_rows_and_number_of_threads_change_nothing(world, scored):
    sides = [side.sample(frac=1, random_state=3) for side in world.standard()]
    same(scored, score_pairs(*sides, STEP, KINDS, SURE, 0.01, threads=2))


def test_more_pairs_than_are_sampled(monkeypatch):
    """u comes from a sample of the pairs then; the sample is the same each time."""
    from ipseval.linkage import probabilistic

    monkeypatch.setattr(probabilistic, "SAMPLE", 20_000)
    sides = make_world(300).standard()
    first = score_pairs(*sides, STEP, KINDS, SURE, 0.01)
    same(first, score_pairs(*sides, STEP, KINDS, SURE, 0.01, threads=2))


# Little or nothing to learn from


@pytest.mark.parametrize("field", ["nino", "last_name", "postcode"])
def test_a_field_without_any_value(world, field):
    people, records = (
        side.assign(**{field: side[field].where(side[field].isna())}) for side in world.standard()
    )
    assert people[field].isna().all()
    done = score_pairs(people, records, STEP, KINDS, [*SURE, ["last_name", "postcode"]], 0.01)
    pairs = done.pairs.rename(columns={"person": "person_id", "record": "record_id"})
    precision, recall, _ = quality(pairs[pairs["probability"] >= 0.95], world.true)
    assert precision > 0.95
    # Names, dates and postcodes alone decide fewer pairs with so much certainty.
    assert recall > 0.35


def few(world, people: int, records: int):
    left, right = world.standard()
    return left.head(people), right.head(records)


@pytest.mark.parametrize(
    ("people", "records"), [(0, 0), (0, 5), (5, 0), (1, 1), (3, 3), (3, 400), (500, 3)]
)
def test_too_few_to_learn_from(world, people, records):
    done = score_pairs(*few(world, people, records), STEP, KINDS, SURE, 0.01)
    assert done.pairs.empty
    assert list(done.pairs.columns) == ["person", "record", "probability"]
    assert done.model == {"not_estimated": f"under {LEAST} pairs agree exactly"}


def test_nothing_to_train_on(world):
    # Dates differ by a hundred years and numbers are gone; names and postcodes are sure enough.
    people, records = world.standard()
    records["date_of_birth"] = "18" + records["date_of_birth"].str[2:]
    records["nino"] = pd.Series([None] * len(records), dtype="str")
    done = score_pairs(people, records, STEP, KINDS, [["last_name", "postcode"]], 0.01)
    assert done.pairs.empty
    message = f"under {LEAST} pairs agree on any set of fields to learn from"
    assert done.model == {"not_estimated": message}


def test_nothing_blocked_together(world):
    step = STEP.model_copy(update={"block": [["first_name", "last_name", "postcode", "nino"]]})
    people, records = world.standard()
    records["first_name"] = "NOBODY"
    done = score_pairs(people, records, step, KINDS, SURE[:1], 0.01)
    assert done.pairs.empty
    assert list(done.pairs.columns) == ["person", "record", "probability"]
    assert "not_estimated" not in done.model


def test_exact_passes_link_where_no_model_can_be_learned(world):
    people, records = world.people.head(10), world.records.head(10)
    done = link_source(people, {"jobs": records}, source(), "tax", True)
    assert done.models == {"tax.probable": {"not_estimated": f"under {LEAST} pairs agree exactly"}}
    assert set(done.links["pass"]) <= {"both", "number", "names"}
    assert len(done.links) >= 6


def test_a_source_without_rows(world):
    done = link_source(world.people, {"jobs": world.records.head(0)}, source(), "tax", True)
    assert done.links.empty
    assert not done.status["linked"].any()
    assert list(done.models) == ["tax.probable"]


def test_a_pass_without_sure_pairs_is_refused():
    with pytest.raises(ValidationError, match="from an exact pass on its fields"):
        source(passes=[STEP.model_dump()])


# Privacy


def test_no_connection_is_made(world, monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was tried")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(AssertionError, match="was tried"):
        socket.create_connection(("localhost", 9))
    assert len(score_pairs(*few(world, 100, 100), STEP, KINDS, SURE, 0.01).pairs) > 50


def test_the_model_holds_no_value_of_anybody(world, scored):
    text = json.dumps(scored.model, ensure_ascii=False).upper()
    for side in world.standard():
        for field in ("nino", "date_of_birth", "postcode"):
            for value in side[field].dropna():
                assert value not in text
        for first, last in zip(side["first_name"], side["last_name"], strict=True):
            # Some names are words of the settings: Best, Max, Level.
            assert f"'{first}'" not in text
            assert f"'{last}'" not in text
            assert f'"{last}"' not in text
