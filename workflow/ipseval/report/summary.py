"""The concordance in a few lines, for a terminal and a log."""

import csv
from pathlib import Path


def summary_text(file: Path) -> str:
    """Return the summary for a terminal: exhibits that were made, and the total.

    Without pandas, which a run that finds all done need not wait for.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        names, *rows = csv.reader(lines)
    cells, missing = names.index("cells"), names.index("not_produced")
    if not any(int(row[cells]) for row in rows):
        return "\nNothing published is known about the trials of this run."
    shown = [r for r in rows if int(r[cells]) > int(r[missing]) or r[0] == "total"]
    widths = [max(map(len, column)) for column in zip(names, *shown, strict=True)]
    table = [" ".join(map(str.rjust, row, widths)) for row in (names, *shown)]
    return "\n".join(["", "Published cells reproduced, by exhibit", *table])
