"""Custody: what a job reads is what the job that made it left behind."""

import os
from collections.abc import Iterable
from pathlib import Path

from .errors import InputError
from .files import read_sealed, sha256
from .provenance import relative

REMEDY = "run `make report`, which makes it again"


def take_over(
    inputs: Iterable[str], records: Iterable[str], results: str, run: str
) -> dict[str, str]:
    """Return the checksum of each input by its name in records.

    `records` are those of the jobs that made the inputs. Raises InputError for an input below
    results/<run> that is not what its maker recorded, or that none of them made.
    """
    made: dict[str, str] = {}
    for record in records:
        made |= read_sealed(record)["outputs"]
    taken = {relative(path, results): sha256(path) for path in sorted(set(inputs))}
    for name, checksum in taken.items():
        if not name.startswith(f"results/{run}/"):
            continue  # a source: nobody but its owner can say what it should be
        if name not in made:
            raise InputError(
                "no record that the job was given says which job made this file", file=name
            )
        if made[name] != checksum:
            raise InputError(
                "the file is not what its job left: it was edited or damaged since",
                file=name,
                rule="an input has the checksum that its maker recorded",
                remedy=REMEDY,
            )
    return taken


def stamps(paths: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Return by path what changes when a file is written: time, size and inode."""
    states = {path: os.stat(path) for path in paths}
    return {path: (s.st_mtime_ns, s.st_size, s.st_ino) for path, s in states.items()}


def refuse_changed(before: dict[str, tuple[int, int, int]]) -> None:
    """Raise InputError if a file has been written since its stamp was taken."""
    for path, stamp in before.items():
        if not Path(path).exists() or stamps([path])[path] != stamp:
            raise InputError(
                "an input changed while the job was at work, so what it made may be of either",
                file=path,
                remedy="run again, and leave the file alone meanwhile",
            )
