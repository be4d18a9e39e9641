"""What Snakemake 9 cannot take by itself: some paths, files of the future, and warm interpreters.

workflow/rules/common.smk uses this, in Snakemake's own process, and workflow_run.py, of which that
is a fork. Each limit has a test in tests/workflow/test_places.py, so that it can go when a newer
Snakemake no longer has it.
"""

import atexit
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .config.run import Run
from .files import short_checksum
from .modules import PACKAGE, import_folder, module_file
from .warm import Warm, available

# In a path Snakemake takes {name} for a wildcard and <name> for a variable, and knows no escape.
SPECIAL = re.compile(r"[{}<>]")
LINKS = Path(".snakemake", "ipseval")

# Jobs import the package of this checkout, whatever is installed, and share its bytecode. One BLAS
# thread a job is faster than two here, and no date may reach a result.
_OF_JOBS = {
    "PYTHONDONTWRITEBYTECODE": "",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "SOURCE_DATE_EPOCH": "0",
    "PYTHONHASHSEED": "0",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
# The process that jobs are forked from, where it was started before Snakemake was.
_early: list[Warm] = []


def environment_of_jobs(run: Run) -> dict[str, str]:
    """Return the variables that every job of a run gets.

    Jobs have to find a module of the run file that lies outside this package; nothing else of the
    user's PYTHONPATH reaches them. What is installed, they find by themselves.
    """
    folders = [str(PACKAGE.parent)]
    for source in run.extracts.values():
        file = module_file(source.module) if source.module else None
        if file and "site-packages" not in file.parts:
            folders.append(str(import_folder(str(source.module), file)))
    return {**_OF_JOBS, "PYTHONPATH": os.pathsep.join(dict.fromkeys(folders))}


@contextmanager
def imports_begun(run: Run, root: Path) -> Iterator[None]:
    """Let the process that jobs are forked from make its imports while a fork becomes Snakemake."""
    if not available():
        yield
        return
    warm = Warm(sys.executable, {**os.environ, **environment_of_jobs(run)}, root)
    warm.start()
    _early.append(warm)
    try:
        yield
    finally:
        _early.clear()
        warm.close()  # that of the fork is closed too, since it has ended


def mend_snakemake() -> None:
    """Let jobs start and end where Snakemake alone would fail.

    It starts a script by the path of the interpreter without quoting it (snakemake#2645). And it
    fails a job whose input is newer than the output that was just written, which is so whenever
    an input is dated in the future (snakemake#3254, #3261).
    """
    from snakemake.dag import DAG
    from snakemake.iocontainers import Params, Snakemake
    from snakemake.persistence import PersistenceBase

    sys.executable = shlex.quote(sys.executable)

    async def no_check(dag: object, job: object, outputs: object) -> None:
        """Check no dates: Snakemake has just touched the outputs."""

    if not hasattr(DAG, "check_output_mtime"):
        raise AttributeError("Snakemake checks dates of outputs elsewhere: see mend_snakemake")
    DAG.check_output_mtime = no_check
    # Snakemake imports pandas to see whether a param is a table; ours are plain data.
    PersistenceBase._serialize_param = property(lambda self: self._serialize_param_builtin)

    def store_plain(self: Snakemake, params: Params) -> None:
        self._params_store, self._params_types = Params(toclone=list(params)), {}
        self._params_store._take_names(params._get_names())

    if not hasattr(Snakemake, "_safely_store_params"):
        raise AttributeError("Snakemake hands params over in another way: see mend_snakemake")
    Snakemake._safely_store_params = store_plain


def fork_scripts(python: str) -> None:
    """Let jobs on this machine be forks of a process that has made their imports (warm.py).

    Snakemake starts an interpreter a script. Where a job has an environment of its own, or several
    threads (libraries ask for their number when they are imported), it still does.

    The process makes its imports while Snakemake looks for what is to be done.
    """
    from snakemake.dag import DAG
    from snakemake.script import PythonScript

    if not available():
        return
    warm = _early[0] if _early else Warm(python)
    alone, look = PythonScript.execute_script, DAG.init
    atexit.register(warm.close)

    async def init(self: DAG, *arguments: Any, **options: Any) -> None:
        plugin = self.workflow.executor_plugin  # none where nothing is to be run
        settings = plugin.common_settings if plugin else None
        if settings and settings.local_exec and not (settings.dryrun_exec or settings.touch_exec):
            warm.start()
        await look(self, *arguments, **options)

    def execute_script(self: PythonScript, fname: str, edit: bool = False) -> None:
        apart = (self.container_img, self.conda_env, self.env_modules, self.shadow_dir)
        if any(apart) or self.threads != 1:
            alone(self, fname, edit)
            return
        started = time.time()
        folder = self.resources.get("tmpdir", None)
        folders = dict.fromkeys(("TMPDIR", "TMP", "TEMPDIR", "TEMP"), str(folder)) if folder else {}
        ended = warm.run(fname, {**os.environ, **folders})
        if record := self.bench_record:
            # As the system counted them, where Snakemake would look twice a second.
            record.running_time = time.time() - started
            record.cpu_time = ended.cpu_seconds
            record.cpu_usage = 100 * ended.cpu_seconds
            record.max_rss = ended.peak_mb
            record.data_collected = True
        if ended.status:
            raise subprocess.CalledProcessError(ended.status, f"{python} {fname}")

    PythonScript.execute_script, DAG.init = execute_script, init


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
