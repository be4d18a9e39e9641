"""Large libraries that are imported when they are first used.

A kind of exhibit, derivation or estimator owns its declaration and its code in one module. The
workflow imports the module for the declaration, each time that it starts, and must not wait a
second for pandas. Only modules that declare something take libraries from here; they begin with
`from __future__ import annotations`, since an annotation that is evaluated would be a first use.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any


class _WhenUsed(ModuleType):
    """Stands for a module, which is imported when an attribute of it is first asked for.

    Not importlib.util.LazyLoader: what that leaves in sys.modules is what everybody else imports
    too, and before Python 3.12.4 two threads that use it first at once find half a module. The
    threads in which Snakemake notes that jobs have finished did.
    """

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(importlib.import_module(self.__name__), attribute)
        setattr(self, attribute, found)
        return found


if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:
    np = _WhenUsed("numpy")
    pd = _WhenUsed("pandas")

__all__ = ["np", "pd"]
