"""`ipseval check RUN`: what a run would read and refuse, before it is started."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .config.declared import Project, TrialConfig
from .config.extracts import Table
from .config.load import load_project
from .config.run import ExtractSource
from .errors import InputError, InputErrors, counted
from .extracts.deliveries import files_of
from .extracts.on_disk import HELD, Stored, parts
from .extracts.read import no_file, read_table
from .extracts.tables import validate_references
from .linkage.identifiers import standardise

SAMPLE = 1_000_000  # rows of a file that are looked at, unless all are asked for
# Identifiers whose form can be checked.
CHECKED = {"nino": "National Insurance numbers", "nhs_number": "NHS numbers"}


@dataclass
class Found:
    """What a table's files hold, or why they would be refused."""

    files: list[Path] = field(default_factory=list)
    frame: pd.DataFrame | Stored | None = None
    left_out: int = 0
    is_sample: bool = False
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    problem: InputError | None = None


def check_run(
    root: Path, run: str | None, full: bool = False, progress: Callable[[str], object] = str
) -> tuple[str, bool]:
    """Return what a run reads, in words, and whether nothing would be refused.

    Raises InputError for a configuration that cannot be loaded. Nothing is written.
    """
    project = load_project(root, {"run": run} if run else None)
    lines, good = ["Configuration: nothing wrong."], True
    lines += _secret(project)
    for name, config in project.trials.items():
        source = project.run.extracts[name]
        lines += ["", f"{name}: extracts from {source.module or source.folder or 'files'}"]
        if not source.reads_files:
            lines.append("  There are no files to check.")
            continue
        folder = root / Path(source.folder).expanduser()
        found = {
            table: _found(folder, source, declared, table, full, progress)
            for table, declared in config.extracts.tables.items()
        }
        progress("")
        lines += _told(found)
        problems = [one.problem for one in found.values() if one.problem is not None]
        if not problems and not any(one.is_sample for one in found.values()):
            problems += _across(config, found, name)
        lines += _identifiers(config, found)
        lines += _expected(found)
        lines += ["", *(str(problem) for problem in problems)] if problems else []
        good &= not problems
    return "\n".join(lines), good


def _secret(project: Project) -> list[str]:
    sources = project.run.extracts
    if not any(
        sources[name].source == "files" and project.trials[name].trial.sources
        for name in project.trials
    ):
        return []
    key = project.run.person_key_file
    if key is None:
        return ["Secret for pseudonyms: none; set person_key_file in the run file."]
    there = Path(key).expanduser().is_file()
    return [f"Secret for pseudonyms: {'there' if there else f'missing: {key}'}."]


def _found(
    folder: Path,
    source: ExtractSource,
    declared: Table,
    name: str,
    full: bool,
    progress: Callable[[str], object],
) -> Found:
    """Read the files of a table as a run would, or the first rows of them."""
    found = Found()
    if name not in source.tables:
        found.problem = no_file(name, declared)
        return found
    progress(name)
    start = time.perf_counter()
    try:
        found.files = [path for _, path, _ in files_of(folder, source.files(name), name)]
        at_most = None if full else SAMPLE
        found.frame, repairs = read_table(
            folder, source.files(name), declared, name, found.notes.append, at_most
        )
        found.left_out = int(repairs["rows"].sum())
        found.is_sample = not full and len(found.frame) + found.left_out >= SAMPLE
    except InputError as error:
        found.problem = error
    found.seconds = time.perf_counter() - start
    return found


def _told(found: dict[str, Found]) -> Iterator[str]:
    width = max(map(len, found))
    for name, one in found.items():
        files = counted(len(one.files), "file", "files")
        if one.frame is None:
            problems = getattr(one.problem, "problems", [one.problem])
            said = f"refused: {counted(len(problems), 'problem', 'problems')}, below"
        else:
            said = counted(len(one.frame), "row", "rows")
            said += f", {one.left_out:,} repaired or left out" if one.left_out else ""
            said += " (only the first rows were read: --full reads all)" if one.is_sample else ""
        yield f"  {name:<{width}}  {files:>8}  {said}"
        yield from (f"  {'':<{width}}  note: {note}" for note in one.notes)


def _across(config: TrialConfig, found: dict[str, Found], name: str) -> list[InputError]:
    tables = {table: one.frame for table, one in found.items() if one.frame is not None}
    try:
        validate_references(tables, config.extracts, Path(name))
    except InputErrors as error:
        return [error]
    return []


def _identifiers(config: TrialConfig, found: dict[str, Found]) -> list[str]:
    """Return how many numbers of people are there and well formed, by table and column."""
    asked: dict[tuple[str, str], str] = {}
    for source in config.trial.sources.values():
        for ours, spec in source.fields.items():
            asked[config.trial.person.table, ours] = spec.kind
            asked |= {(table, spec.column): spec.kind for table in source.tables}
    lines = []
    for (table, column), kind in asked.items():
        frame = found[table].frame
        if kind not in CHECKED or frame is None or column not in frame.columns:
            continue
        there = bad = 0
        for part in parts(frame, [column]):
            values = part[column].dropna()
            there += len(values)
            bad += int(standardise(values, kind, synthetic=False).isna().sum())
        lines.append(
            f"  {table}.{column}: {there:,} {CHECKED[kind]}, {len(frame) - there:,} "
            f"missing, {bad:,} that could belong to nobody"
        )
    return ["", "Identifiers", *lines] if lines else []


def _expected(found: dict[str, Found]) -> list[str]:
    """Return the time and memory that reading takes, from what it took here."""
    seconds = sum(one.seconds for one in found.values())
    if all(one.frame is None for one in found.values()):
        return []
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text = f"Reading took {seconds:.1f} s and at most {peak:,.0f} MB of memory"
    sampled = [name for name, one in found.items() if one.is_sample]
    if not sampled:
        return ["", text + "."]
    text += f"; a run reads all rows of {', '.join(sampled)}, and takes more"
    times = [_times_more(found[name]) for name in sampled]
    known = [one for one in times if one is not None]
    if len(known) == len(times):
        more = sum(
            found[name].seconds * (one - 1) for name, one in zip(sampled, known, strict=True)
        )
        held = sum(_held(found[name]) * (one - 1) for name, one in zip(sampled, known, strict=True))
        text += f": by the size of the files some {seconds + more:,.0f} s and "
        text += f"{peak + HELD_WHILE_READ * held:,.0f} MB"
    return ["", text + "."]


# A table is held as Arrow and as pandas for a moment.
HELD_WHILE_READ = 2


def _held(found: Found) -> float:
    """Return the memory of a table, in MB."""
    if isinstance(found.frame, Stored):
        return HELD / HELD_WHILE_READ / 1e6
    return 0.0 if found.frame is None else found.frame.memory_usage(deep=True).sum() / 1e6


def _times_more(found: Found) -> float | None:
    """Return how many times the rows that were read the files hold; None for what is packed."""
    rows = 0.0
    for path in found.files:
        if not path.is_file() or path.suffix.lower() in (".gz", ".zip"):
            return None
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(1 << 24)
        lines = start.count(b"\n")
        if not lines or b"\0" in start[:4096]:  # no text
            return None
        rows += size / (len(start) / lines)
    read = 0 if found.frame is None else len(found.frame) + found.left_out
    return max(rows / read, 1.0) if read else None
