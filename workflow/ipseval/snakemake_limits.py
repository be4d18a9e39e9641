"""What Snakemake 9 cannot take by itself: some paths, and files that are dated in the future.

Only workflow/rules/common.smk uses this, in Snakemake's own process. Each limit has a test in
tests/workflow/test_places.py, so that it can go when a newer Snakemake no longer has it.
"""

import os
import re
import shlex
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from .files import short_checksum

# In a path Snakemake takes {name} for a wildcard and <name> for a variable, and knows no escape.
SPECIAL = re.compile(r"[{}<>]")
LINKS = Path(".snakemake", "ipseval")


def mend_snakemake() -> None:
    """Let jobs start and end where Snakemake alone would fail.

    It starts a script by the path of the interpreter without quoting it (snakemake#2645). And it
    fails a job whose input is newer than the output that was just written, which is so whenever
    an input is dated in the future (snakemake#3254, #3261).
    """
    from snakemake.dag import DAG

    sys.executable = shlex.quote(sys.executable)

    async def no_check(dag: object, job: object, outputs: object) -> None:
        """Check no dates: Snakemake has just touched the outputs."""

    if not hasattr(DAG, "check_output_mtime"):
        raise AttributeError("Snakemake checks dates of outputs elsewhere: see mend_snakemake")
    DAG.check_output_mtime = no_check


def plain(path: str | Path) -> str:
    """Return the path in a form that Snakemake takes literally: itself, or a link to it."""
    path = Path(path).expanduser()
    if not SPECIAL.search(str(path)):
        return str(path)
    target = path.absolute()
    link = LINKS / f"{short_checksum(str(target))}{path.suffix}"
    link = link if not SPECIAL.search(link.suffix) else link.with_suffix("")
    link.parent.mkdir(parents=True, exist_ok=True)
    try:
        link.symlink_to(target)
    except FileExistsError:  # made by an earlier run, or a moment ago by another
        if os.readlink(link) != str(target):
            raise
    return str(link)


def dated_in_the_future(paths: Iterable[str | Path]) -> list[str]:
    """Return the existing files that were changed later than now, as the file system has it."""
    now = time.time()
    return sorted({str(p) for p in paths if os.path.exists(p) and os.stat(p).st_mtime > now})
