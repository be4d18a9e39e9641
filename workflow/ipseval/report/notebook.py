"""Executes a chapter notebook and leaves nothing of the day or the machine in it."""

from __future__ import annotations

import json
import os
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context

from ..errors import InputError
from ..files import write_text
from .render import POLICY, environment, style

if TYPE_CHECKING:
    from jinja2.runtime import Context
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

# The variable that tells a chapter in which file its declarations are.
DECLARATIONS = "IPSEVAL_DECLARATIONS"


class FailedCellError(InputError):
    """A cell of a notebook raised an error: its name, and what it said."""

    def __init__(self, cell: int | None, name: str, said: str, **where: Any):
        super().__init__(f"cell {cell} of the notebook failed: {name}: {said}", **where)
        self.name, self.said = name, said


def execute_chapter(
    notebook: Path, parameters: dict[str, str], declared: dict[str, Any], draft: Path, cwd: Path
) -> NotebookNode:
    """Return the executed notebook; `draft` gets it too, up to the cell that fails if one does.

    `declared` is what the chapter may know of the configuration (report/chapter.py).

    Raises FailedCellError with the failing cell's number.
    """
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from .engine import NAME, Fork

    papermill_engines.register(NAME, Fork)

    draft.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ipseval-") as private:
        path = Path(private, "declarations.json")
        write_text(path, json.dumps(declared))  # in the order declared
        os.environ[DECLARATIONS] = str(path)
        # Chapters show figures that exist already; no display has to be found.
        os.environ["MPLBACKEND"] = "agg"
        try:
            executed = papermill.execute_notebook(
                _no_pattern(notebook),
                _no_pattern(draft),
                parameters=parameters,
                engine_name=NAME,
                kernel_name="python3",
                progress_bar=False,
                request_save_on_cell_execute=False,  # each cell takes no longer than to save it
                cwd=str(cwd),
            )
        except PapermillExecutionError as error:
            raise FailedCellError(
                error.exec_count,
                error.ename,
                error.evalue,
                file=notebook.name,
                remedy=f"open the executed notebook in {draft.name} beside the log",
            ) from error
        except ChildProcessError as error:
            raise InputError(str(error), file=notebook.name) from error
        finally:
            # The file goes; who opens a chapter later in this process has none.
            del os.environ[DECLARATIONS]
    return normalise(executed)


def _no_pattern(path: Path) -> str:
    """Return a path as papermill takes it, which fills in what stands in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook without times, machine names and random cell ids."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for index, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags", [])
        cell.metadata = {"tags": tags} if tags else {}
        cell["id"] = f"cell-{index}"
        for output in cell.get("outputs", []):
            output.pop("transient", None)
            output.get("metadata", {}).clear()
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


@cache
def exporter() -> HTMLExporter:
    """Return what makes a page of a notebook, its templates compiled."""
    from nbconvert import HTMLExporter

    made = HTMLExporter(
        template_name="basic",
        exclude_input=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    made.register_filter("highlight_code", _no_code)
    made.register_filter("markdown2html", _prose)
    _ = made.template
    return made


def to_html(notebook: NotebookNode) -> str:
    """Return the body of an executed notebook as HTML: prose and outputs, no code."""
    from nbconvert.exporters import TemplateExporter

    # The method of HTMLExporter would parse the page again and print it anew, to look for
    # pictures without a text and for cells of JupyterLab, which a chapter does not have. That
    # took most of the time.
    body, _ = TemplateExporter.from_notebook_node(exporter(), notebook)
    return body.strip()


@pass_context
def _prose(context: Context, source: str) -> str:
    """Return Markdown as HTML. HTML in it is shown as text, and a link leads to a page or file."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(
        escape=True,
        allow_harmful_protocols=False,
        exclude_anchor_links=True,
        attachments=context.get("cell", {}).get("attachments", {}),
    )
    return MarkdownWithMath(renderer=renderer).render(source)


def _no_code(*_args: object, **_options: object) -> str:
    """Return nothing in place of highlighted code, of which a page shows none."""
    return ""


def write_chapter(
    notebook: NotebookNode, ipynb: str, page: str, title: str, synthetic: bool, notice: str = ""
) -> None:
    """Write the executed notebook and its page, with a notice on top of it if there is one."""
    import nbformat

    write_text(ipynb, nbformat.writes(notebook) + "\n")
    html = (
        environment()
        .get_template("chapter.html.j2")
        .render(
            title=title,
            body=to_html(notebook),
            style=style(),
            policy=POLICY,
            synthetic=synthetic,
            notice=notice,
        )
    )
    write_text(page, html)


def body_of(page: Path) -> str:
    """Return what a chapter page holds between its main tags."""
    text = page.read_text(encoding="utf-8")
    return body_of_html(text.partition("<main>")[2].partition("</main>")[0])


def body_of_html(body: str) -> str:
    """Return the HTML of an executed notebook as a part of a longer page."""
    # Cells of all chapters have the same ids, and nothing refers to them.
    return re.sub(r' id="cell-id=[^"]*"', "", body)
