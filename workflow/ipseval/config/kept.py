"""Keeps what is made of a trial's declarations between starts, by all that it is made from.

Reading and checking them takes a second, and taking them apart for the jobs another; every start
of the workflow would wait for both.
"""

from __future__ import annotations

import atexit
import hashlib
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pydantic

from ..files import write_atomically
from ..modules import PACKAGE
from .declared import TrialConfig

Made = TypeVar("Made")


class _TrialStore:
    """What is kept of one trial: pickles by name, in one file, valid for one fingerprint.

    In .snakemake, where there is one. It is as trusted as bytecode: who can write there can write
    the code.
    """

    def __init__(self, file: Path) -> None:
        self.file, self.fingerprint = file, b""
        self.pickles: dict[str, bytes] = {}
        self.loaded: TrialConfig | None = None
        self.grown = False
        atexit.register(self.write)

    def begin(self, fingerprint: bytes) -> None:
        """Forget what is not of this fingerprint, and read what an earlier process kept of it."""
        if self.fingerprint == fingerprint:
            return
        self.fingerprint, self.pickles, self.grown = fingerprint, {}, False
        self.loaded = None
        if not self.file.is_file():
            return
        content = self.file.read_bytes()
        digest, found, rest = content[:32], content[32:64], content[64:]
        if found == fingerprint and digest == hashlib.sha256(rest).digest():
            self.pickles = pickle.loads(rest)  # noqa: S301

    def get(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what is kept under a name, or make it and keep it."""
        if name not in self.pickles:
            self.pickles[name] = pickle.dumps(make())
            self.grown = True
        return pickle.loads(self.pickles[name])  # noqa: S301

    def write(self) -> None:
        """Leave all to the next process."""
        if self.grown and self.file.parents[1].is_dir():
            rest = pickle.dumps(self.pickles)
            content = hashlib.sha256(rest).digest() + self.fingerprint + rest
            write_atomically(self.file, lambda path: path.write_bytes(content))


@cache
def _kept(root: Path, trial: str) -> _TrialStore:
    return _TrialStore(root / ".snakemake" / "ipseval-trials" / f"{trial}.pickle")


def keep_trial(root: Path, name: str, load: Callable[[Path, str], TrialConfig]) -> TrialConfig:
    """Return load(root/config/trials, name), or what it returned for the same files and code."""
    kept = _kept(root, name)
    kept.begin(_fingerprint(root, name))
    # A start asks several times, and declarations are frozen: one object serves all.
    if kept.loaded is None:
        kept.loaded = kept.get("", lambda: load(root / "config" / "trials", name))
    return kept.loaded


def keep(root: Path, trial: str, name: str, make: Callable[[], Made]) -> Made:
    """Return make(), or what it returned before for the declarations of a trial, loaded already.

    `make` may depend on nothing but them.
    """
    return _kept(root, trial).get(name, make)


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
    yield from sorted(config.glob("published/*.csv"))


@cache
def _code() -> bytes:
    """Return a hash of the package, of Python and of what parses declarations."""
    digest = hashlib.sha256(f"{sys.version} {pydantic.VERSION}".encode())
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.parent.glob("rules/*.smk")]):
        digest.update(f"\n{path.relative_to(PACKAGE.parent)}\n".encode() + path.read_bytes())
    return digest.digest()
