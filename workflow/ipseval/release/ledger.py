"""The ledger of releases: what each gave away, so that the next one is protected against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import read_sealed, write_sealed


def read_ledger(path: Path) -> dict[str, Any]:
    """Return the ledger: the checksums of the data, and intervals by trial and key."""
    return read_sealed(path)


def earlier_intervals(paths: list[str] | str, trial: str) -> dict[str, tuple[float, float]]:
    """Return what earlier releases gave away of a trial, by key; nothing without a ledger."""
    given = [paths] if isinstance(paths, str) else list(paths)
    if not given:
        return {}
    known = read_ledger(Path(given[0]))["intervals"].get(trial, {})
    return {key: (low, high) for key, (low, high) in known.items()}


def refuse_other_data(path: Path, data: dict[str, str]) -> None:
    """Raise InputError if earlier releases were of other data than this one."""
    if not path.exists():
        return
    before = read_ledger(path)["data"]
    changed = sorted(name for name in data if before.get(name, data[name]) != data[name])
    if changed:
        raise InputError(
            f"earlier releases were of other data: {', '.join(changed[:5])}",
            file=path,
            rule="one ledger, one set of data",
            expected="the files that the first release was made from",
            remedy="release into a run of another name, or move the ledger away if nothing of the "
            "earlier releases has left",
        )


def add_release(
    path: Path, data: dict[str, str], intervals: dict[str, dict[str, tuple[float, float]]]
) -> None:
    """Add what a release gives away; intervals of a key become narrower and never wider."""
    refuse_other_data(path, data)
    known = read_ledger(path)["intervals"] if path.exists() else {}
    for trial, by_key in intervals.items():
        own = known.setdefault(trial, {})
        for key, (low, high) in by_key.items():
            before = own.get(key, (low, high))
            own[key] = [max(low, before[0]), min(high, before[1])]
    before_data = read_ledger(path)["data"] if path.exists() else {}
    write_sealed(path, {"data": before_data | data, "intervals": known})
