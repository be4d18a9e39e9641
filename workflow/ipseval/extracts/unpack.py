"""Files as they come: plain, packed with gzip, or inside a zip."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import InputError


def require_file(path: Path, table: str) -> None:
    """Raise InputError if a file is not there, is empty or is a folder."""
    if path.is_dir():
        raise InputError("is a folder, and not a file", file=path, table=table)
    if not path.exists():
        raise InputError("file is missing", file=path, table=table)
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise InputError("file is empty", file=path, table=table)
    except PermissionError:
        raise InputError("file may not be read", file=path, table=table) from None


def opener(path: Path, table: str, member: str = "") -> Callable[[], BinaryIO]:
    """Return what opens the text of a file; raises InputError for one that cannot be read."""
    require_file(path, table)
    if path.suffix.lower() == ".gz":
        return lambda: cast(BinaryIO, _Packed(gzip.open(path, "rb"), path, table))
    if path.suffix.lower() != ".zip":
        return lambda: path.open("rb")
    try:
        held = [info for info in zipfile.ZipFile(path).infolist() if not info.is_dir()]
    except zipfile.BadZipFile:
        raise InputError("file is truncated or not a zip file", file=path, table=table) from None
    chosen = [info for info in held if not member or info.filename == member]
    if len(chosen) != 1:
        raise InputError(
            f"the zip holds {len(held)} files, and one is read",
            file=path,
            table=table,
            remedy="name it in the run file  member: <name of the file inside>",
        )
    if chosen[0].flag_bits & 1:
        raise InputError(
            "the zip is locked with a password",
            file=path,
            table=table,
            remedy="unpack it where only you may read, and name the file in it",
        )
    return lambda: cast(BinaryIO, _Packed(zipfile.ZipFile(path).open(chosen[0]), path, table))


class _Packed:
    """A packed stream that refuses a file that is damaged."""

    def __init__(self, stream: object, path: Path, table: str):
        self.stream, self.path, self.table = cast(BinaryIO, stream), path, table

    def read(self, size: int) -> bytes:
        """Return up to so many bytes."""
        try:
            return self.stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile):
            raise InputError(
                "packed file is truncated or damaged",
                file=self.path,
                table=self.table,
                remedy="ask for the file again",
            ) from None

    def __enter__(self) -> _Packed:
        return self

    def __exit__(self, *error: object) -> None:
        self.stream.close()
