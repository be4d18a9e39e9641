"""How long the whole workflow takes with more people, and how much memory each job needs.

    .venv/bin/python benchmarks/scale.py [scale] [target]

Runs hlt at a scale, 100 unless told, on two cores: everything, or what a target of Snakemake asks
for. Writes benchmarks/results/scale.json: wall seconds, and for each rule the jobs, the longest
one's seconds on the clock and of a processor, and the highest peak memory. A run that was stopped
goes on where it was; the wall seconds are then those of the rest.
"""

import csv
import subprocess
import sys
import time
from collections import defaultdict

from common import save

from ipseval.provenance import ROOT

RUN = "bench-scale"
RUN_FILE = """\
description: More synthetic people of HLT, uncalibrated, to measure time and memory.
seed: 2016
disclosure: none
effect: published
scale: {scale}
draws: 1000
extracts:
  hlt: {{source: synthetic, module: ipseval.twin.hlt}}
"""


def jobs(folder: str) -> dict[str, dict[str, float]]:
    """Return rule -> jobs, seconds on the clock and of a processor, and peak memory (MB)."""
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for path in sorted((ROOT / folder / "benchmarks").glob("*.tsv")):
        with path.open(encoding="utf-8") as stream:
            row = next(csv.DictReader(stream, delimiter="\t"))
        if row["max_rss"] != "-":
            measured = tuple(float(row[name]) for name in ("s", "cpu_time", "max_rss"))
            found[path.name.split(".")[0]].append(measured)
    return {
        rule: {
            "jobs": len(measured),
            "longest_seconds": round(max(seconds for seconds, _, _ in measured), 1),
            "longest_cpu_seconds": round(max(seconds for _, seconds, _ in measured), 1),
            "cpu_seconds": round(sum(seconds for _, seconds, _ in measured), 1),
            "peak_mb": round(max(peak for _, _, peak in measured)),
        }
        for rule, measured in found.items()
    }


def main() -> None:
    """Run the workflow at a scale and save what it took."""
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 100.0
    target = [sys.argv[2]] if len(sys.argv) > 2 else []
    run_file = ROOT / "config" / "runs" / f"{RUN}.yaml"
    run_file.write_text(RUN_FILE.format(scale=f"{scale:g}"), encoding="utf-8")
    started = time.perf_counter()
    try:
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *target]
        done = subprocess.run([*command, "--config", f"run={RUN}"], cwd=ROOT, check=False)
    finally:
        run_file.unlink()
    figures = {
        "scale": scale,
        "target": target or "everything",
        "finished": done.returncode == 0,
        "seconds": round(time.perf_counter() - started),
        "rules": jobs(f"results/{RUN}"),
    }
    save("scale", figures)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
