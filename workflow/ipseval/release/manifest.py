"""The manifest of a run: every file it wrote, and how."""

import json
from pathlib import Path

from ..files import read_sealed, sha256, short_checksum
from ..provenance import versions
from .notice import NOTICE

OF_JOB = ("rule", "wildcards", "inputs", "params", "code", "log", "benchmark")


def manifest(records: list[str], run: str, seed: int, confidential: bool = False) -> dict:
    """Return the manifest of a run: each output with checksum, rule, inputs, params, code and seed.

    Among the params of an output, nested ones (slices of the configuration, which may be long and
    are the same for all that a job wrote) appear as their checksum; `jobs` holds them whole, once a
    job, by the name of its record, with the checksum of the record. Of real people (`confidential`)
    it says that nothing may leave.
    """
    outputs, jobs = {}, {}
    for path in map(Path, sorted(records)):
        record = read_sealed(path)
        job = {key: record[key] for key in OF_JOB} | {"seed": seed}
        jobs[path.stem] = job | {"record": sha256(path)}
        params = {name: _in_brief(value) for name, value in record["params"].items()}
        for output, checksum in record["outputs"].items():
            outputs[output] = job | {"sha256": checksum, "params": params, "job": path.stem}
    notice = {"notice": NOTICE} if confidential else {}
    whole = {"run": run, "seed": seed, "versions": versions(), "jobs": jobs, "outputs": outputs}
    return whole | notice


def _in_brief(value: object) -> object:
    """Return a value as it is, or the checksum of one that holds others."""
    if not isinstance(value, dict | list):
        return value
    return f"sha256:{short_checksum(json.dumps(value, sort_keys=True))}"


def read_manifest(path: Path) -> dict:
    """Return a manifest with whole params in the entry of each output.

    Raises InputError for one that is damaged.
    """
    manifest = read_sealed(path)
    for entry in manifest["outputs"].values():
        entry["params"] = manifest["jobs"][entry["job"]]["params"]
    return manifest
