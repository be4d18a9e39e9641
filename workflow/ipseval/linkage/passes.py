"""The passes of one source: exact agreement first, then probability, one person to one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..config.placeholders import Placeholders
from ..config.trial import Pass, Source
from ..errors import InputError
from .health import FieldHealth, health_of, read_field
from .identifiers import NO_PLACEHOLDERS, Examined
from .rows import (
    agreeing,
    alike_in_categories,
    as_texts,
    code_table,
    with_categories,
    within_reach,
)
from .veto import contradicted, masked

LINKS = ["person_id", "source", "record_id", "pass", "score"]
NOT_FOUND = "no record found"
FITS_TWO = "fits two people of the source"
VETOED = "its only link is contradicted by other evidence"
REVIEW = ["person_id", "pass", "field", "of_person", "of_record", "agree"]
LOWEST = 0.01  # pairs below are never looked at


@dataclass(frozen=True)
class LinkedSource:
    """What linking one source gave.

    links (as in links.parquet), status (one row a person: person_id, source, linkable, linked,
    reason), methods (links of each way of linking, and people that it could have linked without
    a record; categories), pairs (person_id, entity, pass, score of
    everything that a pass linked, with `method`), blocked (person_id, entity of all pairs that
    were compared), owners (record_id, number, entity and perhaps
    supplier), models, runs (names of the ways of linking, also of those that link nobody),
    health (of the identifiers, of people first), vetoed (person_id, entity and pass of links by
    the passes used that other evidence contradicts) and review (one row a vetoed link and field,
    values masked: person_id, pass, field, of_person, of_record, agree), numbers (person_id and
    number, the identifier given) and candidates (person_id and number of all people of the source
    that some way of linking links to somebody) and scored (person_id, entity, pass and score of
    the pairs of probabilistic passes of whom no exact pass linked either). person_id and entity
    are categories in their order, the same in all tables, and so are numbers of owners: of texts
    every comparison would cost many times as much.
    """

    name: str
    links: pd.DataFrame
    status: pd.DataFrame
    methods: pd.DataFrame
    pairs: pd.DataFrame
    blocked: pd.DataFrame
    owners: pd.DataFrame
    models: dict
    runs: list[str]
    health: list[FieldHealth]
    vetoed: pd.DataFrame
    review: pd.DataFrame
    numbers: pd.DataFrame
    candidates: pd.DataFrame
    scored: pd.DataFrame


def link_source(
    people: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    source: Source,
    name: str,
    synthetic: bool,
    threads: int = 1,
    placeholders: Placeholders = NO_PLACEHOLDERS,
    people_table: str = "people",
    doubted: Collection[str] = (),
    scores: dict[str, tuple[pd.DataFrame, dict]] | None = None,
) -> LinkedSource:
    """Link people to the people of one source, pass by pass, and so to their records.

    `people` has person_id, in its order, and the fields. The people of a source are told apart
    by its identifier; a record without one stands for itself, and where one number is
    evidently that of two people, each of its dates of birth is a person. In every pass a person
    who fits two of them, and one who fits two people, is left out: a tie is dropped, not
    broken. Values that could not be right are missing. The links do not depend on the number of
    threads. `doubted` are the people whose identifier another source shows to be a stranger's.
    `scores` keeps pairs and model of each probabilistic pass for a second time, which differs by
    who is doubted only.
    """
    kinds = {field: spec.kind for field, spec in source.fields.items()}
    given = {
        f: read_field(people, f, k, synthetic, placeholders, people_table) for f, k in kinds.items()
    }
    left = pd.DataFrame({f: found.standard for f, found in given.items()})
    left.insert(0, "person_id", people["person_id"].astype("category").array)
    number = left[source.identifier]
    twice = {source.identifier: int((number.notna() & number.duplicated(keep=False)).sum())}
    own = [health_of(x, people_table, f, f, kinds[f], twice.get(f)) for f, x in given.items()]
    records, examined = _records_of(tables, source, kinds, synthetic, placeholders)
    alike_in_categories(left, records, kinds)
    records["entity"], shared = _entities(records, source, kinds)
    health = _health_of_tables(examined, source, kinds, shared)
    owners, everyone = _owners(records, source), _people_of(records, kinds)
    del records, examined
    right = _near(left, everyone, source)
    runs = {"used": _used(source), **_variants(source)}
    wanted = {step.name for steps in runs.values() for step in steps}
    scored = {} if scores is None else scores
    for step in source.passes:
        if step.method == "probabilistic" and step.name in wanted and step.name not in scored:
            scored[step.name] = _score(left, everyone, source, kinds, step, threads)
    found = {step: pairs for step, (pairs, _) in scored.items()}
    passes = _Passes(found, kinds, doubted, {(): _State((), (), left, right)})
    ran = {method: passes.run(steps) for method, steps in runs.items()}
    del passes
    done = {method: pairs for method, (pairs, _) in ran.items()}
    used, vetoed = ran["used"]
    status = _status(left, right, used, _held(vetoed, doubted), source, name)
    near = owners[_occur(owners["entity"], right["entity"])]
    near = near.sort_values("record_id", ignore_index=True).reset_index(names="place")
    links = used.merge(near, on="entity").sort_values(["person_id", "place"], ignore_index=True)
    links = links.assign(source=name)
    known = {
        method: _known(left, runs[method], pairs, _held(held, doubted))
        for method, (pairs, held) in ran.items()
    }
    pairs = pd.concat([p.assign(method=m) for m, p in done.items()], ignore_index=True)
    numbers = near[["entity", "number"]].dropna().drop_duplicates()
    candidates = pairs[["person_id", "entity"]].drop_duplicates().merge(numbers, on="entity")
    candidates = candidates.assign(number=as_texts(candidates["number"]))
    return LinkedSource(
        name=name,
        links=links[LINKS],
        status=status,
        methods=_methods(known, near, left["person_id"].dtype, name),
        pairs=pairs,
        blocked=_blocked(left, right, source),
        owners=owners,
        models={f"{name}.{step}": model for step, (_, model) in scored.items()},
        runs=list(runs),
        health=own + health,
        vetoed=vetoed,
        review=_review(vetoed, left, right, kinds),
        numbers=left[["person_id"]].assign(number=number).dropna(),
        candidates=candidates[["person_id", "number"]],
        scored=_undecided(done.get("stepwise"), found),
    )


def _methods(
    known: Mapping[str, pd.DataFrame],
    owners: pd.DataFrame,
    people: pd.CategoricalDtype,
    source: str,
) -> pd.DataFrame:
    """Return person_id, source, record_id and method of what each method knows, sorted.

    All are categories, in order: as texts they would be the largest table of the stage, held
    several times.
    """
    names = sorted(known)
    kinds = {
        "person_id": people,
        "source": pd.CategoricalDtype(pd.Index([source], dtype="str")),
        "record_id": pd.CategoricalDtype(pd.Index(owners["record_id"])),
        "method": pd.CategoricalDtype(pd.Index(names, dtype="str")),
    }
    frames = []
    for place, method in enumerate(names):
        rows = known[method].merge(owners[["entity", "place"]], on="entity", how="left")
        person = rows["person_id"].cat.codes.to_numpy(dtype="int64")
        # Who has no record has one row, so that it does not matter where that would come.
        record = rows["place"].fillna(-1).to_numpy(dtype="int64")
        order = np.argsort(person * (len(owners) + 1) + record)
        frames.append(
            pd.DataFrame(
                {
                    "person_id": person[order],
                    "source": 0,
                    "record_id": record[order],
                    "method": place,
                },
                dtype="int32",
            )
        )
    codes = pd.concat(frames, ignore_index=True)
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(codes[name].to_numpy(), dtype=kind)
            for name, kind in kinds.items()
        }
    )


def _used(source: Source) -> list[Pass]:
    return [step for step in source.passes if not source.used or step.name in source.used]


def _variants(source: Source) -> dict[str, list[Pass]]:
    """Return other ways of linking by name: first pass alone, all exact ones, each threshold."""
    exact = [step for step in source.passes if step.method == "exact"]
    variants = {"exact": exact[:1], "stepwise": exact} if exact else {}
    for step in source.passes:
        for threshold in sorted({step.threshold, *source.sensitivity}):
            if step.method == "probabilistic":
                last = step.model_copy(update={"threshold": threshold})
                variants[f"probabilistic_{threshold:g}"] = [*exact, last]
    return variants


def _records_of(
    tables: Mapping[str, pd.DataFrame],
    source: Source,
    kinds: Mapping[str, str],
    synthetic: bool,
    placeholders: Placeholders,
) -> tuple[pd.DataFrame, dict[str, dict[str, Examined]]]:
    """Return (record_id, perhaps supplier, and fields of all records; fields by table)."""
    frames, examined = [], {}
    for table, record_id in source.tables.items():
        rows = tables[table]
        examined[table] = {
            f: read_field(rows, spec.column, kinds[f], synthetic, placeholders, table)
            for f, spec in source.fields.items()
        }
        values = {f: found.standard for f, found in examined[table].items()}
        key = rows[record_id].astype("str")
        if key.duplicated().any():
            raise InputError(
                "two records have the same key",
                table=table,
                column=record_id,
                rows=np.flatnonzero(key.duplicated(keep=False)) + 1,
                rule="one row a record",
                remedy="remove the repeated rows, or name a key that tells records apart",
            )
        # Keys of several tables may be the same number.
        key = key if not source.also else f"{table}:" + key
        sent_by = {"supplier": rows[source.supplier]} if source.supplier else {}
        frames.append(pd.DataFrame({"record_id": key, **sent_by, **values}))
    return pd.concat(frames, ignore_index=True), examined


def _entities(
    records: pd.DataFrame, source: Source, kinds: Mapping[str, str]
) -> tuple[pd.Categorical, np.ndarray]:
    """Return (the entity of each record, which records have a number of several people).

    An entity is a number, or the record where the number is missing; where one number is that of
    several people, it is the number on a date. Entities have places for names, in the order that
    names of that kind would have: as texts they would be the largest column of a register.
    """
    number = records[source.identifier].cat
    # Behind the numbers that a text "record " comes after.
    before = int(np.sum(pc.less(pa.array(number.categories), "record ").to_numpy(False)))
    entity = number.codes.to_numpy(dtype=np.int64, copy=True)
    alone = entity < 0
    entity[entity >= before] += alone.sum()
    entity[alone] = before + records["record_id"][alone].rank(method="first").to_numpy(np.int64) - 1
    several = np.zeros(len(records), dtype=bool)
    for field in kinds:
        if kinds[field] == "date" and (shared := _shared(entity, records[field])).any():
            date = records[field].cat
            # A day is after none, and no date after all days.
            day = np.where(date.codes < 0, len(date.categories), date.codes) + 1
            entity = entity * (len(date.categories) + 2) + np.where(shared, day, 0)
            entity = np.unique(entity, return_inverse=True)[1]
            several |= shared
    kind = pd.CategoricalDtype(pd.RangeIndex(entity.max(initial=-1) + 1))
    return pd.Categorical.from_codes(entity, dtype=kind), several


def _occur(values: pd.Series, known: pd.Series) -> np.ndarray:
    """Return which values of categories occur among known ones of the same categories (n, bool)."""
    occurs = np.zeros(len(known.cat.categories) + 1, dtype=bool)
    occurs[known.cat.codes] = True
    occurs[-1] = False  # the code of what is missing is -1
    return occurs[values.cat.codes]


def _owners(records: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return record_id, entity, number (the standardised identifier) and perhaps supplier."""
    sent_by = ["supplier"] if source.supplier else []
    return records[["record_id", "entity", *sent_by]].assign(number=records[source.identifier])


def _people_of(records: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return entity and fields, one row an entity and distinct set of values, in order."""
    rows, entity = records[["entity", *kinds]], records["entity"].cat.codes.to_numpy()
    # Most entities of a register are one record, which differs from all others.
    often = (np.bincount(entity) > 1)[entity]
    again = rows[often].drop_duplicates().sort_values([*rows]).index
    places = np.concatenate([np.flatnonzero(~often), again])
    order = np.argsort(entity[places], kind="stable")
    return rows.iloc[places[order]].reset_index(drop=True)


def _health_of_tables(
    examined: Mapping[str, Mapping[str, Examined]],
    source: Source,
    kinds: Mapping[str, str],
    shared: np.ndarray,
) -> list[FieldHealth]:
    """Return the health of the fields of each table, whose records follow one another."""
    health, first = [], 0
    for table, fields in examined.items():
        end = first + len(fields[source.identifier].standard)
        twice = {source.identifier: int(shared[first:end].sum())}
        for f, found in fields.items():
            column = source.fields[f].column
            health.append(health_of(found, table, column, f, kinds[f], twice.get(f)))
        first = end
    return health


def _rules(source: Source) -> list[list[str]]:
    """Return the sets of fields on which a person and a record agree if a pass looks at both."""
    exact = [step.on for step in source.passes if step.method == "exact"]
    return exact + [rule for step in source.passes for rule in step.block]


def _near(left: pd.DataFrame, right: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the rows of the source that some pass looks at: few, in a register."""
    table = code_table(right[[*source.fields]].assign(row=np.arange(len(right))))
    reached = within_reach(table, code_table(left[[*source.fields]]), _rules(source), "row")
    return right[reached.to_numpy()].reset_index(drop=True)


def _shared(entity: np.ndarray, date: pd.Series) -> np.ndarray:
    """Return which records are of entities that are two people: each date is made an entity.

    A number is evidently that of two people if two of its dates differ in year, month and day:
    a typing error, or day and month swapped, leaves a part as it is. Whoever agrees on number
    and date then gets the records of that date and not the stranger's. By number alone nobody
    is linked, because the person fits two people of the source. A record without the date
    cannot be told to be either's and stands for a third.
    """
    often = np.bincount(entity) > 1
    several = often[entity]
    dates = pd.DataFrame({"entity": entity[several], "date": date[several]})
    dates = dates.dropna().drop_duplicates()
    dates = dates[dates.duplicated("entity", keep=False)]
    both = dates.merge(dates, on="entity")
    differs = pd.Series(True, index=both.index)
    for part in (slice(0, 4), slice(5, 7), slice(8, 10)):
        differs &= both["date_x"].str[part] != both["date_y"].str[part]
    often[:] = False
    often[both.loc[differs, "entity"]] = True
    return often[entity]


@dataclass(frozen=True)
class _State:
    """After some passes: pairs that each linked, and vetoed; people and rows that still wait."""

    linked: tuple[pd.DataFrame, ...]
    vetoed: tuple[pd.DataFrame, ...]
    waiting: pd.DataFrame
    free: pd.DataFrame


@dataclass(frozen=True)
class _Passes:
    """Runs passes in order. What several ways of linking begin with is run once (`states`)."""

    scored: Mapping[str, pd.DataFrame]
    kinds: Mapping[str, str]
    doubted: Collection[str]
    states: dict[tuple[tuple[str, float], ...], _State]

    def run(self, steps: list[Pass]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return (links, vetoed) of the passes: person_id, entity, pass and score.

        Links are one to one. Whoever's link is vetoed waits for the next pass, and so does the
        record.
        """
        state = self._after(steps)
        linked = pd.concat(state.linked, ignore_index=True)
        refused = pd.concat(state.vetoed or [linked.head(0)], ignore_index=True)
        return (
            linked.sort_values("person_id", ignore_index=True),
            refused.sort_values(["person_id", "entity", "pass"], ignore_index=True),
        )

    def _after(self, steps: list[Pass]) -> _State:
        key = tuple((step.name, step.threshold) for step in steps)
        if key not in self.states:
            self.states[key] = self._next(self._after(steps[:-1]), steps[-1])
        return self.states[key]

    def _next(self, state: _State, step: Pass) -> _State:
        waiting, free, vetoed = state.waiting, state.free, state.vetoed
        if step.method == "exact":
            pairs = _exact(waiting, free, step.on)
        else:
            pairs = self.scored[step.name]
            pairs = pairs[
                (pairs["score"] >= step.threshold)
                & _occur(pairs["person_id"], waiting["person_id"])
                & _occur(pairs["entity"], free["entity"])
            ]
        pairs = _one_to_one(pairs).assign(**{"pass": step.name})
        if step.method == "exact":
            against = contradicted(pairs, waiting, free, self.kinds, self.doubted)
            vetoed = (*vetoed, pairs[against])
            pairs = pairs[~against]
        return _State(
            (*state.linked, pairs),
            vetoed,
            waiting[~_occur(waiting["person_id"], pairs["person_id"])],
            free[~_occur(free["entity"], pairs["entity"])],
        )


def _exact(left: pd.DataFrame, right: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Return person_id, entity and score 1 where all fields agree and none is missing."""
    left = left[["person_id", *on]].dropna()
    table = code_table(right[on].assign(row=np.arange(len(right))))
    right = right.iloc[np.sort(agreeing(table, code_table(left[on]), on)["row"].to_numpy())]
    # By codes: to see that categories are alike, merge would make a hash of each of them.
    sides = (side.assign(**{f: side[f].cat.codes for f in on}) for side in (left, right))
    pairs = pd.merge(*sides, on=on)[["person_id", "entity"]].drop_duplicates()
    return pairs.assign(score=1.0)


def _score(
    left: pd.DataFrame,
    right: pd.DataFrame,
    source: Source,
    kinds: Mapping[str, str],
    step: Pass,
    threads: int,
) -> tuple[pd.DataFrame, dict]:
    """Return (person_id, entity and score of the pairs of a pass; its model).

    A person's score with an entity is the highest over its sets of values. The model is learned
    once, on everybody, whoever has been linked before.
    """
    from .probabilistic import score_pairs

    fields = list(dict.fromkeys([*step.compare, *chain(*step.block), *chain(*step.train)]))
    chosen = {field: kinds[field] for field in fields}
    sure = [other.on for other in source.passes if other.method == "exact"]
    scored = score_pairs(
        left.rename(columns={"person_id": "id"})[["id", *chosen]],
        right[fields].assign(id=_row_ids(len(right))),
        step,
        chosen,
        [on for on in sure if set(on) <= set(chosen)],
        LOWEST,
        threads,
    )
    row = scored.pairs["record"].astype("int64").to_numpy()
    pairs = pd.DataFrame(
        {
            "person_id": with_categories(scored.pairs["person"], left["person_id"].dtype),
            "entity": right["entity"].array.take(row),
            "score": scored.pairs["probability"],
        }
    )
    return pairs.groupby(["person_id", "entity"], as_index=False)["score"].max(), scored.model


def _row_ids(n: int) -> pd.Series:
    digits = pa.array(np.arange(n)).cast(pa.large_string())
    return pd.Series(pc.utf8_lpad(digits, width=9, padding="0"), dtype="str")


def _one_to_one(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs that are the best of both sides; where two are equally good, neither."""
    sides = ("person_id", "entity")
    for side in sides:
        place, score = pairs[side].cat.codes.to_numpy(), pairs["score"].to_numpy()
        best = np.zeros(len(pairs[side].cat.categories))
        np.maximum.at(best, place, score)
        pairs = pairs[score == best[place]]
    often = [np.bincount(codes)[codes] for codes in (pairs[side].cat.codes for side in sides)]
    return pairs[(often[0] == 1) & (often[1] == 1)]


def _blocked(left: pd.DataFrame, right: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return person_id and entity of all pairs that some pass looks at."""
    found = [_exact(left, right, rule)[["person_id", "entity"]] for rule in _rules(source)]
    return pd.concat(found, ignore_index=True).drop_duplicates()


def _held(vetoed: pd.DataFrame, doubted: Collection[str]) -> set[str]:
    """Return people whose identifier is a stranger's, by a link of theirs or by another source."""
    return {*vetoed["person_id"], *doubted}


def _status(
    left: pd.DataFrame,
    right: pd.DataFrame,
    pairs: pd.DataFrame,
    held: set[str],
    source: Source,
    name: str,
) -> pd.DataFrame:
    """Return person_id, source, linkable, linked and reason, one row a person.

    Linkable is who has every value that one of the passes used needs, shared with nobody else, and
    not somebody else's by all other evidence (`held`).
    """
    linkable, shared = _linkable(left, _used(source))
    linked = left["person_id"].isin(pairs["person_id"])
    missing = left[[*source.fields]].isna().all(axis=1)
    reason = pd.Series(NOT_FOUND, index=left.index, dtype="str")
    reason[~linkable & shared] = "identifier shared by two people"
    reason[~linkable & ~shared] = "identifier missing or malformed"
    reason[missing] = "every identifier missing"
    # Whoever agrees with a record and is not linked was tied, or came after somebody else.
    waiting = left[linkable & ~linked]
    for step in reversed(_used(source)):
        if step.method == "exact":
            fits = _exact(waiting, right, step.on)["person_id"]
            two = fits[fits.duplicated()]
            reason[left["person_id"].isin(fits)] = "its record fits another person"
            reason[left["person_id"].isin(two)] = FITS_TWO
    doubted = left["person_id"].isin(held)
    reason[doubted] = VETOED
    reason[linked] = "linked"
    return pd.DataFrame(
        {
            "person_id": left["person_id"],
            "source": name,
            "linkable": (linkable & ~doubted) | linked,
            "linked": linked,
            "reason": reason,
        }
    )


def _linkable(left: pd.DataFrame, steps: list[Pass]) -> tuple[pd.Series, pd.Series]:
    """Return who has values of their own that a pass needs, and who shares them with others."""
    linkable = pd.Series(False, index=left.index)
    shared = pd.Series(False, index=left.index)
    for step in steps:
        for fields in [step.on] if step.method == "exact" else step.block:
            complete = left[fields].notna().all(axis=1)
            twice = complete & left.duplicated(fields, keep=False)
            linkable |= complete & ~twice
            shared |= twice
    return linkable, shared


def _known(
    left: pd.DataFrame, steps: list[Pass], pairs: pd.DataFrame, held: set[str]
) -> pd.DataFrame:
    """Return person_id and entity of who is linked, and of who could have been without one."""
    linkable, _ = _linkable(left, steps)
    linkable &= ~left["person_id"].isin(held)
    alone = left.loc[linkable & ~left["person_id"].isin(pairs["person_id"]), ["person_id"]]
    nobody = pd.Categorical.from_codes(np.full(len(alone), -1), dtype=pairs["entity"].dtype)
    return pd.concat([pairs[["person_id", "entity"]], alone.assign(entity=nobody)])


def _undecided(exact: pd.DataFrame | None, scored: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return person_id, entity, pass and score of the pairs that exact passes leave to a score.

    Of each person the best: a pass links no other.
    """
    frames = [pd.DataFrame(columns=["person_id", "entity", "pass", "score"])]
    for step, pairs in scored.items():
        if exact is not None:
            gone = pairs["person_id"].isin(exact["person_id"])
            pairs = pairs[~gone & ~pairs["entity"].isin(exact["entity"])]
        frames.append(_one_to_one(pairs).assign(**{"pass": step}))
    return pd.concat(frames[1:] or frames, ignore_index=True)


def _review(
    vetoed: pd.DataFrame, left: pd.DataFrame, right: pd.DataFrame, kinds: Mapping[str, str]
) -> pd.DataFrame:
    """Return person_id, pass, field, of_person and of_record of vetoed links, values masked.

    Where the records of an entity differ in a field, each of their values has a row.
    """
    frames = [pd.DataFrame(columns=REVIEW)]
    for field in kinds if len(vetoed) else ():
        both = vetoed.merge(left[["person_id", field]], on="person_id")
        both = both.rename(columns={field: "of_person"})
        both = both.merge(right[["entity", field]].drop_duplicates(), on="entity")
        both = both.rename(columns={field: "of_record"}).assign(field=field)
        one, other = (both[side].cat.codes for side in ("of_person", "of_record"))
        both = both.assign(agree=(one == other) & (one >= 0))
        for side in ("of_person", "of_record"):
            both[side] = masked(as_texts(both[side]))
        frames.append(both[REVIEW])
    return pd.concat(frames[1:] or frames, ignore_index=True)
