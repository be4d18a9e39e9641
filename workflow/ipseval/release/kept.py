"""The pattern of what is withheld, kept beside the release: an edit that no count sees asks for it.

Most edits, an assumption of the economics or a label, change no number of people. The search is
done once for a system, and its result holds for exactly that system, settings and code.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..files import write_json
from . import suppress as searching
from . import system as systems
from .suppress import Suppression, suppress
from .system import Arrays


def suppressed(
    system: Arrays, risky: np.ndarray, widths: tuple[float, float], cuts: int, path: Path | None
) -> Suppression:
    """Return what to withhold, as suppress does; from `path`, or else searched and kept there.

    widths: of numbers at risk, and of those that are withheld for them.
    """
    width, others = widths
    if path is None:
        return suppress(system, risky, width, cuts, others)
    of = _checksum(system, risky, widths, cuts)
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept.pop("of") == of:
            withheld = np.zeros(len(risky), dtype=bool)
            withheld[kept.pop("withheld")] = True
            return Suppression(withheld, **kept)
    found = suppress(system, risky, width, cuts, others)
    fields = asdict(found) | {"withheld": np.flatnonzero(found.withheld).tolist(), "of": of}
    write_json(path, fields)
    return found


def _checksum(system: Arrays, risky: np.ndarray, widths: tuple[float, float], cuts: int) -> str:
    relations = system.relations
    arrays = [relations.data, relations.indices, relations.indptr, system.truth, system.low]
    arrays += [system.high, system.weight, system.least, system.most, system.shown, risky]
    digest = hashlib.sha256(f"{widths} {cuts}".encode())
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    for module in (searching, systems):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()
