"""The manifest: every output of a run, with what made it."""

import json
from pathlib import Path

from ..provenance import versions

OF_JOB = ("rule", "wildcards", "params", "code", "log", "inputs", "benchmark")


def manifest(records: list[str], run: str, seed: int) -> dict:
    """Return the manifest of a run: each output with its checksum and the job that made it.

    A job, named like its record, has rule, inputs, parameters and code. It is held once, however
    many files it wrote.
    """
    outputs, jobs = {}, {}
    for path in map(Path, sorted(records)):
        job = json.loads(path.read_text(encoding="utf-8"))
        jobs[path.stem] = {**{key: job[key] for key in OF_JOB}, "seed": seed}
        for output, checksum in job["outputs"].items():
            outputs[output] = {"sha256": checksum, "job": path.stem}
    return {"run": run, "seed": seed, "versions": versions(), "jobs": jobs, "outputs": outputs}


def read_manifest(path: Path) -> dict:
    """Return a manifest with what is known of a job in the entry of each of its outputs."""
    found = json.loads(path.read_text(encoding="utf-8"))
    for entry in found["outputs"].values():
        entry |= found["jobs"][entry["job"]]
    return found
