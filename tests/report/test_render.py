"""Tables and figures as HTML: headers with scope, spans, escaping, text alternatives."""

from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from ipseval.config.load import load_trial
from ipseval.provenance import ROOT
from ipseval.report.cells import as_frame, cell, read_cells
from ipseval.report.chapter import _number
from ipseval.report.labels import declared_labels
from ipseval.report.make import rounded
from ipseval.report.needs import config_from, config_slice, files_read, files_written
from ipseval.report.notebook import normalise
from ipseval.report.render import exhibit_html, figure_svg, table_html
from ipseval.report.site import Page, numbered


class Grid(HTMLParser):
    """Counts the columns of each row, spans included, and keeps header cells."""

    def __init__(self):
        super().__init__()
        self.rows, self.scopes, self.carry = [], [], {}

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "tr":
            self.rows.append(self.carry.pop(len(self.rows), 0))
        if tag in ("td", "th"):
            columns, rows = int(found.get("colspan", 1)), int(found.get("rowspan", 1))
            self.rows[-1] += columns
            for below in range(1, rows):
                place = len(self.rows) - 1 + below
                self.carry[place] = self.carry.get(place, 0) + columns
        if tag == "th":
            self.scopes.append(found.get("scope"))


def spec(rows, columns, **more):
    layout = SimpleNamespace(rows=rows, columns=columns)
    own = {"own_labels": {}, "units_in_rows": False, "labels": {}}
    return SimpleNamespace(dash="[x]", layout=layout, title="A & B", base="All", **own, **more)


DATA = SimpleNamespace(label=lambda key: key.capitalize(), synthetic=True, low_quality_below=None)
CELLS = as_frame(
    [
        cell(p, r, c, "count", 1, f"{p}{r}{c}<", "u", 12, source="s")
        for p in "pq"
        for r in ("x", "y")
        for c in ("s", "t", "u")
    ]
)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (["panel", "row"], ["column"]),
        (["row"], ["panel", "column"]),
        (["panel"], ["row", "column"]),
    ],
)
def test_every_row_of_a_table_has_the_same_width_and_headers_have_scope(rows, columns):
    grid = Grid()
    grid.feed(table_html(CELLS, spec(rows, columns), DATA, True))
    assert len(set(grid.rows)) == 1
    assert None not in grid.scopes


def test_text_is_escaped_and_synthetic_is_said():
    html = table_html(CELLS, spec(["panel", "row"], ["column"]), DATA, True)
    assert "pxs&lt;" in html
    assert "A &amp; B" in html
    assert "Synthetic data" in html
    assert "Synthetic" not in table_html(CELLS, spec(["panel", "row"], ["column"]), DATA, False)


def test_svg_gets_a_name_a_description_and_ids_of_its_own():
    shapes = '<g id="a"/><use xlink:href="#a"/><g id="c" clip-path="url(#b)"/>'
    svg = f'<?xml?><svg xmlns="x">{shapes}</svg>'
    card = {
        "trial": "hlt",
        "exhibit": "figure-1.3",
        "title": 'T "q"',
        "alternative": "What it shows",
    }
    page = figure_svg(svg, card)
    assert page.startswith('<svg role="img" aria-label="T &quot;q&quot;. What it shows"')
    assert "<desc>What it shows</desc>" in page
    assert 'id="hlt-figure-1-3-a"' in page
    assert 'href="#hlt-figure-1-3-a"' in page
    assert "url(#hlt-figure-1-3-b)" in page
    assert "<g clip-path" in page, "nothing refers to its id"


@pytest.mark.parametrize("trial", ["hlt", "nsw"])
def test_a_slice_of_the_configuration_holds_what_a_chapter_needs_and_no_more(trial):
    config = load_trial(ROOT / "config" / "trials", trial)
    for chapter in config.exhibits.chapters:
        parts = config_slice(config, chapter)
        back = config_from(parts)
        assert back.trial == config.trial
        reads = files_read(config.exhibits, chapter)
        assert (back.economics is not None) == any("economics" in f for f in reads)
        assert (back.models is not None) == any("impact" in f for f in reads)
        assert set(back.exhibits.exhibits) == set(config.exhibits.chapters[chapter].exhibits)
        assert len(files_written(config.exhibits, chapter)) >= 3 * len(back.exhibits.exhibits)
    assert "scr_iw" in declared_labels(config) or trial == "nsw"


def test_cells_survive_the_file(tmp_path):
    CELLS.to_csv(tmp_path / "x.csv", index=False)
    back = read_cells(tmp_path / "x.csv")
    assert back["n"].tolist() == CELLS["n"].tolist()
    assert back["stars"].tolist() == [""] * len(CELLS)


def test_executed_notebooks_lose_times_and_random_ids():
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    notebook.cells[0].metadata = {
        "tags": ["x"],
        "execution": {"iopub.status.busy": "2026-01-01"},
        "papermill": {"duration": 1.2},
    }
    notebook.metadata["papermill"] = {"input_path": "/tmp/x", "start_time": "now"}
    clean = nbformat.writes(normalise(notebook))
    assert "papermill" not in clean
    assert "2026" not in clean
    assert '"id": "cell-0"' in clean


@pytest.mark.parametrize(
    ("published", "number"),
    [
        ("a:table-2.1", "Table 2.1."),
        ("a:table-c1", "Table C1."),
        ("b:table-2.1", "Table."),
        ("a:annex-e-recovery-full", "Table."),
        ("a:text-claims", "Table."),
        (None, "Table."),
    ],
)
def test_only_exhibits_that_regenerate_one_of_the_trial_have_its_number(published, number):
    assert _number("a", {"form": "table", "published": published}) == number


def test_places_in_a_picture_are_rounded_and_scales_are_not():
    shape = '<path d="M {} {} L 10 2.5"/><g transform="translate({} 0) scale(0.015625)"/>'
    given, kept = shape.format("1.23456", "-0.0012", "3.14159"), shape.format("1.23", "0", "3.14")
    assert rounded(given) == kept
    assert rounded("<text>0.12345</text>") == "<text>0.12345</text>", "a text is no place"


def exhibit(name, number, form="table"):
    card = {"trial": "t", "exhibit": name, "form": form, "number": number, "title": "A & B"}
    about = {"base": "b", "source": "s", "notes": [], "synthetic": False}
    return exhibit_html(card | about, "<p>12</p>", {}, "rule", "audit")


def test_exhibits_are_numbered_through_their_trial_and_listed():
    pages = [
        Page("t-one", "One", exhibit("a", "Table 2.1.") + exhibit("f", "Figure.", "figure")),
        Page("t-two", "Two", exhibit("c", "Table.") + exhibit("a", "Table 2.1.")),
    ]
    part = numbered("t", SimpleNamespace(), False, pages)
    listed = [(one.id, one.number, one.title, one.published) for one in part.exhibits]
    assert listed == [
        ("t-a", "Table 1", "A & B", "Table 2.1"),
        ("t-f", "Figure 1", "A & B", ""),
        ("t-c", "Table 2", "A & B", ""),
    ]
    text = "".join(page.body for page in part.pages)
    assert text.count('id="t-a"') == 1, "its second place has no id of its own"
    assert text.count("Table 1") >= 2
    assert "(published as Table 2.1)" in text
