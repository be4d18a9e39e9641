"""Seconds and gaps of suppression on random tables with hierarchies, each attacked.

usage: disclosure.py [TABLES]   (1,000 if absent; three-way ones are every tenth)
"""

import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests")]

from release.made_up import SHAPES, as_read, random_table  # noqa: E402

from ipseval.release.attack import bounds_of  # noqa: E402
from ipseval.release.suppress import suppress  # noqa: E402

THREE_WAY = ((3,), (4,), (3,))


def main(tables: int) -> None:
    """Print a line of figures for two-way tables and one for three-way ones."""
    figures: dict[str, list[tuple[float, float, float, bool]]] = {"two-way": [], "three-way": []}
    for seed in range(tables):
        kind = "three-way" if seed % 10 == 9 else "two-way"
        system = random_table(seed, THREE_WAY if kind == "three-way" else SHAPES[seed % 5])
        arrays = system.frozen()
        risky = (arrays.truth >= 1) & (arrays.truth <= 9)
        started = time.process_time()
        found = suppress(arrays, risky, 5.0, cuts=20)
        seconds = time.process_time() - started
        names = [system.keys[i] for i in np.flatnonzero(found.withheld)]
        bounds = bounds_of(as_read(system, found.withheld), names)
        inside = all(low <= system.truth[system.index[n]] <= h for n, (low, h) in bounds.items())
        width = min((high - low for low, high in bounds.values()), default=np.inf)
        figures[kind].append((seconds, found.gap, width, inside))
    for kind, rows in figures.items():
        if rows:
            seconds, gaps, widths, inside = (np.array(part) for part in zip(*rows, strict=True))
            print(
                f"{kind}: {len(rows)} tables, {seconds.mean():.2f} s (most {seconds.max():.2f}), "
                f"gap {100 * gaps.mean():.1f}% (most {100 * gaps.max():.1f}%), narrowest interval "
                f"{widths.min():.0f}, truth inside {inside.all()}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
