"""Knows, without asking Snakemake, that a run has nothing to do.

A run's files are held against the records of its jobs at every start. If all are as they were left
when a run last came to its end, and everything that jobs are made from is too, Snakemake could
only find out the same, and takes four times as long.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from .config.run import Run
from .files import sha256, write_json
from .provenance import ROOT

# What jobs are made from, beside their inputs.
SOURCES = ("Snakefile", "pyproject.toml", "requirements.lock", "workflow", "config", "notebooks")
# Ends of runs, in a folder of Snakemake's: without it nothing is known to be done.
FOLDER = Path(".snakemake", "ipseval-ended")


def knows_all(run: Run) -> bool:
    """Return whether files in the project decide everything that a run's jobs do.

    A secret does where people are real, and so does code that somebody has elsewhere.
    """
    folders = [Path(f).resolve() for f in os.environ.get("PYTHONPATH", "").split(os.pathsep) if f]
    return not run.is_of_real_people and all(f.is_relative_to(ROOT) for f in folders)


def _files(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        if path.is_file():
            yield path
        for base, folders, files in os.walk(path):
            folders[:] = [f for f in folders if f != "__pycache__" and not f.startswith(".")]
            yield from (Path(base, file) for file in files)


def state_of(folder: Path, overrides: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """Return checksums of the sources and of the manifest of a run; none of what is not there.

    The manifest has the checksum of every record, and these have those of all files.
    """
    digest = hashlib.sha256(f"{sys.version} {dict(sorted(overrides.items()))}".encode())
    for path in sorted(_files(root)):
        digest.update(f"\n{path.relative_to(root)}\n".encode() + path.read_bytes())
    manifest = folder / "manifest.json"
    made = {"manifest": sha256(manifest)} if manifest.is_file() else {}
    return {"folder": str(folder), "sources": digest.hexdigest(), **made}


def _path(state: Mapping[str, str], root: Path) -> Path:
    return root / FOLDER / f"{hashlib.sha256(state['folder'].encode()).hexdigest()[:16]}.json"


def keep(state: Mapping[str, str], root: Path = ROOT) -> None:
    """Keep the state in which a run has come to its end."""
    write_json(_path(state, root), state)


def is_kept(state: Mapping[str, str], root: Path = ROOT) -> bool:
    """Return whether this is the state in which the run last came to its end."""
    path = _path(state, root)
    if "manifest" not in state or not path.is_file():
        return False
    try:
        return bool(json.loads(path.read_bytes()) == state)
    except ValueError:  # damaged: nothing is known
        return False
