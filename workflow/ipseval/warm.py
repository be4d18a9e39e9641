"""A process that has imported what jobs import, and from which every job of a run is forked.

An interpreter that imports pandas, SciPy and matplotlib takes longer than most jobs, and a report
has a hundred of them. So the first job of a run starts one process, this module; each job is a fork
of it, which finds its imports made and is alone with what it changes. The process ends, and its
jobs with it, when the one that started it does.

Knows nothing of Snakemake: workflow/ipseval/snakemake_limits.py sends scripts here.
"""

from __future__ import annotations

import ast
import atexit
import gc
import importlib
import json
import os
import random
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from .children import call_process, end_with_parent
from .config.base import build_validators
from .kinds import CROSS_RULES, DERIVATIONS, DISTRIBUTIONS, ESTIMATORS, EXHIBITS, PACKAGE

# What functions of a script import where they use it, so that nobody else waits for it. A module
# that is missing here is imported by each job that comes to it.
_FIGURES = (
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.dates",
    "matplotlib.figure",
    "matplotlib.patches",
    "scipy.special",
)
_CHAPTERS = ("ipseval.report.chapter", "ipseval.report.engine", "nbconvert", "papermill")
_TABLES = ("pandera.pandas", "pyarrow.compute", "pyarrow.parquet", "scipy.special")
USED_INSIDE: dict[str, tuple[str, ...]] = {
    "build_extracts": _TABLES,
    "check_extracts": _TABLES,
    "link_records": (*_TABLES, "scipy.stats", "splink.comparison_library"),
    "derive_outcomes": (*_TABLES, "statsmodels.genmod.generalized_linear_model"),
    "estimate_impact": (
        "pyarrow.parquet",
        "scipy.special",
        "statsmodels.discrete.discrete_model",
        "statsmodels.stats.multitest",
    ),
    "estimate_joint": ("pyarrow.parquet", "statsmodels.discrete.discrete_model"),
    "simulate_economics": ("pyarrow.parquet", "scipy.optimize", "scipy.special"),
    "make_exhibits": (*_FIGURES, "pyarrow.parquet"),
    "execute_chapter": _CHAPTERS,
    "gather_facts": ("pyarrow.parquet",),
    "control_disclosure": (*_CHAPTERS, *_FIGURES, "pyarrow.parquet", "scipy.optimize"),
}
# What jobs of a rule make first of all, and find made here: functions of the package, by name.
MADE_BEFORE: dict[str, tuple[str, ...]] = {
    "make_exhibits": ("report.render.compile_templates",),
    "execute_chapter": ("report.render.compile_templates", "report.notebook.exporter"),
    "control_disclosure": ("report.render.compile_templates", "report.notebook.exporter"),
    "build_site": ("report.render.compile_templates",),
}

# What nearly every run comes to; its scripts lie here.
LAST = (
    "simulate_economics",
    "make_exhibits",
    "execute_chapter",
    "gather_facts",
    "compile_concordance",
    "build_site",
    "write_manifest",
)
SCRIPTS = PACKAGE.parent / "scripts"

# Declarations of nearly every job are of these kinds.
KINDS = (CROSS_RULES, DERIVATIONS, DISTRIBUTIONS, ESTIMATORS, EXHIBITS)


@dataclass(frozen=True)
class Ended:
    """How a job ended: exit status as subprocess gives it, CPU seconds, and peak memory in MB."""

    status: int
    cpu_seconds: float
    peak_mb: float


def available() -> bool:
    """Return whether this system can hand sockets over and wait for several processes at once."""
    return hasattr(os, "pidfd_open") and hasattr(socket, "send_fds")


class Warm:
    """The process, for those who have jobs to run; it starts with the first job, or before.

    One that is given a folder works there, in a process group of its own: the terminal's Ctrl-C is
    for the one that started it.
    """

    def __init__(
        self,
        python: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._python, self._environment, self._folder = python, environment, folder
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, if it is not there: it imports what most runs come to."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the process, and jobs that it still has."""
        if self._control is not None and self._process is not None:
            self._control.close()
            self._process.wait()
            self._control = self._process = None

    def run(self, script: str, environment: dict[str, str]) -> Ended:
        """Run a script in a fork of the process and wait for its end.

        Raises ConnectionError if the process is gone.
        """
        ours, theirs = socket.socketpair()
        with ours, theirs:
            with self._lock:
                socket.send_fds(self._started(), [b"job"], [theirs.fileno()])
            theirs.close()
            request = {"script": script, "environment": environment}
            ours.sendall(json.dumps(request).encode())
            ours.shutdown(socket.SHUT_WR)
            with ours.makefile("rb") as answer:
                told = answer.readline()
        if not told:
            raise ConnectionError("the process that jobs are forked from has ended")
        return Ended(**json.loads(told))

    def _started(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603
                    [self._python, "-P", "-m", __name__, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    env=self._environment,
                    cwd=self._folder,
                    process_group=None if self._folder is None else 0,
                )
        return self._control


class _Server:
    """Forks a process a job, and tells how each has ended."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ)
        # File that tells of the end of a process -> the process, and who waits for it.
        self.running: dict[int, tuple[int, socket.socket]] = {}
        self.prepared: set[str] = set()
        self.modules = 0  # that there were when the collector last went through them
        self.to_come: list[Callable[[], None]] = [
            *(partial(_import, n) for rule in LAST for n in _modules_of(SCRIPTS / f"{rule}.py")),
            build_validators,
            *(partial(_make, function) for rule in LAST for function in MADE_BEFORE.get(rule, ())),
        ]

    def serve(self) -> None:
        """Take jobs until nobody is left to send any."""
        while True:
            # Before the first job, and while it is at work, there may be a core to spare.
            ready = self.selector.select(0 if self.to_come else None)
            if not ready:
                self.to_come.pop(0)()
            for key, _ in ready:
                if key.fileobj is not self.control:
                    self._tell(key.fd)
                elif not self._take():
                    for pid, _ in self.running.values():
                        os.kill(pid, signal.SIGKILL)
                        os.waitpid(pid, 0)
                    return

    def _take(self) -> bool:
        """Start the next job; returns False where the one that sent jobs is gone."""
        message, descriptors, _, _ = socket.recv_fds(self.control, 16, 1)
        if not message:
            return False
        reply = socket.socket(fileno=descriptors[0])
        with reply.makefile("rb") as asked:
            request = json.loads(asked.read())
        script = Path(request["script"])
        self._prepare(script)
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._leave(reply)
            _run_job(script, request["environment"], server)
        ended = os.pidfd_open(pid)
        self.running[ended] = pid, reply
        self.selector.register(ended, selectors.EVENT_READ)
        return True

    def _prepare(self, script: Path) -> None:
        """Import what the jobs of a rule import, before the first of them."""
        if _rule_of(script) in self.prepared:
            return
        self.prepared.add(_rule_of(script))
        for name in _modules_of(script):
            _import(name)
        build_validators()
        for function in MADE_BEFORE.get(_rule_of(script), ()):
            _make(function)
        if len(sys.modules) > self.modules:
            # A collector that visits what was imported would copy it into every fork.
            gc.collect()
            gc.freeze()
            self.modules = len(sys.modules)

    def _leave(self, reply: socket.socket) -> None:
        """Close, in a fork, what belongs to the server."""
        self.selector.close()
        self.control.close()
        reply.close()
        for descriptor, (_, other) in self.running.items():
            os.close(descriptor)
            other.close()

    def _tell(self, ended: int) -> None:
        pid, reply = self.running.pop(ended)
        self.selector.unregister(ended)
        os.close(ended)
        _, status, used = os.wait4(pid, 0)
        told = Ended(
            os.waitstatus_to_exitcode(status),
            round(used.ru_utime + used.ru_stime, 2),
            round(used.ru_maxrss / 1024, 2),
        )
        with reply, suppress(BrokenPipeError):  # who asked may have been stopped meanwhile
            reply.sendall(json.dumps(asdict(told)).encode() + b"\n")


def _rule_of(script: Path) -> str:
    """Return the rule of a script <rule>.py, or of Snakemake's copy <random>.<rule>.py."""
    return script.name.split(".")[-2]


def _modules_of(script: Path) -> list[str]:
    """Return what the job of a script imports, as far as it is known before."""
    kinds = [group.module(kind) for group in KINDS for kind in group.names]
    return [*_imported(script), *USED_INSIDE.get(_rule_of(script), ()), *kinds]


def _import(name: str) -> None:
    # What cannot be imported fails in the job too, which says so in its own log.
    with suppress(Exception):
        importlib.import_module(name)


def _make(function: str) -> None:
    module, _, name = function.rpartition(".")
    with suppress(Exception):  # likewise
        getattr(importlib.import_module(f"{PACKAGE.name}.{module}"), name)()


def _imported(script: Path) -> list[str]:
    """Return the modules that a script imports first of all; none if it cannot be read."""
    try:
        tree = ast.parse(script.read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return []
    names = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


def _run_job(script: Path, environment: dict[str, str], server: int) -> NoReturn:
    """Run a script in this fork as the interpreter would, and leave."""
    end_with_parent(server)
    call_process(_rule_of(script))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    atexit._clear()
    random.seed()  # Forks would draw the same names for temporary files.
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [str(script)]
    status = 0
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
        if status and not isinstance(left.code, int):
            print(left.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking apart all that was imported would take longer than many a job.
    os._exit(status)


if __name__ == "__main__":
    # The terminal's Ctrl-C reaches everybody; the server ends when Snakemake does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    # Taken apart in order, libraries in C++ would complain on the terminal of what is left in them.
    os._exit(0)
