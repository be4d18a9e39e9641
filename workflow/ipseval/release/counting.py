"""True counts of people by key, from the results of earlier stages."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue import path_of
from ..disclosed import BOTH, COUNTED, KNOWN, MONTH, TALLY, UNKNOWN, Key
from ..errors import InputError
from ..files import read_csv
from ..lazy import np, pd
from ..report.cells import same_text

if TYPE_CHECKING:
    from ..config.declared import TrialConfig

Where = tuple[tuple[str, str], ...]
_RANGE = re.compile(r"\[(-inf|-?[\d.e+-]+), (-?[\d.e+-]+)([\])])")
# Two selections of fewer people may agree by chance; of so many, they are one.
ALIKE = 50


class Counter:
    """Counts people of a trial: of each trial group and arm who meet some conditions."""

    def __init__(self, folder: Path, config: TrialConfig):
        self.folder, self.config = folder, config
        self.people = pd.read_parquet(folder / path_of("people"))
        self.groups = sorted(self.people["trial_group"].unique())
        place = self.people["trial_group"].map({g: i for i, g in enumerate(self.groups)})
        # Each arm has somebody (arms.allocated), so that people have the codes of all of them.
        codes = self.people["arm"].to_numpy(dtype=int)
        self.arms = tuple(map(str, range(max(2, int(codes.max(initial=0)) + 1))))
        self._at = self._place(place.to_numpy(dtype=int), codes)
        self._alike: dict[str, Where] = {}

    def groups_of(self, key: Key) -> tuple[str, ...]:
        """Return the trial groups of a key, all of them named."""
        return tuple(sorted(key.groups)) or tuple(self.groups)

    @cache  # noqa: B019 - one counter a job
    def count(self, key: Key) -> int:
        """Return how many people, or records, a key selects."""
        if key.table.startswith(TALLY):
            return self._tally(key.table, key.where)
        if key.table != "people":
            return int(self._records(key.table, key.where))
        cube = self.cube(key.where)
        return int(sum(cube[place] for place in self._places(key)))

    def _place(self, group: Any, arm: Any) -> Any:
        return len(self.arms) * group + arm

    def _places(self, key: Key) -> list[int]:
        """Return where the trial groups and arms of a key stand in a cube."""
        arms = self.arms if key.arm == BOTH else (key.arm,)
        groups = map(self.groups.index, self.groups_of(key))
        return [self._place(group, int(arm)) for group in groups for arm in arms]

    @cache  # noqa: B019 - one counter a job
    def cube(self, where: Where) -> np.ndarray:
        """Return people by trial group and arm (groups x arms) who meet every condition."""
        linkage = [
            (c, v) for c, v in where if " in " in c and c.rsplit(" in ", 1)[1] in self.sources
        ]
        if linkage:
            return self._linkage(tuple(linkage))
        mask = self._mask(where)
        return np.bincount(self._at[mask], minlength=len(self.arms) * len(self.groups))

    @property
    def sources(self) -> dict:
        """Linked sources of the trial."""
        return self.config.trial.sources

    @cache  # noqa: B019
    def alike(self, where: Where) -> Where:
        """Return the first conditions that were met by the very same people."""
        if not where or any(
            " in " in c and c.rsplit(" in ", 1)[1] in self.sources for c, _ in where
        ):
            return where
        # That all of a quarter came in one month is no reader's to know; sums tie the two.
        if any(c == MONTH for c, _ in where):
            return where
        mask = self._mask(where)
        if mask.sum() < ALIKE:
            return where
        if mask.all():
            return ()
        return self._alike.setdefault(hashlib.sha256(mask.tobytes()).hexdigest(), where)

    def _mask(self, where: Where) -> np.ndarray:
        mask = np.ones(len(self.people), dtype=bool)
        for condition in where:
            mask = mask & self._meets(*condition)
        return mask

    @cache  # noqa: B019
    def _meets(self, column: str, value: str) -> np.ndarray:
        return _meets(self._column(column), value)

    @cache  # noqa: B019
    def _column(self, name: str) -> pd.Series:
        if name in self.people:
            return self.people[name]
        if name == MONTH:
            return self.people["randomised_on"].dt.to_period("M").astype(str)
        if match := re.fullmatch(r"(\w+) in month (-?\d+)", name):
            return self._months(match[1])[int(match[2])]
        if match := re.fullmatch(r"(\w+) by (.+)", name):
            table = self._by_linkage
            rows = table[table["method"] == match[2]].set_index("person_id")[match[1]]
            return rows.reindex(self.people["person_id"]).reset_index(drop=True)
        raise KeyError(f"no column {name} of people")

    @property
    def _by_linkage(self) -> pd.DataFrame:
        return self._table("by_linkage")

    @cache  # noqa: B019
    def _table(self, name: str) -> pd.DataFrame:
        path = self.folder / path_of(name)
        return read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)

    @cache  # noqa: B019
    def _months(self, measure: str) -> pd.DataFrame:
        path = self.folder / path_of("months")
        table = pd.read_parquet(path, columns=["person_id", "month", measure])
        wide = table.pivot(index="person_id", columns="month", values=measure)
        return wide.reindex(self.people["person_id"]).reset_index(drop=True)

    @cache  # noqa: B019
    def is_yes_or_no(self, column: str) -> bool:
        """Return whether a column has no values but 0 and 1."""
        known = self._column(column).dropna()
        return bool(known.isin([0, 1]).all())

    def values(self, key: Key, column: str) -> np.ndarray:
        """Return the numbers of a column of the people of a key."""
        mask = self._mask(key.where) & np.isin(self._at, self._places(key))
        return self._column(column)[mask].dropna().to_numpy(dtype=float)

    def by_organisation(self, key: Key, column: str, organisation: str) -> np.ndarray:
        """Return what the people of a key have of a column, summed by their organisation."""
        if organisation not in self.people:
            raise InputError(
                "people have no such column",
                file="config/disclosure.yaml",
                column=organisation,
                rule="organisations",
                expected="a column of people.parquet",
                remedy="derive it in outcomes.yaml, or leave it out",
            )
        mask = self._mask(key.where) & np.isin(self._at, self._places(key))
        values = self._column(column)[mask].astype(float)
        return values.abs().groupby(self.people.loc[mask, organisation]).sum().to_numpy()

    def _linkage(self, where: Where) -> np.ndarray:
        """Return people by what linkage found, from the table of its quality."""
        # Of who could be looked up and was found, the last is the one that the table counts.
        columns = [c.rsplit(" in ", 1) for c, _ in where]
        name = "linked" if any(c == "linked" for c, _ in columns) else columns[0][0]
        table = self._table("quality")
        table = table[(table["source"] == columns[0][1])].astype({"arm": "str"})
        rows = table.set_index(["trial_group", "arm"])[name]
        return np.array([int(rows.loc[(g, a)]) for g in self.groups for a in self.arms])

    @cache  # noqa: B019
    def _records(self, table: str, where: Where) -> int:
        name = table.removeprefix("records of ")
        records = self._extract(name)
        mask = np.ones(len(records), dtype=bool)
        for column, value in where:
            mask &= _meets(records[column], value)
        return int(mask.sum())

    @cache  # noqa: B019
    def _tally(self, table: str, where: Where) -> int:
        """Return what a result counts, in its own column or in that of a part (disclosed.tally)."""
        result, _, column = table.removeprefix(TALLY).partition(".")
        rows = self._table(result)
        mask = np.ones(len(rows), dtype=bool)
        parts = [column, *(name for name, value in where if value == COUNTED)]
        for name, value in where:
            if value != COUNTED:
                mask &= (rows[name].map(same_text) == same_text(value)).to_numpy()
        return int(rows.loc[mask, parts].min(axis=1).sum())

    @cache  # noqa: B019
    def _extract(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / path_of("extracts", name))


def _meets(values: pd.Series, value: str) -> np.ndarray:
    """Return which values meet a condition (n, bool)."""
    if value == KNOWN:
        return values.notna().to_numpy(dtype=bool)
    if value == UNKNOWN:
        return values.isna().to_numpy(dtype=bool)
    if value in ("1", "not 1"):
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            is_one = (values == 1).fillna(False).to_numpy(dtype=bool)
        else:
            is_one = values.astype("object").isin([1, True, "1"]).to_numpy(dtype=bool)
        return is_one if value == "1" else ~is_one
    if match := _RANGE.fullmatch(value):
        low, high = float(match[1]), float(match[2])
        numbers = values.astype(float)
        above = numbers >= low
        return (above & ((numbers <= high) if match[3] == "]" else (numbers < high))).to_numpy()
    wanted = set(value.split("|"))
    if pd.api.types.is_bool_dtype(values):
        return values.astype(str).isin(wanted | {w.capitalize() for w in wanted}).to_numpy()
    if pd.api.types.is_numeric_dtype(values):
        return values.isin(
            [float(w) for w in wanted if w.lstrip("-").replace(".", "").isdigit()]
        ).to_numpy()
    return values.astype(str).isin(wanted).to_numpy()
