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

    def of(self, part: str) -> "Streams":
        """Return the streams of a part, apart from those of every other."""
        found = Streams(0, "")
        found._prefix = f"{self._prefix}|{part}"
        return found

    def uniform(self, table: str, column: str, n: int) -> np.ndarray:
        """Return n numbers in the open interval (0, 1), element i belonging to person i."""
        digest = hashlib.sha256(f"{self._prefix}|{table}|{column}".encode()).digest()
        key = np.frombuffer(digest[:16], dtype=np.uint64)
        # Half a step above the grid of 2**-53 keeps 0 out, which ndtri would send to -inf.
        drawn = np.random.Generator(np.random.Philox(key=key)).random(n)
        drawn += 2.0**-54
        return drawn

    def nth_uniform(
        self, table: str, column: str, n: int, person: np.ndarray, place: np.ndarray
    ) -> np.ndarray:
        """Return numbers in (0, 1) for rows of which a person has any number.

        person and place (from 0) say whose row and which of theirs it is, same shape. SplitMix64,
        counter-based too: the person's number of the stream is its seed, the place its counter.
        """
        seed = self.uniform(table, column, n).view(np.uint64)
        x = seed[person] + (place.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
        return (x >> np.uint64(11)) * 2.0**-53 + 2.0**-54

    def normal(self, table: str, column: str, n: int) -> np.ndarray:
        """Return n standard normal numbers."""
        return ndtri(self.uniform(table, column, n))

    def integers(
        self, table: str, column: str, low: int | np.ndarray, high: int | np.ndarray, n: int
    ) -> np.ndarray:
        """Return n integers from low to high, both included; bounds may be arrays."""
        least, width = np.asarray(low), np.asarray(high) - np.asarray(low)
        draws = np.floor(self.uniform(table, column, n) * (width + 1)).astype(np.int64)
        return least + np.minimum(draws, width)

    def chance(
        self, table: str, column: str, probability: float | np.ndarray, n: int
    ) -> np.ndarray:
        """Return n booleans that are true with the given probability (scalar or array)."""
        return self.uniform(table, column, n) < probability
