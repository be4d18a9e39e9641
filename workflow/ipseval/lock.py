"""One run at a time in one folder of results, whoever starts it and from which checkout."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError

# Set for the processes that `ipseval report` starts: it holds the lock for them.
HELD = "IPSEVAL_LOCK_HELD"


def lock_file(results: Path, run: str) -> Path:
    """Return the file whose lock a run holds: beside its folder, which holds results alone."""
    return results / f".{run}.lock"


def take(results: Path, run: str) -> tuple[int, bool]:
    """Take the lock of a run's results; returns its descriptor and whether the last was cut off.

    The operating system gives the lock back when the last process dies that holds the
    descriptor, so a run that was killed blocks nobody. Raises InputError if another run has it.
    """
    path = lock_file(results, run)
    try:
        results.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise InputError(
            f"the folder of the results cannot be written: {error.strerror}",
            file=results,
            remedy="choose another one with --results, or in config/config.yaml",
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise InputError(
            "another run is at work in this folder of results",
            file=results / run,
            remedy="wait for it, stop it first, or choose another folder with --results",
        ) from None
    cut_off = os.fstat(descriptor).st_size > 0
    os.pwrite(descriptor, b"at work\n", 0)
    return descriptor, cut_off


def give_back(descriptor: int) -> None:
    """Note that the run came to its end, well or badly, and give the lock back."""
    os.ftruncate(descriptor, 0)
    os.close(descriptor)


@contextmanager
def only_run(results: Path, run: str) -> Iterator[tuple[int, bool]]:
    """Hold the lock of a run's results while the body runs."""
    descriptor, cut_off = take(results, run)
    try:
        yield descriptor, cut_off
    except KeyboardInterrupt:
        os.close(descriptor)  # the note that it is at work stays: it was cut off
        raise
    except BaseException:
        give_back(descriptor)
        raise
    give_back(descriptor)
