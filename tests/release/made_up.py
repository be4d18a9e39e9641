"""Small made-up systems and a made-up trial for the tests of disclosure control."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from ipseval.config.disclosure import DisclosurePolicy
from ipseval.config.trial import Group
from ipseval.files import write_csv, write_json
from ipseval.release.attack import Puzzle
from ipseval.release.control import Controlled, control
from ipseval.release.system import System

Shape = tuple[tuple[int, ...], ...]
SHAPES: list[Shape] = [((4,), (5,)), ((5,), (6,)), ((2, 3), (4,)), ((3, 3), (4,)), ((2, 2), (2, 2))]
ONS = DisclosurePolicy(description="ons")


def tree(levels: tuple[int, ...]) -> tuple[list[tuple], list[tuple]]:
    """Return the leaves of a hierarchy, and its wholes with their parts."""
    sums = []
    for depth in range(len(levels) - 1, -1, -1):
        for before in itertools.product(*[range(k) for k in levels[:depth]]):
            sums.append((before, [(*before, j) for j in range(levels[depth])]))
    return list(itertools.product(*[range(k) for k in levels])), sums


def random_table(seed: int, shape: Shape) -> System:
    """Return a table of counts with margins, of hierarchies of that shape."""
    rng = np.random.default_rng(seed)
    dims = [tree(levels) for levels in shape]
    leaves = itertools.product(*[d[0] for d in dims])
    value = {k: int(rng.negative_binomial(0.7, 0.7 / 60.7)) for k in leaves}
    relations = []
    for axis, (_, sums) in enumerate(dims):
        for whole, parts in sums:
            for rest in {k[:axis] + k[axis + 1 :] for k in value if k[axis] in set(parts)}:
                keys = [(*rest[:axis], part, *rest[axis:]) for part in parts]
                value[(*rest[:axis], whole, *rest[axis:])] = sum(value[k] for k in keys)
    for axis, (_, sums) in enumerate(dims):
        for whole, parts in sums:
            for k in [k for k in value if k[axis] == whole]:
                relations.append((k, [(*k[:axis], part, *k[axis + 1 :]) for part in parts]))
    system = System()
    for k, v in value.items():
        system.show(system.number(str(k), v), v, v, 1 + np.log1p(v))
    for whole, parts in relations:
        system.relate(system.index[str(whole)], [system.index[str(p)] for p in parts])
    return system


def as_read(system: System, withheld: np.ndarray) -> Puzzle:
    """Return what a reader has of a system: what is not withheld, and the relations."""
    puzzle = Puzzle()
    for i, key in enumerate(system.keys):
        puzzle.variable(key)
        if system.shown[i] and not withheld[i]:
            puzzle.learn(key, system.low[i], system.high[i])
    for row in system.rows:
        puzzle.equate([(system.keys[c], v) for c, v in row])
    return puzzle


GROUPS = {"north": ["north"], "south": ["south"], "pooled": ["north", "south"]}


def trial_config(exhibits: dict[str, Any], families: dict[str, Any] | None = None) -> Any:
    """Return declarations of a trial of two groups, as far as exhibits ask for them."""
    groups = {name: Group(label=name, trial_groups=members) for name, members in GROUPS.items()}
    return SimpleNamespace(
        trial=SimpleNamespace(groups=groups, sources={}, currency="£"),
        outcomes=SimpleNamespace(units={"working": "proportion", "answer": "category"}),
        models=SimpleNamespace(families=families or {}, tests={}),
        exhibits=SimpleNamespace(
            chapters={"all": SimpleNamespace(exhibits=list(exhibits))}, exhibits=exhibits
        ),
    )


def people(counts: dict[tuple[str, int], list[dict[str, Any]]]) -> pd.DataFrame:
    """Return people: of each (group, arm) so many rows, each with what is given of it."""
    rows = []
    for (group, arm), members in counts.items():
        for member in members:
            times = member.get("times", 1)
            own = {k: v for k, v in member.items() if k != "times"}
            rows += [{"trial_group": group, "arm": arm, **own}] * times
    frame = pd.DataFrame(rows)
    frame["person_id"] = [f"{i:016x}" for i in range(len(frame))]
    if "randomised_on" not in frame:
        frame["randomised_on"] = pd.Timestamp("2018-05-01")
    return frame


def data_of(frame: pd.DataFrame, config: Any) -> Any:
    """Return what an exhibit makes its cells from."""
    return SimpleNamespace(people=frame, config=config)


def controlled(
    folder: Path,
    frame: pd.DataFrame,
    exhibits: dict[str, Any],
    policy: DisclosurePolicy = ONS,
    cells: dict[str, pd.DataFrame] | None = None,
    families: dict[str, Any] | None = None,
    earlier: dict[str, tuple[float, float]] | None = None,
    **options: Any,
) -> Controlled:
    """Control the exhibits of made-up people; cells are those that the kinds make of them."""
    config = trial_config(exhibits, families)
    (folder / "outcomes").mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / "outcomes" / "people.parquet")
    for name, spec in exhibits.items():
        made = (cells or {}).get(name)
        tidy = (spec.cells(data_of(frame, config)) if made is None else made).copy()
        tidy.insert(0, "exhibit", name)
        tidy["data"] = "real"
        write_csv(folder / "report" / "exhibits" / f"{name}.csv", tidy)
    return control("made-up", config, folder, policy, 60, earlier, **options)


def write_release(folder: Path, found: Controlled) -> Path:
    """Write what a reader of a release has of a trial."""
    for name, part in found.cells.items():
        write_csv(folder / f"{name}.csv", part)
    write_csv(folder / "declared" / "counts.csv", found.counted)
    write_json(folder / "declared" / "relations.json", found.declared)
    return folder
