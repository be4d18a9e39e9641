"""A data set of SAS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from ..statistical import StatisticalFile

ENDINGS = (".sas7bdat",)


class SasFile(StatisticalFile):
    """A data set of SAS."""

    format: Literal["sas"] = "sas"

    def reader(self, pyreadstat: Any, path: Path) -> Callable[..., Any]:
        """Return the function of pyreadstat for the file."""
        return pyreadstat.read_sas7bdat
