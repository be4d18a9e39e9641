"""Checksums that tell whoever has the data that nothing was changed, and nobody else anything.

The plain checksum of a file with a few withheld counts gives them away: who guesses them makes the
file, and sees by the checksum when the guess is right.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256 as digest_of
from pathlib import Path
from typing import Any

from ..files import sha256

# Files of the project, which are no secret.
PUBLIC = ("config/", "notebooks/", "docs/", "workflow/")
HOW = (
    "Of files with data: HMAC-SHA-256 of the SHA-256 in hexadecimal. Its key is the SHA-256 of the "
    "SHA-256 of outcomes/people.parquet of each trial, one after the other."
)


def keyed(jobs: Mapping[str, dict[str, Any]], secret: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return the records of jobs with checksums of data that only who has `secret` can compute."""
    key = digest_of("".join(map(sha256, secret)).encode()).digest()

    def of(files: Mapping[str, str]) -> dict[str, str]:
        return {
            path: checksum if path.startswith(PUBLIC) else with_key(checksum, key)
            for path, checksum in files.items()
        }

    return {
        name: job | {"inputs": of(job["inputs"]), "outputs": of(job["outputs"])}
        for name, job in jobs.items()
    }


def with_key(checksum: str, key: bytes) -> str:
    """Return a checksum under a key."""
    return hmac.new(key, checksum.encode(), "sha256").hexdigest()
