"""Identifiers of people who do not exist, which cannot be taken for those of people who do."""

import numpy as np

# No live National Insurance number begins with Q, and none carries it as second letter.
PREFIXES = [f"Q{letter}" for letter in "QABCEGHJKLMNPRSTWXYZ"]
SUFFIXES = np.array(list("ABCD"))


def synthetic_ninos(uniform: np.ndarray) -> np.ndarray:
    """Return distinct numbers of the form QQ123456A, one for each element of uniform (n).

    The order is that of the uniforms, so that a number says nothing about a person's place in
    a table. Up to 80 million numbers exist; the prefix QQ is used first.
    """
    n = len(uniform)
    per_prefix = 4_000_000
    prefixes = -(-n // per_prefix)
    space = prefixes * per_prefix
    step = space // n
    serial = np.empty(n, dtype=np.int64)
    order = np.argsort(uniform, kind="stable")
    serial[order] = np.arange(n) * step + (uniform[order] * step).astype(np.int64)
    prefix = np.array(PREFIXES)[serial // per_prefix]
    digits = np.char.zfill((serial % per_prefix // 4).astype("U6"), 6)
    return np.char.add(np.char.add(prefix, digits), SUFFIXES[serial % 4])


def transpose_digits(ninos: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return numbers with two neighbouring digits swapped, the pair starting at `where` (0-4).

    Where both digits are the same the last digit is changed, so that the number is wrong.
    """
    letters = np.array([list(nino) for nino in ninos]) if len(ninos) else np.empty((0, 9), "U1")
    row = np.arange(len(ninos))
    first, second = 2 + where, 3 + where
    a, b = letters[row, first].copy(), letters[row, second].copy()
    letters[row, first], letters[row, second] = b, a
    same = a == b
    letters[same, 7] = ((letters[same, 7].astype(int) + 1) % 10).astype("U1")
    return np.array(["".join(line) for line in letters], dtype=ninos.dtype)
