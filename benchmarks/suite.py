"""CPU seconds of the tests that a named commit had, there and here, and mutants killed by both.

    .venv/bin/python benchmarks/suite.py COMMIT [--mutants] [--clones FOLDER]

Tests are the same where their functions are called the same; the file may be another by now, and
have more cases. Each commit is cloned with an environment of its own, as in benchmarks/paired.py.
A mutant changes one line that stands in both commits; it is killed where a test of the part that
it is in fails. Writes benchmarks/results/suite.json.
"""

import argparse
import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any

from common import children_timed, save
from paired import cloned

# A mutation of a line of code: pattern and what stands there then. The first that fits is made.
MUTATIONS = (
    (r" >= ", " > "),
    (r" <= ", " < "),
    (r" < ", " >= "),
    (r" > ", " <= "),
    (r" == ", " != "),
    (r" \+ ", " - "),
    (r" - ", " + "),
    (r" \* ", " / "),
    (r" and ", " or "),
    (r"\bnot ", ""),
    (r"axis=0", "axis=1"),
)
PARTS = ("economics", "extracts", "impact", "linkage", "outcomes", "report")
MUTANTS = 20
SEED = 17


def pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a clone, with the options that the clone declares."""
    command = [".venv/bin/pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


def functions(folder: Path) -> dict[str, list[str]]:
    """Return name of a test function -> where it stands, file::function."""
    listed = pytest(folder, "--collect-only", "-o", "addopts=--strict-markers", "-q").stdout
    found: dict[str, list[str]] = {}
    for line in listed.splitlines():
        if "::" in line:
            place = line.partition("[")[0]
            found.setdefault(place.rpartition("::")[2], []).append(place)
    return {name: list(dict.fromkeys(places)) for name, places in found.items()}


def measured(folder: Path, places: list[str]) -> dict[str, float]:
    """Return wall and CPU seconds of tests, and how many did not pass."""
    found: dict[str, float] = {}
    with children_timed(found):
        done = pytest(folder, *places)
    failed = len(re.findall(r"^(?:FAILED|ERROR) ", done.stdout, re.MULTILINE))
    return found | {"failed": failed}


def lines_of(folder: Path, part: str) -> dict[str, tuple[Path, int]]:
    """Return line of code -> file and number, for lines that stand once in a part."""
    found: dict[str, list[tuple[Path, int]]] = {}
    for path in sorted((folder / "workflow" / "ipseval" / part).rglob("*.py")):
        quoted = False
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            is_text = quoted or line.strip().startswith(('"', "#", 'r"'))
            if line.count('"""') == 1:
                quoted = not quoted
            if not is_text and '"' not in line:
                found.setdefault(line, []).append((path, number))
    return {line: places[0] for line, places in found.items() if len(places) == 1}


def mutants(theirs: Path, ours: Path) -> list[tuple[str, str, str]]:
    """Return part, line and what it is changed to, of lines that stand in both clones."""
    rng, chosen = random.Random(SEED), []
    for part in PARTS:
        both = sorted(lines_of(theirs, part).keys() & lines_of(ours, part).keys())
        for line in both:
            fitting = [(p, new) for p, new in MUTATIONS if re.search(p, line)]
            if fitting:
                chosen.append((part, line, re.sub(*fitting[0], line, count=1)))
    return rng.sample(chosen, MUTANTS)


def is_killed(folder: Path, part: str, line: str, other: str, places: list[str]) -> bool:
    """Return whether a test of a part fails with a line changed."""
    path, number = lines_of(folder, part)[line]
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    lines[number] = other
    own = [place for place in places if place.startswith(f"tests/{part}/")]
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ended = pytest(folder, "-x", *own).returncode
    finally:
        path.write_text(text, encoding="utf-8")
    # xdist ends with 2 where a first failure stops it, 4 and 5 say that nothing was tested.
    if ended not in (0, 1, 2):
        raise ChildProcessError(f"pytest ended with {ended}: are there tests of {part}?")
    return ended != 0


def main() -> None:
    """Measure, print the share, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit")
    parser.add_argument("--mutants", action="store_true")
    parser.add_argument("--clones", type=Path)
    options = parser.parse_args()
    with cloned(options.commit, options.clones) as (commits, folders):
        named = {which: functions(folder) for which, folder in folders.items()}
        both = [name for name in named["theirs"] if name in named["ours"]]
        places = {w: [p for name in both for p in named[w][name]] for w in folders}
        found: dict[str, Any] = {
            "commits": commits,
            "functions": {which: len(names) for which, names in named.items()},
            "the same": len(both),
            "gone": sorted(set(named["theirs"]) - set(both)),
            "cores": os.cpu_count(),
        }
        taken = {which: measured(folder, places[which]) for which, folder in folders.items()}
        found |= taken
        found["ratio"] = round(taken["ours"]["cpu"] / taken["theirs"]["cpu"], 3)
        print(json.dumps(found, indent=2), flush=True)
        save("suite", found)
        for part, line, other in mutants(*folders.values()) if options.mutants else ():
            by = {w: is_killed(f, part, line, other, places[w]) for w, f in folders.items()}
            one = {"part": part, "line": line.strip(), "other": other.strip(), **by}
            print(json.dumps(one), flush=True)
            found["mutants"] = [*found.get("mutants", []), one]
            save("suite", found)  # one takes minutes


if __name__ == "__main__":
    main()
