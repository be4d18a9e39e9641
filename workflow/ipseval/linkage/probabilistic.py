"""Fellegi and Sunter's model of record linkage, by Splink on DuckDB."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..config.trial import Pass
from ..files import private_folder
from .rows import agreeing, text_table, within_reach

if TYPE_CHECKING:
    from splink import Linker, SettingsCreator
    from splink.blocking_rule_library import BlockingRuleCreator
    from splink.comparison_library import ComparisonCreator

# Rows are drawn and pairs sampled with a fixed seed, so that a run gives the same model again.
SEED = 20_16
SAMPLE = 1e6  # random pairs that u is estimated from
LEAST = 20  # fewer pairs than this teach nothing
RARE = 1e-6
TRAINING = 3e5  # pairs that agree on a set of fields that m is estimated from, at most
RECALL = 0.9  # share of true pairs that deterministic rules find, for the prior


@dataclass(frozen=True)
class Scored:
    """Pairs with their probability (person, record, probability), and the model behind them.

    A model that could not be learned has the one entry not_estimated, which says why.
    """

    pairs: pd.DataFrame
    model: dict


def score_pairs(
    people: pd.DataFrame,
    records: pd.DataFrame | None,
    step: Pass,
    kinds: Mapping[str, str],
    deterministic: list[list[str]],
    lowest: float,
    threads: int = 1,
) -> Scored:
    """Return the pairs that are blocked together and as probable as `lowest`.

    `people` and `records` have columns id and the standardised fields, each id once, missing
    values as None; without records, people are compared with each other. u is estimated from
    random pairs, m by expectation maximisation on pairs that agree on each set of fields in
    step.train (Fellegi and Sunter 1969, Journal of the American Statistical Association
    64:1183; Enamorado, Fifield and Imai 2019, American Political Science Review 113:353).
    `deterministic` are sets of fields on which agreement is all but sure, for the prior. The
    result does not depend on the order of rows or on the number of threads.

    Of a register only the rows that a step needs are handed to Splink: a random sample for u,
    and those that share a blocking rule with a person for m and for the pairs. How common a
    value is, is counted in all rows.

    Where there is too little to learn from, nobody is linked: no pair, and the model says why.
    This is no error, because other passes link people without a model, and a source may well
    have no row. A set of fields in step.train on which too few pairs agree is left out; fields
    that only it would teach keep Splink's defaults.
    """
    columns = ["id", *kinds]
    sides = [people] if records is None else [people, records]
    tables = [text_table(frame[columns].sort_values("id")) for frame in sides]
    sure = max((_pairs_agreeing(tables, on) for on in deterministic), default=0)
    taught = [(on, _pairs_agreeing(tables, on)) for on in step.train]
    lessons = [on for on, pairs in taught if pairs >= LEAST]
    if sure < LEAST or not lessons:
        which = "on any set of fields to learn from" if sure >= LEAST else "exactly"
        return Scored(_no_pairs(), {"not_estimated": f"under {LEAST} pairs agree {which}"})
    names = [field for field in step.compare if kinds[field] == "name"]
    common = {name: _frequencies(tables, name) for name in names}

    def linker(chosen: list[pa.Table], settings: SettingsCreator | dict) -> Linker:
        return _linker(chosen, settings, common, threads)

    settings = _settings(step, kinds, len(tables), _prior(tables, deterministic))
    drawn = linker(_sample(tables), settings)
    drawn.training.estimate_u_using_random_sampling(
        max_pairs=10 * SAMPLE, seed=SEED, min_count_per_level=50
    )
    trained = linker(
        _training(tables, lessons, max(n for _, n in taught)), _model(drawn, "u_probability")
    )
    for rule in lessons:
        trained.training.estimate_parameters_using_expectation_maximisation(_block_on(rule))
    model = _model(trained, "m_probability")
    scored = linker(_reachable(tables, step.block), model)
    pairs = scored.inference.predict(threshold_match_probability=lowest)
    return Scored(_tidy(pairs.as_duckdbpyrelation().df()), _rounded(model))


def _pairs_agreeing(tables: list[pa.Table], rule: list[str]) -> int:
    """Return how many pairs agree on all fields of a rule, without making them."""
    left, right = tables[0], tables[-1]
    pairs = _count_pairs(left, right, rule)
    if len(tables) > 1:
        return pairs
    # Held against itself every row agrees with itself, and every pair is found from both sides.
    return (pairs - len(agreeing(left, left, rule))) // 2


def _no_pairs() -> pd.DataFrame:
    types = {"person": "str", "record": "str", "probability": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _settings(step: Pass, kinds: Mapping[str, str], sides: int, prior: float) -> SettingsCreator:
    from splink import SettingsCreator

    return SettingsCreator(
        link_type="link_only" if sides > 1 else "dedupe_only",
        unique_id_column_name="id",
        comparisons=[_comparison(name, kinds[name]) for name in step.compare],
        blocking_rules_to_generate_predictions=[_block_on(rule) for rule in step.block],
        probability_two_random_records_match=prior,
        em_convergence=1e-5,
        max_iterations=50,
    )


def _block_on(rule: list[str]) -> BlockingRuleCreator:
    from splink import block_on

    return block_on(*rule)


def _linker(
    tables: list[pa.Table],
    settings: SettingsCreator | dict,
    common: dict[str, pa.Table],
    threads: int,
) -> Linker:
    """Return a linker of tables, with how common names are from `common` and not from them."""
    import duckdb
    from splink import DuckDBAPI, Linker

    # Its warnings are on levels too rare to be estimated, which get Splink's defaults.
    logging.getLogger("splink").setLevel(logging.ERROR)
    # What does not fit into memory would be written to the folder of the project for all to read.
    spill = str(private_folder())
    api = DuckDBAPI(duckdb.connect(config={"threads": threads, "temp_directory": spill}))
    sides = zip(tables, ("a_people", "b_records"), strict=False)
    linker = Linker(
        [api.register(table, dataset_display_name=name) for table, name in sides],
        settings,
        log_level=None,
    )
    for name, table in common.items():
        linker.table_management.register_term_frequency_lookup(api.register(table), name)
    return linker


def _model(linker: Linker, learned: str) -> dict:
    """Return settings and parameters; what was never observed of those learned is RARE.

    Splink calculates with that number too, but saves none, and would take a default for it. A
    field of which nothing was learned keeps the defaults: with RARE everywhere, agreement on it
    would count against a pair.
    """
    model = json.loads(json.dumps(linker.misc.save_model_to_json(), default=str))
    for comparison in model["comparisons"]:
        levels = [x for x in comparison["comparison_levels"] if not x.get("is_null_level")]
        if any(level.get(learned) for level in levels):
            for level in levels:
                level[learned] = level.get(learned) or RARE
    return model


def _tidy(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return person, record and probability in their order."""
    pairs = pairs.rename(
        columns={"id_l": "person", "id_r": "record", "match_probability": "probability"}
    )[["person", "record", "probability"]]
    # Sums of several threads differ in the last bits; twelve digits are more than is known.
    pairs["probability"] = pairs["probability"].round(12)
    return pairs.sort_values(["person", "record"], ignore_index=True)


def _frequencies(tables: list[pa.Table], name: str) -> pa.Table:
    """Return the share of rows with a value that have each value, as Splink expects it."""
    values = pa.chunked_array([table[name].combine_chunks() for table in tables]).drop_null()
    counted = pc.value_counts(values)
    share = pc.divide(pc.cast(counted.field("counts"), pa.float64()), float(max(len(values), 1)))
    return pa.table({name: counted.field("values"), f"tf_{name}": share}).sort_by(name)


def _prior(tables: list[pa.Table], deterministic: list[list[str]]) -> float:
    """Return the probability that two random rows match: pairs of the rules over all pairs.

    Where there is no rule, or none finds a pair, one pair in all is taken as found: the lowest
    prior that lets anything be linked.
    """
    left, right = tables[0], tables[-1]
    alone = len(tables) == 1
    every = len(left) * (len(left) - 1) / 2 if alone else len(left) * len(right)
    found = pd.DataFrame({"id_l": [], "id_r": []}, dtype="str")
    for rule in deterministic:
        both = [table.select(["id", *rule]) for table in (left, agreeing(right, left, rule))]
        pairs = both[0].join(both[1], keys=rule, join_type="inner", right_suffix="_r")
        pairs = pairs.select(["id", "id_r"]).rename_columns(["id_l", "id_r"]).to_pandas()
        found = pd.concat([found, pairs[pairs["id_l"] < pairs["id_r"]] if alone else pairs])
    return min(max(len(found.drop_duplicates()), 1) / RECALL / max(every, 1), 0.5)


def _reachable(tables: list[pa.Table], rules: list[list[str]]) -> list[pa.Table]:
    """Return the people, and the records that agree with one on a rule, in order of id."""
    if len(tables) == 1:
        return tables
    people, records = tables
    return [people, records.filter(within_reach(records, people, rules, "id"))]


def _sample(tables: list[pa.Table]) -> list[pa.Table]:
    """Return rows drawn at random, of which SAMPLE pairs can be made."""
    rng = np.random.default_rng(SEED)
    if len(tables) == 1:
        return [_draw(tables[0], (2 * SAMPLE) ** 0.5, rng)]
    smaller = min(len(table) for table in tables)
    size = max(SAMPLE**0.5, SAMPLE / max(smaller, 1))
    return [_draw(table, size, rng) for table in tables]


def _training(tables: list[pa.Table], rules: list[list[str]], most: int) -> list[pa.Table]:
    """Return people and the records that agree with one on a rule, making TRAINING pairs or less.

    `most` is the number of pairs of the rule with the most. Of more than TRAINING people are
    drawn at random, and all of their pairs kept.
    """
    if len(tables) == 1:
        return tables
    people, records = tables
    rng = np.random.default_rng(SEED)
    drawn = _draw(people, len(people) * TRAINING / most, rng) if most > TRAINING else people
    return _reachable([drawn, records], rules)


def _count_pairs(people: pa.Table, records: pa.Table, rule: list[str]) -> int:
    """Return how many rows of people and of records agree on all fields of a rule."""
    near = agreeing(records, people, rule)
    groups = near.group_by(rule, use_threads=False).aggregate([("id", "count")])
    sizes = people.select(["id", *rule]).join(groups, keys=rule, join_type="inner")["id_count"]
    return int(sizes.to_numpy().sum())


def _draw(table: pa.Table, size: float, rng: np.random.Generator) -> pa.Table:
    """Return `size` rows of a table drawn at random, in their order; all if it has no more."""
    if len(table) <= size:
        return table
    return table.take(np.sort(rng.choice(len(table), int(size), replace=False)))


def _rounded(part: Any) -> Any:
    """Return settings with numbers of twelve significant digits."""
    if isinstance(part, dict):
        # A name that Splink makes up anew for each linker.
        return {key: _rounded(value) for key, value in part.items() if key != "linker_uid"}
    if isinstance(part, list):
        return [_rounded(value) for value in part]
    return float(f"{part:.12g}") if isinstance(part, float) else part


def _comparison(name: str, kind: str) -> ComparisonCreator:
    """Return how two values of a kind are compared, from equal to different."""
    import splink.comparison_library as cl

    match kind:
        case "name":
            return cl.JaroWinklerAtThresholds(name, [0.92, 0.8]).configure(
                term_frequency_adjustments=True
            )
        case "date":
            return cl.DateOfBirthComparison(name, input_is_string=True)
        case "postcode":
            return cl.PostcodeComparison(name)
        case "address":
            return cl.JaroWinklerAtThresholds(name, [0.92, 0.8])
        case "nino" | "nhs_number" | "number":
            return _edits(name, [1, 2])
    return cl.ExactMatch(name)


def _edits(name: str, most: list[int]) -> ComparisonCreator:
    """Return a comparison by edits and swaps of neighbours, at most so many.

    A swap is two edits without swaps, so values further apart than that, which can be told ten
    times faster, need not be looked at.
    """
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    levels = [
        cll.CustomLevel(
            f"levenshtein({name}_l, {name}_r) <= {2 * edits} "
            f"AND damerau_levenshtein({name}_l, {name}_r) <= {edits}",
            label_for_charts=f"At most {edits} edits or swaps",
        )
        for edits in most
    ]
    return cl.CustomComparison(
        output_column_name=name,
        comparison_levels=[
            cll.NullLevel(name),
            cll.ExactMatchLevel(name),
            *levels,
            cll.ElseLevel(),
        ],
    )
