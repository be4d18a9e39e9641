"""What linked sources say about people under each method of linkage, for its sensitivity."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from ..arrays import occurs_in
from ..config.outcomes import Outcomes
from ..config.paye import Paye
from ..config.trial import Trial
from ..memory import give_back
from .context import derive_each
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
    linked. `links` says which row of the trial's own tables is whose, `people` are those derived.
    """
    specs, ids = outcomes.by_linkage, people["person_id"]
    by_method = _Methods(trial, outcomes, tables, methods, ids)
    frames = []
    for method in by_method.names if specs else ():
        linked, owners = by_method.linked(method), by_method.owners_by(method)
        context = context_of(trial, tables, links, people, linked, owners, paye)
        values = derive_each(specs, context)
        frames.append(pd.DataFrame({"method": method, "person_id": ids, **values}, copy=False))
        give_back()
    if not frames:
        return pd.DataFrame(columns=["method", "person_id", *specs])
    # A column at a time, and the parts go: together they are as large as the people.
    names = [*frames[0]]
    made = {name: pd.concat([one.pop(name) for one in frames], ignore_index=True) for name in names}
    return pd.DataFrame(made, copy=False)


class _Methods:
    """Linked records under each method of linkage.

    What the links that are used give stands for every method that does not link a source: it is
    worked out once. The rest belongs to one method and goes with it.
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
        self._ids = ids
        read = methods["source"].isin(outcomes.sources_by_linkage)
        self.names = list(methods.loc[read, "method"].unique())
        self._methods = methods
        self._linked = set(methods.groupby(["source", "method"], observed=True).size().index)
        self._made: dict[tuple, Any] = {}
        self._owners: dict[tuple[str, str], Owners] = {}

    def linked(self, method: str) -> LinkedSources:
        """Return what sources say under a method of linkage."""

        def make(maker: Callable, name: str, spec: Any, source: str) -> Any:
            key = (maker, name, *self._key(source, method))
            if key in self._made:
                return self._made[key]
            made = maker(spec, self._tables, self._of(source, method))
            if key[-1] == USED and not all((source, one) in self._linked for one in self.names):
                self._made[key] = made
            return made

        return link_when_asked(self._outcomes, make)

    def owners_by(self, method: str) -> Callable[[str], Owners]:
        """Return source -> whose its records are under a method of linkage."""
        return lambda source: self._of(source, method)

    def _of(self, name: str, method: str) -> Owners:
        key = self._key(name, method)
        if key not in self._owners:
            methods = self._methods
            rows = methods[(methods["source"] == name) & (methods["method"] == key[1])]
            links = rows[rows["record_id"].notna()]
            status = pd.DataFrame({"person_id": self._ids, "source": name})
            status["linkable"] = occurs_in(self._ids, rows["person_id"])
            status["linked"] = occurs_in(self._ids, links["person_id"])
            owners = owners_of(self._sources[name], name, links, status, self._ids)
            # Of the methods before nothing is asked any more.
            kept = {k: v for k, v in self._owners.items() if k[-1] in (USED, method)}
            self._owners = kept | {key: owners}
        return self._owners[key]

    def _key(self, name: str, method: str) -> tuple[str, str]:
        return (name, method if (name, method) in self._linked else USED)
