"""What the numbers of an exhibit rest on: solved or assumed numbers, and editions of guidance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalogue import RESULTS
from ..economics.behind import KEYS, editions_behind, joined, numbers_behind, together
from .appraised import number
from .cells import read_source

if TYPE_CHECKING:
    import pandas as pd

    from ..config.economics import Economics
    from ..config.quantities import Known, Quantity

# Files of results of the economics, with their names in the catalogue.
FILES = {
    result.path: name for name, result in RESULTS.items() if result.rule == "simulate_economics"
}
# Columns of an exhibit of the economics: names of numbers, joined by semicolons.
MARKS = ("solved", "assumed")


def marked(cells: pd.DataFrame, economics: Economics) -> tuple[pd.DataFrame, list[str]]:
    """Return cells with the names of the solved and of the assumed numbers behind each, and notes.

    Notes say to a reader of an exhibit what its cells rest on.
    """
    rows = {source: _economics_in(source) for source in dict.fromkeys(cells["source"])}
    each = dict.fromkeys(one for of_source in rows.values() for one in of_source)
    known = {one: numbers_behind(economics, one[0], dict(one[1])) for one in each}
    behind: dict[str, dict[str, Known]] = {}
    for source, of_source in rows.items():
        behind[source] = {}
        for one in of_source:
            behind[source] = together(behind[source], known[one])
    columns = {how: [joined(behind[s], how) for s in cells["source"]] for how in MARKS}
    everything: dict[str, Known] = {}
    for numbers in behind.values():
        everything = together(everything, numbers)
    editions = dict.fromkeys(
        edition
        for result, keys in each
        for edition in editions_behind(economics, result, dict(keys))
    )
    return cells.assign(**columns), _notes(everything, list(editions), economics)


def _notes(known: dict[str, Known], editions: list[str], economics: Economics) -> list[str]:
    quantities = economics.quantities
    solved, assumed = ([n for n in quantities if known.get(n) == how] for how in MARKS)
    notes = []
    if solved:
        printed = dict.fromkeys(
            cell.exhibit.partition(":")[2].replace("-", " ").capitalize()
            for name in solved
            for cell in quantities[name].solved_from
        )
        notes.append(
            f"Calibrated to the published {' and '.join(printed)}, so that agreement with it is by "
            f"construction: {'; '.join(_named(quantities[n]) for n in solved)}."
        )
    if assumed:
        notes.append(f"Assumed: {'; '.join(_named(quantities[n]) for n in assumed)}.")
    if editions:
        labels = [economics.editions[name].label for name in editions]
        notes.append(f"Guidance followed: {'; '.join(labels)}.")
    return notes


def _named(quantity: Quantity) -> str:
    """Return what a number is called, its value where one was solved, and the log's entry."""
    value = f", {number(quantity.value)}" if quantity.known == "solved" else ""
    entry = quantity.source.partition(",")[0]
    logged = entry.startswith("Assumption ")
    return f"{quantity.label}{value}" + (
        f" ({entry.removeprefix('Assumption ')})" if logged else ""
    )


# A result and the columns that select its rows, each with its values.
Rows = tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]


def _economics_in(source: str) -> list[Rows]:
    """Return the results of the economics that a source names, and what selects their rows."""
    return [
        (FILES[file], tuple((key, tuple(keys[key])) for key in KEYS if key in keys))
        for file, keys in read_source(source)
        if file in FILES
    ]
