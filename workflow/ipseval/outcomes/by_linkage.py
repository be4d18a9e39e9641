"""What linked sources say about people under each method of linkage, for its sensitivity."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ..arrays import index_in, occurs_in
from ..config.outcomes import Outcomes
from ..config.paye import Paye
from ..config.trial import Trial
from .context import DerivationContext, derive_each
from .derivation import Derivation
from .derive import context_of
from .linked import LinkedSources, Owners, link_when_asked, owners_of

USED = "used"  # the method whose links are used


def derive_by_linkage(
    trial: Trial,
    outcomes: Outcomes,
    tables: Mapping[str, pd.DataFrame],
    links: pd.DataFrame,
    methods: pd.DataFrame,
    people: pd.DataFrame,
    paye: Paye | None = None,
) -> pd.DataFrame:
    """Return what linked sources say about people under each method of linkage.

    Columns method, person_id, and every covariate and outcome that depends on the method
    (Outcomes.by_linkage). `methods` comes from the linkage stage: a person that a method could have
    linked and has no record counts as never employed, one that it does not name is unknown. A
    source that is not linked by some method keeps the links that are used. No rows if nothing is
    linked. `links` says which row of the trial's own tables is whose, `people` are those derived
    with the links that are used: of the few whose links a method changes it is derived anew.
    """
    specs, ids = outcomes.by_linkage, people["person_id"]
    methods = methods[methods["source"].isin(outcomes.sources_by_linkage)]
    if methods.empty or not specs:
        return pd.DataFrame(columns=["method", "person_id", *specs])
    by_method = _Methods(trial, outcomes, tables, methods, ids)
    everybody = np.arange(len(people))
    linked, owners = by_method.linked(USED, everybody), by_method.owners(USED, everybody)
    context = context_of(trial, tables, links, people, linked, owners, paye)
    frames = []
    for method in by_method.names:
        values = _values(specs, people, context, by_method, method)
        frames.append(pd.DataFrame({"method": method, "person_id": ids, **values}, copy=False))
    # A column at a time, and the parts go: together they are as large as the people.
    names = [*frames[0]]
    made = {name: pd.concat([one.pop(name) for one in frames], ignore_index=True) for name in names}
    return pd.DataFrame(made, copy=False)


def _values(
    specs: Mapping[str, Derivation],
    people: pd.DataFrame,
    context: DerivationContext,
    by_method: "_Methods",
    method: str,
) -> dict[str, Any]:
    """Return what depends on a method of linkage, by name, in the order of people."""
    moved = by_method.moved(method)
    if not len(moved):
        return {name: people[name] for name in specs}

    def under(places: np.ndarray) -> DerivationContext:
        return replace(
            context,
            day=context.day[places],
            record_ids=context.record_ids.iloc[places],
            linked=by_method.linked(method, places),
            owners=by_method.owners(method, places),
        )

    row = np.arange(len(people))
    some, whole = under(moved), under(row)
    # What people have, with what is derived anew below it.
    row[moved] = len(people) + np.arange(len(moved))
    known = dict(context.known)
    for name, spec in specs.items():
        if spec.by_linkage:  # from a person's own records and results
            mine = {one: pd.Series(known[one]).iloc[moved] for one in spec.made_from}
            anew = derive_each({name: spec}, replace(some, known=mine))[name]
            both = pd.concat([people[name], pd.Series(anew)], ignore_index=True)
            known[name] = both.take(row).reset_index(drop=True)
        else:
            known |= derive_each({name: spec}, replace(whole, known=known))
    return {name: known[name] for name in specs}


class _Methods:
    """Linked records under each method of linkage, of some people at a time.

    Where a source is not linked by a method, the links that are used stand for its own.
    """

    def __init__(
        self,
        trial: Trial,
        outcomes: Outcomes,
        tables: Mapping[str, pd.DataFrame],
        methods: pd.DataFrame,
        ids: pd.Series,
    ) -> None:
        self._outcomes, self._sources, self._tables = outcomes, trial.sources, tables
        self.names = list(methods["method"].unique())
        self._ids, self._methods = ids, methods
        self._person = index_in(methods["person_id"], ids)
        self._rows = methods.groupby(["source", "method"], observed=True).indices
        # A number for each person and record; one for a person that has none is among them.
        record = pd.factorize(methods["record_id"])[0].astype(np.int64)
        self._link = self._person * (record.max(initial=0) + 2) + record + 1

    def moved(self, method: str) -> np.ndarray:
        """Return the places of the people of whom a source says not what the links used say."""
        moved = np.zeros(len(self._ids), dtype=bool)
        for source in self._outcomes.sources_by_linkage:
            mine, used = self._rows_of(source, method), self._rows_of(source, USED)
            if mine is used:
                continue
            # Arrow is several times as fast as numpy.isin where few numbers are the same.
            links, other = pd.Series(self._link[mine]), pd.Series(self._link[used])
            differs, gone = ~occurs_in(links, other), ~occurs_in(other, links)
            people = np.concatenate([self._person[mine[differs]], self._person[used[gone]]])
            spells = self._outcomes.spells.get(source)
            if len(people) and spells and spells.payments_of_several:
                return np.arange(len(self._ids))
            moved[people] = True
        return np.flatnonzero(moved)

    def linked(self, method: str, places: np.ndarray) -> LinkedSources:
        """Return what sources say of the people at some places under a method of linkage."""
        owners = self.owners(method, places)

        def make(maker: Callable, name: str, spec: Any, source: str) -> Any:
            return maker(spec, self._tables, owners(source))

        return link_when_asked(self._outcomes, make)

    def owners(self, method: str, places: np.ndarray) -> Callable[[str], Owners]:
        """Return source -> which records are those of the people at some places."""
        asked = np.zeros(len(self._ids), dtype=bool)
        asked[places] = True
        ids = self._ids.iloc[places].reset_index(drop=True)

        @cache
        def owners(source: str) -> Owners:
            rows = self._rows_of(source, method)
            mine = self._methods.iloc[rows[asked[self._person[rows]]]]
            links = mine[mine["record_id"].notna()]
            status = pd.DataFrame({"person_id": ids, "source": source})
            status["linkable"] = occurs_in(ids, mine["person_id"])
            status["linked"] = occurs_in(ids, links["person_id"])
            return owners_of(self._sources[source], source, links, status, ids)

        return owners

    def _rows_of(self, source: str, method: str) -> np.ndarray:
        """Return the rows of `methods` that say whose the records of a source are."""
        used = self._rows.get((source, USED), np.array([], dtype=np.int64))
        return self._rows.get((source, method), used)
