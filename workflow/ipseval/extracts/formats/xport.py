"""A transport file of SAS, version 5 or 8."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from ..statistical import StatisticalFile

ENDINGS = (".xpt", ".xport")


class XportFile(StatisticalFile):
    """A transport file of SAS, version 5 or 8."""

    format: Literal["xport"] = "xport"

    def reader(self, pyreadstat: Any, path: Path) -> Callable[..., Any]:
        """Return the function of pyreadstat for the file."""
        return pyreadstat.read_xport
