"""A file of Stata."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from ..statistical import StatisticalFile

ENDINGS = (".dta",)


class StataFile(StatisticalFile):
    """A file of Stata."""

    format: Literal["stata"] = "stata"

    def reader(self, pyreadstat: Any, path: Path) -> Callable[..., Any]:
        """Return the function of pyreadstat for the file."""
        return pyreadstat.read_dta
