"""Memory that is free goes back to the system, where a job needs much of it one time and another.

Arrow and the C library keep what they are given back for what comes next. That is not theirs alone:
numpy cannot have what Arrow keeps, nor Arrow what the C library does.
"""

import ctypes


def give_back() -> None:
    """Give back to the system what nobody uses. It takes some milliseconds."""
    import pyarrow

    pyarrow.default_memory_pool().release_unused()
    # GNU's C library has it; another one does as it sees fit.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
