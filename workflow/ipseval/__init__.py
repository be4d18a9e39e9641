"""Reproducible evaluation of randomised trials, from extracts to report.

    import ipseval

    hlt = ipseval.open("results/twin/hlt")
    hlt.people                        one row a randomised person
    hlt.estimate("primary")           impact/primary.csv
    hlt.exhibit("table-2.1")          its cells; shown as a table or figure in a notebook
    hlt.why("table-2.1", panel="scr_iw", row="health")

Everything else is internal: workflow/ipseval has a folder a stage.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .door import TrialResults, open
    from .errors import InputError
    from .report.chapter import Chapter

__all__ = ["Chapter", "InputError", "TrialResults", "open"]

_HOMES = {
    "open": "door",
    "TrialResults": "door",
    "InputError": "errors",
    "Chapter": "report.chapter",
}


def __getattr__(name: str) -> Any:
    # Imported when asked for, and not by name: every job imports this package, and neither its
    # start nor its hash may depend on what a notebook uses.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
