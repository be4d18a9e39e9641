"""Several files for one table: patterns, a file named twice, and a delivery that is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..config.delivery import FileSource
from ..config.extracts import Table
from ..errors import InputError, InputErrors, RowNumbers
from ..files import sha256
from .on_disk import Stored, joined, places_with_key_of, stands_in_order, stored
from .repair import places_sent_twice, repairs_table, sent_once, sent_twice_line
from .tables import LEFT_OUT, conform, not_unique, types_of, validate


@dataclass(frozen=True)
class FileRows:
    """The rows of one file: its name, which no other part has, and whether they replace others."""

    label: str
    frame: pd.DataFrame | Stored
    replaces: bool = False


def files_of(
    folder: Path, files: list[FileSource], table: str
) -> list[tuple[str, Path, FileSource]]:
    """Return every file of a table as (name that no other has, path, what is said about it).

    Raises InputErrors for a pattern that names nothing, and for a file that is named twice in the
    same way, which is a slip: its rows would count twice.
    """
    found: list[tuple[str, Path, FileSource]] = []
    seen: dict[tuple[Path, str], int] = {}
    uses: dict[Path, int] = {}
    problems = []
    for entry, file in enumerate(files):
        paths = file.paths(folder)
        if not paths:
            problems.append(
                InputError(
                    "no file has a name of this pattern",
                    file=folder / file.path,
                    table=table,
                    remedy="correct path in the run file, or put the files there",
                )
            )
        for path in paths:
            way = file.model_dump_json(exclude={"path", "expected_rows", "totals", "replaces"})
            if (path.resolve(), way) in seen:
                problems.append(
                    InputError(
                        "the file is named twice for one table",
                        file=path,
                        table=table,
                        rule="a file is read twice only for different columns, constants or rows",
                        remedy=f"leave out entry {entry + 1} of {table} in the run file, or narrow "
                        "its pattern",
                    )
                )
                continue
            seen[path.resolve(), way] = entry
            uses[path] = uses.get(path, 0) + 1
            label = str(path) if uses[path] == 1 else f"{path} (entry {entry + 1})"
            found.append((label, path, file))
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    return found


def copies(files: list[tuple[str, Path, FileSource]]) -> Iterator[tuple[Path, Path]]:
    """Yield pairs of files of other names and the same content, of which one may be a slip."""
    by_size: dict[int, list[Path]] = {}
    for path in {path.resolve(): path for _, path, _ in files}.values():
        if path.is_file():
            by_size.setdefault(path.stat().st_size, []).append(path)
    for paths in by_size.values():
        first: dict[str, Path] = {}
        for path in paths if len(paths) > 1 else []:
            content = sha256(path)
            if content in first:
                yield first[content], path
            first.setdefault(content, path)


def combined(
    parts: list[FileRows], declared: Table, name: str
) -> tuple[pd.DataFrame | Stored, pd.DataFrame]:
    """Return the table of all its files, each event once, and what was left out (REPAIRS).

    Raises InputErrors if what each file may hold, all of them together may not.
    """
    if any(isinstance(part.frame, Stored) for part in parts):
        return _combined_on_disk(parts, declared, name)
    table, made = _combined_frames(parts, declared, name)
    if len(parts) > 1:
        _validate_together(table, parts, declared, name)
    return conform(table, declared), made


def _validate_together(
    table: pd.DataFrame | Stored, parts: list[FileRows], declared: Table, name: str
) -> None:
    together = ", ".join(part.label for part in parts)
    try:
        validate(table, declared, name, f"{together} (rows counted through all)")
    except InputErrors as error:
        raise InputErrors([*error.problems, *_on_overlap(error, name)]) from None


def _on_overlap(error: InputErrors, name: str) -> Iterator[InputError]:
    if any("share" in problem.problem for problem in error.problems):
        yield InputError(
            "files of one table hold rows with the same key",
            table=name,
            remedy="if a later file is the same delivery sent again, list it below the earlier and "
            "set there in the run file  replaces: true",
        )


def _combined_on_disk(
    parts: list[FileRows], declared: Table, name: str
) -> tuple[Stored, pd.DataFrame]:
    tables = [
        stored(part.frame, declared.columns) if isinstance(part.frame, pd.DataFrame) else part.frame
        for part in parts
    ]
    made, gone = [], []
    for place, part in enumerate(parts):
        later = [tables[i] for i in range(place + 1, len(parts)) if parts[i].replaces]
        again = np.array([], dtype="int64")
        if later:
            again = places_with_key_of(tables[place], later, declared.key)
            made.append(_sent_again(name, part.label, declared, RowNumbers(again + 1)))
        gone.append(again)
    if declared.sent_twice is not None:
        tables = [table.at_places(left) for table, left in zip(tables, gone, strict=True)]
        twice = places_sent_twice(tables, declared)
        for part, places in zip(parts, twice, strict=True):
            made.append(sent_twice_line(name, part.label, declared, RowNumbers(places + 1)))
        gone = twice
    if len(tables) == 1 and not len(gone[0]):
        return tables[0].of_types(types_of(declared)), repairs_table(made)
    whole = joined(tables, gone, declared.key)
    if len(parts) > 1 and (
        not stands_in_order(whole, declared.key) or len(not_unique(whole, declared))
    ):
        _validate_together(joined(tables, gone, None), parts, declared, name)
    for table in tables:
        table.remove()
    return whole.of_types(types_of(declared)), repairs_table(made)


def _combined_frames(
    parts: list[FileRows], declared: Table, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    made = []
    kept: dict[object, pd.DataFrame] = {}
    frames = {part.label: part.frame for part in parts if isinstance(part.frame, pd.DataFrame)}
    for place, part in enumerate(parts):
        later = [
            frames[other.label][declared.key] for other in parts[place + 1 :] if other.replaces
        ]
        frame = frames[part.label]
        if later:
            theirs = pd.MultiIndex.from_frame(pd.concat(later, ignore_index=True))
            gone = pd.MultiIndex.from_frame(frame[declared.key]).isin(theirs)
            rows = RowNumbers((frame.index[gone] + 1).tolist())
            made.append(_sent_again(name, part.label, declared, rows))
            frame = frame[~gone]
        kept[part.label] = frame
    table, once = sent_once(kept, declared, name)
    return table, pd.concat([repairs_table(made), once], ignore_index=True)


def _sent_again(name: str, label: str, declared: Table, rows: RowNumbers) -> list:
    key = ", ".join(declared.key)
    return [name, label, key, "sent again", "the row of the latest delivery", LEFT_OUT, rows]
