"""Files written whole or not at all, and byte for byte the same on every run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # A third of a second that jobs without tables need not wait for.
    import pandas as pd


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> None:
    """Call write on a temporary neighbour of path and move it into place.

    A job that is killed leaves either the old file or the new one, never half of it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write text as UTF-8 with newlines as they are."""
    write_atomically(path, lambda p: p.write_bytes(text.encode("utf-8")))


def write_json(path: str | Path, data: object) -> None:
    """Write JSON with sorted keys."""
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a CSV file without index; floats in the shortest form that reads back the same."""
    text = frame.to_csv(index=False, lineterminator="\n")
    write_text(path, text)


def write_parquet(path: str | Path, frame: pd.DataFrame) -> None:
    """Write Parquet without index and without the writer's own metadata on the day."""
    frame = frame.reset_index(drop=True)
    write_atomically(path, lambda p: frame.to_parquet(p, index=False, compression="zstd"))


def write_frame(path: str | Path, frame: pd.DataFrame) -> None:
    """Write CSV or Parquet, by the ending of the path."""
    (write_parquet if str(path).endswith(".parquet") else write_csv)(path, frame)


def short_checksum(text: str) -> str:
    """Return the first 16 digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
