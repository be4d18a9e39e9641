"""What linked sources say about people under each way of linking, for its sensitivity."""

from collections.abc import Callable

import pandas as pd

from ..arrays import occurs_in
from ..calendar import as_days
from ..config.linked_derivations import LastRecord, SpellKind
from ..config.outcomes import Outcomes
from ..config.paye import Paye
from ..config.trial import Source
from .linked import Linked, Owners, benefits_of, employments_of, last_record, owners_of
from .transforms import only_where, transform
from .windows import derive_linked


def derive_by_linkage(
    outcomes: Outcomes,
    sources: dict[str, Source],
    tables: dict[str, pd.DataFrame],
    methods: pd.DataFrame,
    people: pd.DataFrame,
    paye: Paye | None = None,
) -> pd.DataFrame:
    """Return what linked sources say about people under each way of linking.

    Columns method, person_id, and every covariate and outcome derived from a source with spells
    or benefits, or from a last record, or made from one of these. `methods` comes from the
    linkage stage: a person that a way of linking could have linked and has no record counts as
    never employed, one that it does not name is unknown. A source that is not linked in some way
    keeps the links that are used. No rows if nothing is linked.
    """
    day, ids = as_days(people["randomised_on"]), people["person_id"]
    specs = outcomes.by_linkage
    ways = _Ways(outcomes, sources, tables, methods, ids, paye)
    frames = [pd.DataFrame(columns=["method", "person_id", *specs])]
    for method in ways.names if specs else ():
        linked, values = ways.linked(method), {}
        for name, spec in specs.items():
            known = {**people, **values}
            if isinstance(spec, SpellKind):
                found = derive_linked(spec, day, linked)
            elif isinstance(spec, LastRecord):
                found = last_record(spec, tables, ways.owners(spec.source, method), day)
            else:
                found = transform(name, spec, known)
            values[name] = only_where(name, spec.only_where, found, known)
        frames.append(pd.DataFrame({"method": method, "person_id": ids, **values}))
    return pd.concat(frames[1:] or frames, ignore_index=True)


class _Ways:
    """Linked records under each way of linking, each source and way worked out once."""

    def __init__(
        self,
        outcomes: Outcomes,
        sources,
        tables,
        methods: pd.DataFrame,
        ids: pd.Series,
        paye: Paye | None,
    ):
        self._outcomes, self._sources, self._tables, self._ids = outcomes, sources, tables, ids
        self._paye = paye
        last = [s.source for s in outcomes.derived.values() if isinstance(s, LastRecord)]
        rows = methods[methods["source"].isin([*outcomes.spells, *outcomes.benefits, *last])]
        self.names = list(rows["method"].unique())
        self._rows = dict(list(rows.groupby(["source", "method"])))
        self._nobody = rows.iloc[:0]
        self._made, self._owners = {}, {}

    def linked(self, method: str) -> Linked:
        """Return employments and benefits under a way of linking, by source."""
        return Linked(
            {n: self._of(n, method, s, employments_of) for n, s in self._outcomes.spells.items()},
            {n: self._of(n, method, s, benefits_of) for n, s in self._outcomes.benefits.items()},
            paye=self._paye,
        )

    def owners(self, name: str, method: str) -> Owners:
        """Return whose the records of a source are under a way of linking."""
        way = self._way(name, method)
        if way not in self._owners:
            rows = self._rows.get(way, self._nobody)
            made = rows[rows["record_id"].notna()]
            status = pd.DataFrame({"person_id": self._ids, "source": name})
            status["linkable"] = occurs_in(self._ids, rows["person_id"])
            status["linked"] = occurs_in(self._ids, made["person_id"])
            self._owners[way] = owners_of(self._sources[name], name, made, status, self._ids)
        return self._owners[way]

    def _way(self, name: str, method: str) -> tuple[str, str]:
        return (name, method if (name, method) in self._rows else "used")

    def _of(self, name: str, method: str, spec, make: Callable):
        way = (make, *self._way(name, method))
        if way not in self._made:
            self._made[way] = make(spec, self._tables, self.owners(name, method))
        return self._made[way]
