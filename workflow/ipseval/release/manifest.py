"""The manifest: every output of a run, with what made it."""

import json
from pathlib import Path

from ..provenance import versions


def manifest(records: list[str], run: str, seed: int) -> dict:
    """Return the manifest of a run: each output with checksum, rule, inputs, params and code."""
    outputs = {}
    jobs = [json.loads(Path(path).read_text(encoding="utf-8")) for path in sorted(records)]
    for job in jobs:
        details = {key: job[key] for key in ("rule", "wildcards", "params", "code", "log")}
        details |= {"inputs": job["inputs"], "benchmark": job["benchmark"], "seed": seed}
        for path, checksum in job["outputs"].items():
            outputs[path] = {"sha256": checksum, **details}
    return {"run": run, "seed": seed, "versions": versions(), "outputs": outputs}
