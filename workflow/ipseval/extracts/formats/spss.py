"""A file of SPSS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from ..statistical import StatisticalFile

ENDINGS = (".sav", ".zsav")


class SpssFile(StatisticalFile):
    """A file of SPSS."""

    format: Literal["spss"] = "spss"

    def reader(self, pyreadstat: Any, path: Path) -> Callable[..., Any]:
        """Return the function of pyreadstat for the file."""
        return pyreadstat.read_sav
