"""Keeps the checked declarations of a trial between starts, by all that they were made from.

Reading and checking them takes a second, and `make report` would do it two or three times.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pydantic

from ..files import write_atomically
from ..modules import PACKAGE
from .declared import TrialConfig

# What this process has read or made: file -> its content.
_known: dict[Path, bytes] = {}


def keep_trial(root: Path, name: str, load: Callable[[Path, str], TrialConfig]) -> TrialConfig:
    """Return load(root/config/trials, name), or what it returned for the same files and code.

    Kept in .snakemake, where there is one. It is as trusted as bytecode: who can write there can
    write the code.
    """
    file = root / ".snakemake" / "ipseval-trials" / f"{name}.pickle"
    key = _fingerprint(root, name)
    if file not in _known and file.is_file():
        _known[file] = file.read_bytes()
    found, content = _known.get(file, b"")[: len(key)], _known.get(file, b"")[len(key) :]
    digest, content = content[:32], content[32:]
    if found == key and digest == hashlib.sha256(content).digest():
        return pickle.loads(content)  # noqa: S301
    config = load(root / "config" / "trials", name)
    content = pickle.dumps(config)
    _known[file] = key + hashlib.sha256(content).digest() + content
    if (root / ".snakemake").is_dir():
        write_atomically(file, lambda path: path.write_bytes(_known[file]))
    return config


def _fingerprint(root: Path, name: str) -> bytes:
    """Return a hash of the code and of every file that a trial's declarations depend on."""
    digest = hashlib.sha256(_code())
    for path in _read(root, name):
        digest.update(f"\n{path.relative_to(root)}\n".encode() + path.read_bytes())
    notebooks = sorted(path.name for path in (root / "notebooks").glob("*.ipynb"))
    digest.update("\n".join(["", *notebooks]).encode())
    return digest.digest()


def _read(root: Path, name: str) -> Iterator[Path]:
    config = root / "config"
    yield from sorted(config.glob("*.yaml"))
    yield from sorted((config / "trials" / name).rglob("*.yaml"))
    yield from config.glob("published/exhibits.csv")


@cache
def _code() -> bytes:
    """Return a hash of the package, of Python and of what parses declarations."""
    digest = hashlib.sha256(f"{sys.version} {pydantic.VERSION}".encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(f"\n{path.relative_to(PACKAGE)}\n".encode() + path.read_bytes())
    return digest.digest()
