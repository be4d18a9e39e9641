"""Files written whole or not at all, and byte for byte the same on every run.

A record and a manifest are sealed: they carry a checksum of their own text, so that a damaged one
is known without another file.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InputError

if TYPE_CHECKING:  # A third of a second that jobs without tables need not wait for.
    import pandas as pd


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> None:
    """Call write on a temporary neighbour of path and move it into place.

    A job that is killed leaves either the old file or the new one, never half of it; so does a
    machine that loses its power, since the content is on the disk before the name is.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(partial)
        _to_disk(partial)
        os.replace(partial, path)
        _to_disk(path.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def written_at_the_end(path: str | Path) -> Iterator[Path]:
    """Give a path to write to now, and move it to `path` if all that follows succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    early = path.with_name(f".early.{os.getpid()}.{path.name}")
    try:
        yield early
        os.replace(early, path)
        _to_disk(path.parent)
    finally:
        early.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: str | Path, text: str) -> None:
    """Write text as UTF-8 with newlines as they are."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes."""
    write_atomically(path, lambda p: p.write_bytes(content))


def write_json(path: str | Path, data: object) -> None:
    """Write JSON with sorted keys."""
    write_text(path, _json(data))


def _json(data: object) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


# A sealed file begins with the checksum of all that follows it.
SEAL = '{{\n  "seal": "{}",\n'
SEAL_LENGTH = len(SEAL.format("0" * 64))


def write_sealed(path: str | Path, data: dict[str, Any]) -> None:
    """Write JSON of at least one key that carries a checksum of its own text."""
    rest = _json(data).removeprefix("{\n")
    write_text(path, SEAL.format(hashlib.sha256(rest.encode()).hexdigest()) + rest)


def read_sealed(path: str | Path) -> dict[str, Any]:
    """Return what write_sealed wrote; raises InputError if a byte of it has changed."""
    content = Path(path).read_bytes()
    start, rest = content[:SEAL_LENGTH], content[SEAL_LENGTH:]
    if start != SEAL.format(hashlib.sha256(rest).hexdigest()).encode():
        raise InputError(
            "the file is damaged: it does not match the checksum in its first line",
            file=path,
            remedy="run `make report`, which makes it again",
        )
    sealed = json.loads(content)
    del sealed["seal"]
    return sealed


# A spreadsheet takes a cell that begins so for a formula, which may run a program.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# A number as printed, or a sign alone, is none: -£233, -0.5 to 1.2, -1.426**, -2ppt, +, -.
_PRINTED = re.compile(r"[+-](\s?[^\w\s]?\d.*)?", re.DOTALL)
# What only a formula has: a text in quotes, a call, a sheet, an operator before a name or number.
_CALCULATES = re.compile(r"[|!=@&\"';]|[A-Za-z]\(|[+*/^]\s*[A-Za-z$\d]|\d\s*-\s*[A-Za-z]")


def neutral(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with a quote in front if it would."""
    if not text.startswith(FORMULA):
        return text
    is_number = _PRINTED.fullmatch(text) and not _CALCULATES.search(text[1:])
    return text if is_number else f"'{text}"


def plain(text: str) -> str:
    """Return what `neutral` was given."""
    return text[1:] if text.startswith(tuple(f"'{sign}" for sign in FORMULA)) else text


def _each_text(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Return a frame with its texts changed, numbers left as they are."""
    changed = {}
    for name in frame.columns[[kind.kind == "O" for kind in frame.dtypes]]:
        values = {value: change(value) for value in frame[name].unique() if isinstance(value, str)}
        other = {before: after for before, after in values.items() if before != after}
        if other:
            changed[name] = frame[name].astype("object").replace(other)
    return frame.assign(**changed) if changed else frame


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a CSV file without index; floats in the shortest form that reads back the same.

    Texts that a spreadsheet would take for a formula are neutralised (`neutral`).
    """
    text = _each_text(frame, neutral).to_csv(index=False, lineterminator="\n")
    write_text(path, text)


def read_csv(path: str | Path, **options: Any) -> pd.DataFrame:
    """Return what write_csv wrote, with pandas' options."""
    import pandas as pd

    return _each_text(pd.read_csv(path, **options), plain)


ROW_GROUP = 1 << 20  # rows of a row group of Parquet: what Arrow writes a table with


def write_parquet(path: str | Path, frame: pd.DataFrame) -> None:
    """Write Parquet without index and without the writer's own metadata on the day."""
    frame = frame.reset_index(drop=True)
    write_atomically(path, lambda p: frame.to_parquet(p, index=False, compression="zstd"))


def write_parquet_parts(path: str | Path, parts: Iterable[pd.DataFrame]) -> int:
    """Write parts of a table, one or more, as write_parquet writes the whole; return its rows.

    No more than a row group is held beside a part.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 0

    def write(partial: Path) -> None:
        nonlocal rows
        arrow = (pa.Table.from_pandas(part, preserve_index=False) for part in parts)
        waiting = next(arrow, None)
        if waiting is None:
            raise ValueError("a table without a part has no columns")
        schema = waiting.schema
        with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
            for part in chain(arrow, [None]):
                while len(waiting) >= ROW_GROUP:
                    writer.write_table(waiting.slice(0, ROW_GROUP))
                    rows, waiting = rows + ROW_GROUP, waiting.slice(ROW_GROUP)
                if part is not None:
                    waiting = pa.concat_tables([waiting, part.cast(schema)])
            if len(waiting) or not rows:
                writer.write_table(waiting)
                rows += len(waiting)

    write_atomically(path, write)
    return rows


def write_frame(path: str | Path, frame: pd.DataFrame) -> None:
    """Write CSV or Parquet, by the ending of the path."""
    (write_parquet if str(path).endswith(".parquet") else write_csv)(path, frame)


PRIVATE = "ipseval-private-"


@cache
def private_folder() -> Path:
    """Return a folder for what may hold identifiers: for the owner alone, gone with the process."""
    process = os.getpid()
    folder = tempfile.mkdtemp(prefix=f"{PRIVATE}{process}-")  # 0700

    def remove() -> None:
        if os.getpid() == process:  # and no child of it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return Path(folder)


def remove_private_folders() -> None:
    """Remove the private folders of this user's processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PRIVATE}*"):
        process = folder.name.removeprefix(PRIVATE).partition("-")[0]
        if not os.path.exists(f"/proc/{process}") and folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)


def short_checksum(text: str) -> str:
    """Return the first 16 digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_in(folder: Path) -> dict[str, Path]:
    """Return all files in a folder, by their path within it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in files}


def write_zip(path: str | Path, members: Mapping[str, Path | bytes]) -> None:
    """Write a zip of files, or of contents, by name; its bytes are the same on every day."""
    import zipfile  # Few jobs write one.

    def write(partial: Path) -> None:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                given = content if isinstance(content, bytes) else content.read_bytes()
                archive.writestr(info, given)

    write_atomically(path, write)
