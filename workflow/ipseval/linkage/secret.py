"""The secret that pseudonyms are made with: read from a key file that nobody else can read."""

import hashlib
import hmac
import os
import secrets
import stat
from itertools import pairwise
from pathlib import Path

from ..errors import InputError
from ..provenance import ROOT

REMEDY = (
    "make one: python -c 'import secrets; print(secrets.token_hex(32))' > FILE; chmod 600 FILE; "
    "and name it in the run file as person_key_file"
)
LEAST_BYTES = 32
LEAST_DIFFERENT = 12


def read_secret(path: str | None, trial: str) -> bytes:
    """Return the secret for pseudonyms: the content of a key file, or a fixed word without one.

    The trial's name goes into it, so that equal keys of two trials get different pseudonyms.

    Raises InputError for a file that is missing, that others can read, that lies in the project,
    or that holds what could be guessed. No message has the path, since logs hold messages.
    """
    if path is None:
        return b"nobody needs to be protected by this|" + trial.encode()
    return _content(Path(path).expanduser()) + b"|" + trial.encode()


def fingerprint(path: str, salt_file: Path) -> str:
    """Return a text that changes with the secret, and tells nothing without the salt.

    The salt is drawn once for a folder and kept for the owner alone: a fingerprint without one
    would let anybody test a guess. Raises InputError as read_secret does.
    """
    secret = _content(Path(path).expanduser())
    return hmac.new(_salt(salt_file), secret, hashlib.sha256).hexdigest()[:16]


def _salt(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(salt := secrets.token_bytes(32))
    return salt


def _content(path: Path) -> bytes:
    if not path.exists():
        raise _refused("the key file for person_id is missing")
    if not path.is_file():
        raise _refused("the key file for person_id is a folder, or no regular file")
    if path.resolve().is_relative_to(ROOT):
        raise _refused(
            "the key file for person_id lies in the folder of the project, whence it may be "
            "handed on with it",
            "move it to a folder outside the project, and name that in the run file",
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise _refused("others can read the key file for person_id", "chmod 600 FILE")
    secret = path.read_bytes().strip()
    if len(secret) < LEAST_BYTES:
        raise _refused(f"the key file holds under {LEAST_BYTES} bytes")
    if len(set(secret)) < LEAST_DIFFERENT or _repeats(secret) or _counts(secret):
        raise _refused("the key file holds a text that could be guessed: few signs, or a pattern")
    return secret


def _repeats(secret: bytes) -> bool:
    """Return whether a part of it, of half its length at most, is said again and again."""
    periods = range(1, len(secret) // 2 + 1)
    return any(secret[period:] == secret[:-period] for period in periods)


def _counts(secret: bytes) -> bool:
    """Return whether most of it goes up or down by one, as an alphabet does."""
    steps = [after - before for before, after in pairwise(secret)]
    return 2 * sum(abs(step) == 1 for step in steps) > len(steps)


def _refused(problem: str, remedy: str = REMEDY) -> InputError:
    return InputError(problem, file="person_key_file of the run", remedy=remedy)
