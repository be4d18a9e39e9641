"""Large libraries that are imported when they are first used.

A kind of exhibit, derivation or estimator owns its declaration and its code in one module. The
workflow imports the module for the declaration, each time that it starts, and must not wait a
second for pandas. Only modules that declare something take libraries from here; they begin with
`from __future__ import annotations`, since an annotation that is evaluated would be a first use.
"""

import importlib.util
import sys
from types import ModuleType
from typing import TYPE_CHECKING


def _when_used(name: str) -> ModuleType:
    """Return a module that is executed at its first attribute (importlib.util.LazyLoader)."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:
    np = _when_used("numpy")
    pd = _when_used("pandas")

__all__ = ["np", "pd"]
