"""Large libraries that are imported when they are first used.

A kind of exhibit, derivation or estimator owns its declaration and its code in one module. The
workflow imports the module for the declaration, each time that it starts, and must not wait a
second for pandas. Only modules that declare something take libraries from here; they begin with
`from __future__ import annotations`, since an annotation that is evaluated would be a first use.

Not importlib.util.LazyLoader: what it puts into sys.modules can be found half loaded by another
thread, and Snakemake asks for pandas in threads when jobs end. An import is safe with threads.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


class _WhenUsed:
    """Stands for a library, which is imported at the first attribute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)  # Asked once each: attributes are looked up before this.
        return value


if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:
    np = _WhenUsed("numpy")
    pd = _WhenUsed("pandas")

__all__ = ["np", "pd"]
