"""Forked processes that do not outlive the one that they belong to."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Let the system kill this process as soon as its parent has ended, however it did.

    For a process just forked; `parent` is the id of the one that forked it.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
