"""A chapter executed in a fork shows what it would have shown in a kernel."""

import nbformat
import papermill
import pytest

from ipseval.errors import InputError
from ipseval.report.notebook import execute_chapter, normalise

CELLS = [
    "run = trial = ''",
    "print('a'); print('b')",
    "import sys\nprint('c', file=sys.stderr)",
    "from IPython.display import HTML, Markdown, display\n"
    "print('before')\ndisplay(HTML('<b>1</b>'))\ndisplay(Markdown('**2**'))\nHTML('3')",
    "1 + 1",
    "_ + 1",
    "x = 5;",
    "x;",
    "",
    "import pandas as pd\npd.DataFrame({'a': [1]})",
    "from IPython.display import update_display\n"
    "h = display('one', display_id='i')\nupdate_display('two', display_id='i')",
]


def notebook(folder, cells):
    book = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}
    )
    book.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    book.cells.insert(1, nbformat.v4.new_markdown_cell("Prose."))
    path = folder / "book.ipynb"
    nbformat.write(book, path)
    return path


def execute(folder, cells):
    parameters = {"run": "r", "trial": "t"}
    path = notebook(folder, cells)
    return execute_chapter(path, parameters, {"name": "x"}, folder / "draft.ipynb", folder)


def test_outputs_are_those_of_a_kernel(tmp_path):
    ours = execute(tmp_path, CELLS)
    kernel = papermill.execute_notebook(
        str(tmp_path / "book.ipynb"),
        None,
        parameters={"run": "r", "trial": "t"},
        kernel_name="python3",
        progress_bar=False,
        cwd=str(tmp_path),
    )
    theirs = normalise(kernel)
    assert len(ours.cells) == len(theirs.cells)
    for one, other in zip(ours.cells, theirs.cells, strict=True):
        assert one == other


def test_a_cell_that_fails_ends_the_notebook_and_stays_to_be_seen(tmp_path):
    cells = ["run = trial = ''", "print('so far')", "1 / 0", "print('never')"]
    with pytest.raises(InputError, match=r"cell 4 of the notebook failed: ZeroDivisionError"):
        execute(tmp_path, cells)
    draft = nbformat.read(tmp_path / "draft.ipynb", 4)
    kinds = [o.output_type for c in draft.cells for o in c.get("outputs", [])]
    assert kinds == ["stream", "error"]
    (error,) = [o for c in draft.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")


@pytest.mark.parametrize("cell", ["import os\nos._exit(0)", "import os\nos.kill(os.getpid(), 9)"])
def test_a_cell_that_ends_the_process_is_said(tmp_path, cell):
    with pytest.raises(InputError, match=r"cell 4 of the notebook ended its process"):
        execute(tmp_path, ["run = trial = ''", "1", cell])


def test_a_notebook_leaves_nothing_in_the_process(tmp_path):
    import json

    execute(tmp_path, ["run = trial = ''", "import json\njson.mark = 1"])
    assert not hasattr(json, "mark")
