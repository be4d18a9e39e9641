"""How papermill executes a chapter: in a forked child of the job instead of a kernel.

A kernel is an interpreter of its own, which imports again all that the job has imported, and talks
over sockets. A fork finds the imports made, and is as alone with its variables. What a cell shows
becomes the output that a kernel would have sent.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import tempfile
from base64 import b64encode
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import from_dict
from papermill.engines import Engine
from traitlets import Type
from traitlets.config import Config

from ..children import end_with_parent

if TYPE_CHECKING:
    from papermill.engines import NotebookExecutionManager

NAME = "fork"

# Outputs of the cell that is being executed, in a child.
_shown: list[dict[str, Any]] = []


class Fork(Engine):
    """Executes the cells of a notebook one after the other in one forked process."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **kwargs: object
    ) -> None:
        """Execute the notebook of `nb_man` until a cell fails.

        Raises ChildProcessError if a cell ends the process.
        """
        # Made here: a child that is killed leaves its folders behind.
        with tempfile.TemporaryDirectory(prefix="ipseval-") as private:
            _manage(nb_man, private)


def _manage(nb_man: NotebookExecutionManager, private: str) -> None:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    sources = [c.source if c.cell_type == "code" else "" for c in nb_man.nb.cells]
    child = context.Process(target=_execute, args=(sources, theirs, os.getpid(), private))
    child.start()
    theirs.close()
    try:
        for index, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, index)
            failed = None
            if sources[index].strip():
                count = len([*filter(str.strip, sources[: index + 1])])
                cell.execution_count, outputs, failed = _told(ours, count)
                cell.outputs = from_dict(outputs)
            if failed:
                nb_man.cell_exception(cell, index, exception=RuntimeError(failed))
            nb_man.cell_complete(cell, index)
            if failed:
                break
    finally:
        ours.close()
        child.kill()
        child.join()


def _told(ours: Connection, count: int) -> tuple[int, list[dict[str, Any]], str | None]:
    try:
        return ours.recv()
    except EOFError:
        raise ChildProcessError(f"cell {count} of the notebook ended its process") from None


def _execute(sources: list[str], theirs: Connection, job: int, private: str) -> None:
    """Execute cells in this process, and tell of each its count, outputs and failure."""
    end_with_parent(job)
    InteractiveShell.clear_instance()
    # Without history, settings and files of the user.
    quiet = Config({"HistoryManager": {"enabled": False}})
    shell = _Shell.instance(config=quiet, ipython_dir=private)
    for source in filter(str.strip, sources):
        _shown.clear()
        count = shell.execution_count
        with redirect_stdout(_Stream("stdout")), redirect_stderr(_Stream("stderr")):
            result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        outputs = [{k: v for k, v in one.items() if k != "transient"} for one in _shown]
        theirs.send((count, outputs, f"{type(error).__name__}: {error}" if error else None))
        if error:
            return


class _Stream(io.TextIOBase):
    """What a cell prints."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, text: str) -> int:
        """Add text to what was printed last, or begin anew behind something that was shown."""
        last = _shown[-1] if _shown else {}
        if (last.get("output_type"), last.get("name")) == ("stream", self._name):
            last["text"] += text
        elif text:
            _shown.append({"output_type": "stream", "name": self._name, "text": text})
        return len(text)


def _data(bundle: dict[str, Any]) -> dict[str, Any]:
    return {k: b64encode(v).decode() if isinstance(v, bytes) else v for k, v in bundle.items()}


class _Publisher(DisplayPublisher):
    """What a cell displays."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *_: object,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **__: object,
    ) -> None:
        """Add an output, or put it in place of those of its id in this cell."""
        shown = {
            "output_type": "display_data",
            "data": _data(data),
            "metadata": metadata or {},
            "transient": transient or {},
        }
        if not update:
            _shown.append(shown)
            return
        for index, earlier in enumerate(_shown):
            if earlier.get("transient") == shown["transient"]:
                _shown[index] = shown

    def clear_output(self, wait: bool = False) -> None:
        """Take back what the cell has shown."""
        _shown.clear()


class _Hook(DisplayHook):
    """What the last line of a cell is."""

    def write_output_prompt(self) -> None:
        """Write none: the output has its count."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        """Add an output."""
        _shown.append(
            {
                "output_type": "execute_result",
                "execution_count": self.prompt_count,
                "data": _data(format_dict),
                "metadata": md_dict or {},
            }
        )

    def finish_displayhook(self) -> None:
        """End without the empty lines of a terminal."""
        self._is_active = False


class _Shell(InteractiveShell):
    """A shell whose outputs are those of a notebook."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        _shown.append(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": str(evalue),
                "traceback": stb,
            }
        )
