"""The whole twin's extracts in other forms, read back to the same bytes; too long for a test.

    PYTHONPATH=workflow:tests .venv/bin/python tests/extracts/whole_twin.py FOLDER

FOLDER is results/twin/hlt/extracts.

Every table in a form of its own, twice, and all of them in a PostgreSQL server. Prints what
differs, and how long each took; ends with an error if something does.
"""

import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from helpers import trial_config
from test_twin_in_other_forms import WRITERS, postgresql, problems, server, trimmed


def main() -> int:
    """Return 0 if all bytes are the same."""
    folder, different = Path(sys.argv[1]), 0
    names = list(trial_config("hlt").extracts.tables)
    twin = trimmed({name: pd.read_parquet(folder / f"{name}.parquet") for name in names})
    print(f"{sum(map(len, twin.values())):,} rows of {len(twin)} tables")
    for turn in (0, 3):
        with tempfile.TemporaryDirectory() as place:
            start = time.perf_counter()
            found = problems(twin, WRITERS, Path(place), turn)
            print(f"turn {turn}: {time.perf_counter() - start:.0f} s, {found or 'the same bytes'}")
            different += len(found)
    with tempfile.TemporaryDirectory() as place, server(Path(place) / "server"):
        start = time.perf_counter()
        found = problems(twin, (postgresql,), Path(place))
        print(f"PostgreSQL: {time.perf_counter() - start:.0f} s, {found or 'the same bytes'}")
        different += len(found)
    return different


if __name__ == "__main__":
    sys.exit(main())
