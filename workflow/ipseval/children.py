"""Forked processes: they end with the one that they belong to, and have a name of their own."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


def end_with_parent(parent: int) -> None:
    """Let the system kill this process as soon as its parent has ended, however it did.

    For a process just forked; `parent` is the id of the one that forked it.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def call_process(name: str) -> None:
    """Let `ps` and `top` show this process under a name, of which they keep 15 letters."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode())
