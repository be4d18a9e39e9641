"""Libraries of the optional group `files`, asked for when a file needs one."""

from __future__ import annotations

import importlib
from types import ModuleType

from ..errors import InputError

# Module -> what pip calls it.
_PACKAGES = {
    "python_calamine": "python-calamine",
    "pyreadstat": "pyreadstat",
    "sqlalchemy": "sqlalchemy",
}


def library(module: str, file: object, table: str) -> ModuleType:
    """Return a module; raises InputError that says how to install it where it is not there."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise InputError(
            f"this kind of file needs {_PACKAGES[module]}, which is not installed",
            file=file,
            table=table,
            remedy="install the optional group: .venv/bin/uv pip install 'ipseval[files]', or "
            "ask for the table as CSV or Parquet",
        ) from None
