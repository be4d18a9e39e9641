"""Random streams seeded by (seed, trial, table, column) and indexed by person.

A person's draw depends on the names and on the person's number, never on how many people or
which tables are drawn before: Philox is counter-based, so element i of a stream is a function
of the key and i alone. Only uniforms are drawn, because other samplers use a varying number
of them; the rest are transforms.
"""

import hashlib

import numpy as np
from scipy.special import ndtri


class Streams:
    """Named streams of one trial of one run."""

    def __init__(self, seed: int, trial: str):
        self._prefix = f"{seed}|{trial}"

    def uniform(self, table: str, column: str, n: int) -> np.ndarray:
        """Return n numbers in the open interval (0, 1), element i belonging to person i."""
        digest = hashlib.sha256(f"{self._prefix}|{table}|{column}".encode()).digest()
        key = np.frombuffer(digest[:16], dtype=np.uint64)
        # Half a step above the grid of 2**-53 keeps 0 out, which ndtri would send to -inf.
        return np.random.Generator(np.random.Philox(key=key)).random(n) + 2.0**-54

    def normal(self, table: str, column: str, n: int) -> np.ndarray:
        """Return n standard normal numbers."""
        return ndtri(self.uniform(table, column, n))

    def integers(self, table: str, column: str, low, high, n: int) -> np.ndarray:
        """Return n integers from low to high, both included; bounds may be arrays."""
        low, high = np.asarray(low), np.asarray(high)
        draws = np.floor(self.uniform(table, column, n) * (high - low + 1)).astype(np.int64)
        return low + np.minimum(draws, high - low)

    def chance(self, table: str, column: str, probability, n: int) -> np.ndarray:
        """Return n booleans that are true with the given probability (scalar or array)."""
        return self.uniform(table, column, n) < probability
