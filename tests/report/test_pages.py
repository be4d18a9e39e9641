"""Pages of chapters: outputs and prose without code; a layout that is made once."""

from io import BytesIO

import nbformat
from nbformat import v4

from ipseval.report.notebook import to_html
from ipseval.report.style import lay_out, mark_face, new_figure


def test_a_page_shows_outputs_and_prose_and_no_code():
    shown = '<svg viewBox="0 0 1 1"><title>A figure</title></svg>'
    output = v4.new_output("display_data", {"text/html": shown})
    cells = [
        v4.new_markdown_cell("Some *prose*"),
        v4.new_code_cell("secret = 1", outputs=[output]),
    ]
    notebook = v4.new_notebook(cells=cells)
    nbformat.validate(notebook)
    page = to_html(notebook)
    assert "<em>prose</em>" in page
    assert shown in page, "as it was made, letter by letter"
    assert "secret" not in page


def test_a_figure_is_laid_out_once_and_saved_alike_in_any_order():
    saved = []
    for order in (("svg", "png"), ("png", "svg")):
        figure, axes = new_figure(height=2)
        axes.plot([0, 1], [10_000, 20_000])
        axes.set_ylabel("A long label")
        mark_face(figure, "SYNTHETIC DATA")
        lay_out(figure)
        assert figure.get_layout_engine() is None
        assert axes.get_position().x0 > 0.05, "room for the labels"
        files = {}
        for form in order:
            files[form] = BytesIO()
            figure.savefig(files[form], format=form, dpi="figure")
        saved.append({form: file.getvalue() for form, file in files.items()})
    assert saved[0]["png"] == saved[1]["png"]
