"""How fast a delivery is read: HLT's payments as CSV, to validated Parquet, on one core.

    .venv/bin/python benchmarks/deliveries.py [rows]
    .venv/bin/python benchmarks/deliveries.py large

Beside it pandas and duckdb alone, which check nothing. Each is a process of its own, so that its
peak memory is its own. Writes benchmarks/results/deliveries.json.

`large` is a file of 2 GB, once in order of its key and once in none, and writes
benchmarks/results/deliveries_large.json. It takes some ten minutes and 8 GB of disk; what the
results of this commit hold is not measured again.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONE_CORE = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "ARROW_IO", "POLARS", "NUMEXPR")
}


LARGE = 43_000_000  # rows of a file of 2 GB


def make(path: Path, rows: int, shuffled: bool = False) -> None:
    """Write payments as HMRC would: some of everything, every key once."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(2016)
    days = pd.date_range("2014-04-06", "2019-03-31").strftime("%Y-%m-%d").to_numpy()
    with path.open("w", encoding="utf-8") as stream:
        for start in range(0, rows, 500_000):
            n = min(500_000, rows - start)
            person = rng.integers(0, rows // 20 + 1, n)
            frame = pd.DataFrame(
                {
                    # A step that has no factor in common with the number of rows meets each once.
                    "payment_id": np.arange(start, start + n) * 7_368_787 % rows + 1
                    if shuffled
                    else np.arange(start + 1, start + n + 1),
                    "employment_id": np.char.add("E", person.astype("U")),
                    "nino": np.char.add(
                        np.char.add("QQ", (100000 + person % 899999).astype("U")), "A"
                    ),
                    "payment_date": rng.choice(days, n),
                    "month_number": rng.integers(1, 13, n),
                    "periods_covered": np.ones(n, dtype=int),
                    "taxable_pay": rng.integers(0, 400_000, n) / 100,
                }
            )
            frame.to_csv(stream, index=False, header=start == 0)


def by_ipseval(path: Path, out: Path) -> None:
    """Read, check every rule, write."""
    from ipseval.config.extracts import Extracts
    from ipseval.config.read import read_section
    from ipseval.config.run import ExtractSource
    from ipseval.extracts.on_disk import write_table
    from ipseval.extracts.read import read_table

    declared = read_section(ROOT / "config/trials/hlt/extracts.yaml", Extracts).tables["payments"]
    source = ExtractSource.model_validate(
        {"source": "files", "folder": str(path.parent), "tables": {"payments": {"path": path.name}}}
    )
    table, _ = read_table(path.parent, source.files("payments"), declared, "payments")
    write_table(out, table)


def by_pandas(path: Path, out: Path) -> None:
    """Read and write."""
    import pandas as pd

    pd.read_csv(path, parse_dates=["payment_date"]).to_parquet(out, index=False)


def by_duckdb(path: Path, out: Path) -> None:
    """Read and write."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"copy (select * from read_csv('{path}')) to '{out}' (format parquet)")


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "ipseval": by_ipseval,
    "pandas": by_pandas,
    "duckdb": by_duckdb,
}


def measured(way: str, path: Path, rows: int, size: float) -> dict[str, float]:
    """Return what one way takes, in a process of its own."""
    found = subprocess.run(
        [sys.executable, __file__, way, str(path), str(path.with_suffix(f".{way}.parquet"))],
        env={**os.environ, **ONE_CORE, "PYTHONPATH": str(ROOT / "workflow")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, peak = map(float, found.stdout.split())
    return {
        "rows": rows,
        "megabytes": round(size),
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "peak_mb": round(peak),
    }


def large() -> None:
    """Measure a file of 2 GB, in order of its key and in none; every figure is kept at once."""
    target = ROOT / "benchmarks/results/deliveries_large.json"
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    found = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    found = found if found.get("commit") == commit else {"commit": commit}
    for name, maker in (("in_order", "make"), ("in_no_order", "shuffle")):
        if name in found:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "payments.csv"
            subprocess.run([sys.executable, __file__, maker, str(path), str(LARGE)], check=True)
            found[name] = measured("ipseval", path, LARGE, path.stat().st_size / 1e6)
        print(name, found[name])
        target.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Time every way, or one of them in this process."""
    if len(sys.argv) == 4:
        way, path, out = sys.argv[1:]
        if way in ("make", "shuffle"):
            make(Path(path), int(out), way == "shuffle")
            return
        start = time.process_time()
        WAYS[way](Path(path), Path(out))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(time.process_time() - start, peak)
        return
    if sys.argv[1:] == ["large"]:
        large()
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    found_by: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "payments.csv"
        # In a process of its own: a child begins with the peak memory of its parent.
        subprocess.run([sys.executable, __file__, "make", str(path), str(rows)], check=True)
        size = path.stat().st_size / 1e6
        for way in WAYS:
            found_by[way] = measured(way, path, rows, size)
            print(way, found_by[way])
    target = ROOT / "benchmarks/results/deliveries.json"
    target.write_text(json.dumps(found_by, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
