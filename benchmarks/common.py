"""What benchmarks share: timing, and a result file that says where it was measured."""

import json
import os
import platform
import resource
import time
from contextlib import contextmanager
from pathlib import Path

from ipseval.provenance import versions

RESULTS = Path(__file__).parent / "results"


@contextmanager
def timed(into: dict, name: str):
    """Add the wall seconds of the body to `into`."""
    started = time.perf_counter()
    yield
    into[name] = round(time.perf_counter() - started, 3)
    print(f"{name:<48}{into[name]:>9.2f} s", flush=True)


@contextmanager
def children_timed(into: dict):
    """Add wall and CPU seconds of the processes that the body starts and waits for to `into`."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    yield
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    into |= {"wall": round(wall, 2), "cpu": round(cpu, 2)}


def save(name: str, figures: dict) -> None:
    """Write the figures of a benchmark with what they were measured on."""
    where = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "versions": versions(),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**figures, "measured_on": where}, indent=2, sort_keys=True) + "\n")
    print(f"written to benchmarks/results/{path.name}")
