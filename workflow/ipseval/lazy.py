"""Large libraries that are imported when they are first used.

A kind of exhibit, derivation or estimator owns its declaration and its code in one module. The
workflow imports the module for the declaration, each time that it starts, and must not wait a
second for pandas. Only modules that declare something take libraries from here; they begin with
`from __future__ import annotations`, since an annotation that is evaluated would be a first use.

importlib.util.LazyLoader would do it for the whole process: Snakemake imports pandas in several
threads at once, and before Python 3.12 one of them finds it half loaded.
"""

import importlib
from typing import TYPE_CHECKING, Any


class _Library:
    """A library that is imported at its first attribute."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(importlib.import_module(self._name), attribute)
        setattr(self, attribute, value)  # The next use finds it without asking here.
        return value


if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:
    np = _Library("numpy")
    pd = _Library("pandas")

__all__ = ["np", "pd"]
