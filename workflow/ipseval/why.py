"""Why a number is what it is: from a cell of an exhibit to estimate, outcome, records and code."""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd
from pyarrow.parquet import read_metadata

from . import arms
from .catalogue import path_of, record_of
from .config.base import suggest
from .config.read import located
from .config.refs import names_in
from .errors import InputError
from .files import read_csv
from .provenance import ROOT
from .report.cells import read_source, same_text

if TYPE_CHECKING:
    from .config.base import Section
    from .config.declared import TrialConfig
    from .config.models import Model
    from .door import TrialResults

KEYS = ("panel", "row", "column", "statistic")
# Columns of estimates that a person asks for, in this order.
ESTIMATE = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "p_adjusted",
    "n",
    "n_treatment",
    "n_control",
    "dropped_n",
    "mean_control",
    "mean_treatment",
    "effect_sd",
    "effect_ppt",
    "unit",
)


class Results(Protocol):
    """Results of one trial, and what it declares."""

    @property
    def trial(self) -> str:
        """Name of the trial."""

    @property
    def folder(self) -> Path:
        """Results of the trial."""

    @property
    def config(self) -> TrialConfig:
        """Declarations of the trial."""

    @property
    def people(self) -> pd.DataFrame:
        """One row a randomised person."""

    def __hash__(self) -> int:
        """Return what the same results are known by, where something is made of them once."""

    def table(self, name: str) -> pd.DataFrame:
        """Return a result by its name in the catalogue."""

    def estimate(self, family: str) -> pd.DataFrame:
        """Return the estimates of a family."""


@dataclass(frozen=True)
class Why:
    """What is behind one cell: paragraphs, each with a heading and lines."""

    cell: dict[str, Any]
    parts: dict[str, list[str]]

    def __str__(self) -> str:
        return "\n".join(
            line
            for head, lines in self.parts.items()
            for line in (head, *(f"  {x}" for x in lines))
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<dt>{html.escape(head)}</dt>"
            + "".join(f"<dd>{html.escape(line)}</dd>" for line in lines)
            for head, lines in self.parts.items()
        )
        return f"<dl>{rows}</dl>"


def why(results: TrialResults, exhibit: str, keys: dict[str, str]) -> Why:
    """Return what is behind the cell of an exhibit that keys (of KEYS) choose.

    Raises InputError where they fit none, or several, naming what would tell these apart.
    """
    shown = results.exhibit(exhibit)
    cell = _chosen(shown.cells, exhibit, keys)
    spec = results.config.exhibits.exhibits[exhibit]
    parts = {
        "number": [
            f"{cell['printed']}  ({', '.join(f'{key} {cell[key]}' for key in KEYS)})",
            f"unrounded {cell['value']!r}, unit {cell['unit'] or 'none'}, n = {_text(cell['n'])}",
        ],
        "exhibit": [
            f"{exhibit}: {spec.title}",
            f"declared in {declared_in(results.trial, 'exhibits', 'exhibits', exhibit)}",
            f"made by {code_of(type(spec).cells)}",
        ],
    }
    for file, selected in read_source(str(cell["source"])):
        parts |= _behind(results, file, selected)
    parts["audit"] = [f"ipseval audit {_under_root(results.folder)}/report/exhibits/{exhibit}.csv"]
    return Why(cell, parts)


def _chosen(cells: pd.DataFrame, exhibit: str, keys: dict[str, str]) -> dict[str, Any]:
    left = cells
    for key, text in keys.items():
        known = list(dict.fromkeys(left[key]))
        left = left[left[key] == text]
        if left.empty:
            raise InputError(f"no cell with {key} '{text}'{suggest(text, known)}", table=exhibit)
    if len(left) > 1:
        apart = [key for key in KEYS if left[key].nunique() > 1]
        telling = "; ".join(f"{key} {', '.join(dict.fromkeys(left[key]))}" for key in apart)
        raise InputError(
            f"{len(left)} cells fit", table=exhibit, expected=telling, remedy="give one of each"
        )
    return left.iloc[0].to_dict()


def _behind(results: Results, file: str, keys: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the paragraphs on one source of a cell."""
    if file == "config":
        return {"source": ["declared: no data are behind it"]}
    if not (results.folder / file).is_file():
        raise InputError("the file behind the cell is missing", file=results.folder / file)
    chosen = " ".join(f"{key}={'|'.join(values)}" for key, values in keys.items())
    head = {f"source {file}": [chosen or "the whole file", *maker_of(results, file)]}
    if file.startswith("impact/") and Path(file).stem in results.config.models.names:
        return head | _of_estimate(results, Path(file).stem, keys)
    if file == path_of("people"):
        keys = dict(keys)
        columns = keys.pop("column", [])
        parts = head | of_sample(results, keys)
        for column in columns:
            parts |= of_outcome(results, column)
        return parts
    return head | {"rows": _row(results, file, keys)}


def _only(frame: pd.DataFrame, keys: dict[str, list[str]]) -> pd.DataFrame:
    """Return the rows of a result that the keys of a source select."""
    for key, values in keys.items():
        if key in frame:
            wanted = [same_text(value) for value in values]
            frame = frame[frame[key].map(same_text).isin(wanted)]
    return frame


def maker_of(results: Results, file: str) -> list[str]:
    """Return the rule and the script that made a result."""
    rule = record_of(file, results.trial).partition(".")[0]
    stage = file.partition("/")[0]
    script = f"workflow/scripts/{rule}.py"
    return [f"made by rule {rule} (workflow/rules/{stage}.smk, {script})"]


def _row(results: Results, file: str, keys: dict[str, list[str]]) -> list[str]:
    """Return the rows of a result that keys choose, a line each."""
    path = results.folder / file
    if path.suffix == ".json":
        return ["parameters of the model, one entry a field compared"]
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else read_csv(path)
    frame = _only(frame, keys)
    lines = [
        ", ".join(f"{name} {_text(value)}" for name, value in row.items() if name not in keys)
        for row in frame.head(3).to_dict("records")
    ]
    return [*lines, *([f"and {len(frame) - 3} more rows"] if len(frame) > 3 else [])]


def _of_estimate(results: Results, family: str, keys: dict[str, list[str]]) -> dict[str, list[str]]:
    models = results.config.models
    estimates = _only(results.estimate(family), keys)
    lines = [
        ", ".join(f"{name} {_text(row[name])}" for name in ESTIMATE if not pd.isna(row[name]))
        for row in estimates.head(3).to_dict("records")
    ]
    parts = {"estimate": lines}
    outcome, model = (keys.get(key, [""])[0] for key in ("outcome", "model"))
    if family in models.tests:
        parts["tests"] = [f"declared in {declared_in(results.trial, 'models', 'tests', family)}"]
    else:
        where = declared_in(results.trial, "models", "families", family)
        parts["model"] = [f"family declared in {where}"]
        if model in models.families[family].models:
            spec = models.families[family].models[model]
            parts["model"] += [
                *of_model(results.trial, family, model, spec),
                adjusted(spec.adjusted_for(outcome)),
            ]
    parts |= of_sample(results, {"group": keys.get("group", [])})
    return parts | (of_outcome(results, outcome) if outcome else {})


def of_model(trial: str, family: str, name: str, spec: Model) -> list[str]:
    """Return what a model of a family is, where it is declared, and the code that fits it."""
    where = declared_in(trial, "models", "families", family, "models", name)
    return [
        f"{spec.label}: estimator {spec.estimator}, declared in {where}",
        f"estimated by {code_of(type(spec).estimates)}",
        f"weighted by {spec.weighted_by or 'nothing'}",
    ]


def adjusted(covariates: Sequence[str]) -> str:
    """Return what a model adjusts for."""
    return f"adjusted for {', '.join(covariates) or 'nothing'}"


def of_sample(results: Results, keys: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return who of the randomised people are chosen."""
    people = results.people
    lines = []
    for group in keys.get("group", ()):
        declared = results.config.trial.groups[group]
        people = people[people["trial_group"].isin(declared.trial_groups)]
        where = declared_in(results.trial, "trial", "groups", group)
        lines.append(f"{declared.label}: {', '.join(declared.trial_groups)}, declared in {where}")
        if declared.sample:
            lines.append(f"of the sample '{declared.sample}' alone")
            people = people[people[f"sample_{declared.sample}"] == 1]
    people = _only(people, keys)
    lines += [f"{key} {' or '.join(values)}" for key, values in keys.items() if key in people]
    role = results.config.trial.person.arm
    if role.arms:
        each = [
            f"{int((people['arm'] == role.names.index(arm)).sum()):,} to {role.label(arm)}"
            for arm in role.printed_order
        ]
        lines.append(f"{len(people):,} people randomised, {', '.join(each)}")
        return {"sample": lines}
    treated = int(arms.treated(people).sum())
    lines.append(
        f"{len(people):,} people randomised, {treated:,} to treatment and "
        f"{len(people) - treated:,} to control"
    )
    return {"sample": lines}


def of_outcome(results: Results, name: str) -> dict[str, list[str]]:
    """Return what an outcome is, its rule and code, and the records behind it by count."""
    outcomes = results.config.outcomes
    if name not in outcomes.derived:
        return {}
    spec = outcomes.derived[name]
    section = "covariates" if name in outcomes.covariates else "outcomes"
    known = _known(results, name)
    return {
        "outcome": [
            f"{name}: {spec.label}, {spec.unit}",
            " ".join((type(spec).__doc__ or "").split()),
            f"declared in {declared_in(results.trial, 'outcomes', section, name)}",
            f"derived by {code_of(type(spec).derive)}",
            *([f"known for {known:,} people"] if known is not None else []),
        ],
        "records": list(_records(results, spec)) or ["of no table"],
    }


def _known(results: Results, name: str) -> int | None:
    """Return for how many people a column is known; None where people have no such column."""
    file = read_metadata(results.folder / path_of("people"))
    names = file.schema.names
    if name not in names:
        return None
    groups = (file.row_group(group) for group in range(file.num_row_groups))
    counted = [(one.num_rows, one.column(names.index(name)).statistics) for one in groups]
    return sum(rows - (stats.null_count if stats else 0) for rows, stats in counted)


def _records(results: Results, spec: Section, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the tables that a derivation reads, with their rows, and how many people are linked."""
    outcomes, trial = results.config.outcomes, results.config.trial
    for before in names_in(spec, "derived_before", "known_before"):
        if before in outcomes.derived and before not in seen:
            yield from _records(results, outcomes.derived[before], (*seen, before))
    tables = names_in(spec, "tables", "linked_tables")
    sources = names_in(spec, "sources", "spells", "benefits")
    for name in names_in(spec, "spells"):
        tables += [outcomes.spells[name].employments, outcomes.spells[name].payments]
    tables += [outcomes.benefits[name].table for name in names_in(spec, "benefits")]
    for name in names_in(spec, "events"):
        tables += list(outcomes.events[name].tables)
        sources.append(outcomes.events[name].source)
    for name in names_in(spec, "stays"):
        tables.append(outcomes.stays[name].table)
        sources.append(outcomes.stays[name].source)
    if not tables and not sources:
        tables = [trial.person.table]
    for table in dict.fromkeys(tables):
        rows = read_metadata(results.folder / path_of("extracts", table)).num_rows
        yield f"{table}: {rows:,} rows, {path_of('extracts', table)}"
    linked = _linked(results)
    for source in dict.fromkeys(sources):
        if source in linked:
            found, people = linked[source]
            yield f"{source}: {found} of {people} people have a record, {path_of('quality')}"


@lru_cache(maxsize=8)
def _linked(results: Results) -> dict[str, tuple[str, str]]:
    """Return source -> people with a record in it, and all people; a page asks for each outcome."""
    quality = results.table("quality")
    everyone = quality[(quality["arm"] == "all") & (quality["trial_group"] == "all")]
    counts = everyone[["source", "linked", "people"]].dropna()
    return {
        source: (f"{int(linked):,}", f"{int(people):,}")
        for source, linked, people in counts.itertuples(index=False)
    }


def code_of(function: Callable[..., Any]) -> str:
    """Return the dotted name of a function of the package, with file and line."""
    # inspect.getsourcelines would read the lines to the end of the function.
    code = inspect.unwrap(function).__code__
    file, line = Path(code.co_filename), code.co_firstlineno
    return f"{function.__module__}.{function.__qualname__} ({_under_root(file)}, line {line})"


def declared_in(trial: str, file: str, *keys: str) -> str:
    """Return the file and line of a declaration of a trial, as they stand now."""
    folder = ROOT / "config" / "trials" / trial
    return _under_root(Path(located(folder / f"{file}.yaml", keys)))


def _under_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
