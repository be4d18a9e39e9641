"""What control decided, as tables: for the release that follows, and for its reader."""

from __future__ import annotations

from collections import Counter as Tally
from typing import Any

from ..lazy import pd
from .control import Controlled


def all_cells(found: Controlled) -> pd.DataFrame:
    """Return the cells of all exhibits as they leave, one under the other."""
    return pd.concat(found.cells.values(), ignore_index=True)


def summary_of(found: Controlled) -> dict[str, Any]:
    """Return how much was withheld, at what loss, and which numbers the attack must not narrow.

    Names of numbers at risk are for the place that holds the data; none of them leaves.
    """
    cells = all_cells(found)
    withheld = cells["status"] != "released"
    exhibits = []
    for name, part in cells.groupby("exhibit", sort=False):
        reasons = Tally(s for s in part["status"] if s != "released")
        if reasons:
            exhibits.append(
                {
                    "exhibit": name,
                    "cells": len(part),
                    "withheld": sum(reasons.values()),
                    "reasons": dict(reasons.most_common()),
                }
            )
    s = found.suppression
    return {
        "trial": found.trial,
        "controlled": True,
        "cells": len(cells),
        "withheld": int(withheld.sum()),
        "numbers": len(found.keys),
        "risky": int(found.risky.sum()),
        "components": s.components,
        "optimal": s.optimal,
        "loss": s.loss,
        "bound": s.bound,
        "gap": s.gap,
        "unprotected": [found.keys[i] for i in s.unprotected],
        "at_risk": [k for k, r in zip(found.keys, found.risky, strict=True) if r],
        "refused": found.refused,
        "classes": found.classes,
        "exhibits": exhibits,
        "text": f"{int(withheld.sum()):,} of {len(cells):,} cells withheld; loss {s.loss:.1f}, "
        f"bound {s.bound:.1f}, gap {100 * s.gap:.1f}%; {s.optimal} of {s.components} components "
        f"optimal; {len(s.unprotected)} numbers cannot be protected",
    }
