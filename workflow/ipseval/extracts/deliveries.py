"""Several files for one table: patterns, a file named twice, and a delivery that is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..config.delivery import FileSource
from ..config.extracts import Table
from ..errors import InputError, InputErrors
from ..files import sha256
from .repair import repairs_table, sent_once
from .tables import LEFT_OUT


@dataclass(frozen=True)
class FileRows:
    """The rows of one file: its name, which no other part has, and whether they replace others."""

    label: str
    frame: pd.DataFrame
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
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of all its files, each event once, and what was left out (REPAIRS)."""
    made = []
    kept: dict[object, pd.DataFrame] = {}
    for place, part in enumerate(parts):
        later = [other.frame[declared.key] for other in parts[place + 1 :] if other.replaces]
        frame = part.frame
        if later:
            theirs = pd.MultiIndex.from_frame(pd.concat(later, ignore_index=True))
            gone = pd.MultiIndex.from_frame(frame[declared.key]).isin(theirs)
            key = ", ".join(declared.key)
            rows = (frame.index[gone] + 1).tolist()
            expected = "the row of the latest delivery"
            made.append([name, part.label, key, "sent again", expected, LEFT_OUT, rows])
            frame = frame[~gone]
        kept[part.label] = frame
    table, once = sent_once(kept, declared, name)
    return table, pd.concat([repairs_table(made), once], ignore_index=True)
