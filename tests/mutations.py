"""Edits of declarations drawn at random: of what stands in a file, and of a value that can be."""

from collections.abc import Iterator
from random import Random
from typing import Any

NONSENSE = [True, None, "", "x", [], ["x"], {}, {"x": 1}, 0, -1, 1e15, -(10**15), 0.5]
NONSENSE += ["a/b", "{a}", "two words", "2019-13-45"]


def places(data: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield the path of every key and list entry."""
    if isinstance(data, dict):
        parts = list(data.items())
    else:
        parts = list(enumerate(data)) if isinstance(data, list) else []
    for key, value in parts:
        yield (*path, key)
        yield from places(value, (*path, key))


def at(data: Any, path: tuple) -> Any:
    """Return what stands at a path."""
    for key in path:
        data = data[key]
    return data


def spoilt(data: Any, random: Random) -> tuple[str, str]:
    """Spoil one place of plain data; return what was done, and where."""
    path = random.choice(list(places(data)))
    around, key, where = at(data, path[:-1]), path[-1], ".".join(map(str, path))
    keys = list(around) if isinstance(around, dict) else list(range(len(around)))
    how = random.choice(["delete", "nonsense", "nonsense", "misspell", "swap", "repeat"])
    if how == "delete":
        del around[key]
    elif how == "nonsense":
        around[key] = random.choice(NONSENSE)
        how = f"nonsense {around[key]!r}"
    elif how == "misspell" and isinstance(key, str):
        cut = random.randrange(len(key))
        renamed = {(k[:cut] + k[cut + 1 :] if k == key else k): v for k, v in around.items()}
        around.clear()
        around.update(renamed)
    elif how == "swap" and len(keys) > 1:
        other = random.choice([k for k in keys if k != key])
        around[key], around[other] = around[other], around[key]
    elif isinstance(around, list):
        around.append(around[key])
    else:
        around[key] = [around[key], around[key]]
    return how, where


def changed(data: Any, random: Random) -> tuple:
    """Change one value of plain data to another of its type; return its path.

    A number moves, a switch turns, a text becomes one that stands at such a key elsewhere (a name
    for a name, a word for a word), and an entry of a list goes.
    """
    values: dict[Any, list] = {}
    for path in places(data):
        if isinstance(path[-1], str):
            values.setdefault(path[-1], []).append(at(data, path))
    candidates = []
    for path in places(data):
        old, key = at(data, path), path[-1]
        if isinstance(key, int):
            if len(at(data, path[:-1])) > 1:
                candidates.append((path, None))
        elif isinstance(old, bool):
            candidates.append((path, not old))
        elif isinstance(old, int):
            candidates.append((path, old + 1))
        elif isinstance(old, float):
            candidates.append((path, old * 1.1))
        elif isinstance(old, str):
            others = [v for v in values[key] if isinstance(v, str) and v != old]
            candidates.append((path, random.choice(others) if others else f"{old} indeed"))
    path, new = random.choice(candidates)
    around = at(data, path[:-1])
    if new is None:
        del around[path[-1]]
    else:
        around[path[-1]] = new
    return path
