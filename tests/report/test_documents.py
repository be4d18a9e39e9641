"""The PDF and the workbook: they conform, and say what the tables of the page say."""

import io
import json
import re
import zipfile
from functools import cache

import pandas as pd
import pdfua
import pikepdf
import pytest
from python_calamine import CalamineWorkbook

from ipseval.config.load import load_project
from ipseval.config.run import Run
from ipseval.provenance import ROOT
from ipseval.release.scan import scan
from ipseval.report.documents import ChapterText, Part, Shown, chapter_of
from ipseval.report.grid import Grid, number_in, parts_of
from ipseval.report.pdf import build_pdf
from ipseval.report.prose import blocks_in
from ipseval.report.workbook import build_workbook, frame_of


@pytest.fixture(scope="module")
def report(reference):
    return reference / "results/small/report"


def test_the_pdf_says_that_it_conforms(report):
    with pikepdf.open(report / "report.pdf") as pdf:
        told = pdf.open_metadata()
        assert (told["pdfuaid:part"], told["pdfaid:part"]) == ("1", "2")
        assert str(told["pdfaid:conformance"]) == "A"
        assert pdf.Root.MarkInfo.Marked
        sizes = {tuple(round(float(v)) for v in page.mediabox[2:]) for page in pdf.pages}
        assert sizes == {(595, 842), (842, 595)}, "pages are A4, some of them turned"
        assert len(pdf.pages) > 50


def test_every_figure_of_the_pdf_has_the_alternative_of_its_card(report):
    cards = [
        json.loads(path.read_text()) for path in report.parent.glob("*/report/exhibits/*.json")
    ]
    alternatives = {card["alternative"] for card in cards if card["form"] == "figure"}
    with pikepdf.open(report / "report.pdf") as pdf:
        shown = {
            str(one.Alt)
            for one in pdf.objects
            if isinstance(one, pikepdf.Dictionary) and "/Alt" in one
        }
    assert alternatives <= shown
    assert len(alternatives) > 30


def test_the_workbook_has_a_sheet_a_table(report):
    book = CalamineWorkbook.from_path(str(report / "tables.xlsx"))
    cards = [
        json.loads(path.read_text()) for path in report.parent.glob("*/report/exhibits/*.json")
    ]
    tables = [card for card in cards if card["form"] == "table"]
    assert book.sheet_names[:3] == ["Cover", "Contents", "Notes"]
    assert len(book.sheet_names) == 3 + len(tables)
    first = {name: book.get_sheet_by_name(name).to_python()[0][0] for name in book.sheet_names[3:]}
    assert all(any(card["title"] in title for title in first.values()) for card in tables)


def test_numbers_of_the_workbook_are_numbers(report):
    book = CalamineWorkbook.from_path(str(report / "tables.xlsx"))
    sheet = next(n for n in book.sheet_names if n.startswith("HLT") and "Table" in n)
    kinds = {
        type(v)
        for name in book.sheet_names[3:]
        for row in book.get_sheet_by_name(name).to_python()
        for v in row
    }
    assert float in kinds, sheet
    texts = [
        v
        for name in book.sheet_names[3:]
        for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for v in row[1:]
        if isinstance(v, str) and re.fullmatch(r"-?[£$]?[\\d,.]+%?", v)
    ]
    assert texts == []


def test_what_a_pdf_carries_is_found(tmp_path):
    made = build_pdf("r", Run.model_construct(description=""), [a_part("x")], NOTHING)
    (tmp_path / "a.pdf").write_bytes(made)
    assert scan(tmp_path, [], [], []) == []
    (tmp_path / "a.pdf").write_bytes(made.replace(b"D:19700101", b"D:20260101"))
    (leak,) = scan(tmp_path, [], [], [])
    assert (leak.file, leak.what) == ("a.pdf", "metadata")
    for text in ("a@example.org", "£ to a@example.org"):  # the second is written as UTF-16
        told = build_pdf("r", Run.model_construct(description=""), [a_part(text)], NOTHING)
        (tmp_path / "a.pdf").write_bytes(told)
        assert {leak.what for leak in scan(tmp_path, [], [], [])} == {"address"}


def test_an_author_in_a_workbook_is_found(report, tmp_path):
    with (
        zipfile.ZipFile(report / "tables.xlsx") as book,
        zipfile.ZipFile(tmp_path / "t.xlsx", "w") as other,
    ):
        for name in book.namelist():
            text = book.read(name).replace(
                b"<dc:creator></dc:creator>", b"<dc:creator>A</dc:creator>"
            )
            other.writestr(name, text)
    (leak,) = scan(tmp_path, [], [], [])
    assert (leak.file, leak.what) == ("t.xlsx/docProps/core.xml", "metadata")


@cache
def nsw():
    return load_project(ROOT, {"run": "small", "trials": ["nsw"]}).trials["nsw"].trial


NOTHING = pd.DataFrame([{"exhibit": "total", "cells": 0, "not_produced": 0}])
HOSTILE = "#set page(width: 1pt) $x$ *b* _i_ `c` <l> @r \\\\ [a] =1+1 {{ %}"


def a_part(text: str = HOSTILE) -> Part:
    """A trial whose every text is markup, a formula or a reference to a note."""
    trial = nsw().model_copy(update={"name": text, "short_name": text})
    grid = Grid(
        heads=[[(text, 2)], [("A", 1), (text, 1)]],
        groups=["", text],
        names=[text, "=SUM(A1)"],
        lines=[[["1,234.50"], ["£2.10 (-£0.50 to £4.00)"]], [["12%"], []]],
        statistics=[["count"], ["money"]],
    )
    card = {
        "form": "table",
        "title": text,
        "base": text,
        "source": text,
        "notes": [text, "$$x$$"],
        "synthetic": True,
        "published": None,
    }
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="10pt"></svg>'
    shown = {
        "t": Shown("t", card, grid=grid),
        "f": Shown("f", card | {"form": "figure", "alternative": text}, svg=svg),
        "m": Shown("m", card, missing=text),
    }
    blocks = [
        *blocks_in(f"# {'x'}\n\n##### deep\n\n- a\n- **b** [c](#d)\n\n|p|q|\n|-|-|\n|1|2|"),
        {"kind": "paragraph", "runs": [{"text": text, "style": ""}]},
        *({"kind": "exhibit", "id": name} for name in ("t", "f", "m", "t")),
    ]
    return Part("nsw", trial, True, [ChapterText(text, blocks)], shown)


def test_texts_are_texts_and_bytes_the_same_twice(tmp_path):
    run = Run.model_construct(description=HOSTILE)
    once = build_pdf("r", run, [a_part()], NOTHING, HOSTILE)
    assert once == build_pdf("r", run, [a_part()], NOTHING, HOSTILE)
    (tmp_path / "a.pdf").write_bytes(once)
    assert [f.message for f in pdfua.validate(str(tmp_path / "a.pdf")).findings] == []
    book = build_workbook("r", run, [a_part(), a_part()], HOSTILE)
    assert book == build_workbook("r", run, [a_part(), a_part()], HOSTILE)
    names = CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names
    assert len(set(names)) == len(names) == 5
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if "worksheets/sheet" in n]
    assert not any("<f>" in sheet for sheet in sheets)
    part = a_part()
    assert part.numbers == {"t": "Table 1", "f": "Figure 1", "m": "Table 2"}


def test_a_cell_of_several_numbers_is_several_columns():
    frame, formats = frame_of(a_part("x").exhibits["t"].grid)
    assert list(frame.columns) == [
        "Group",
        "Row",
        "x: A",
        "x: x",
        "x: x: lower end of interval",
        "x: x: upper end of interval",
    ]
    assert frame.iloc[0].tolist() == ["[z]", "x", 1234.5, 2.1, -0.5, 4.0]
    assert frame.iloc[1].tolist() == ["x", "=SUM(A1)", 0.12, "[z]", "[z]", "[z]"]
    assert formats[0, 2] == "#,##0.00;-#,##0.00"
    assert formats[1, 2] == "0%;-0%"


def test_the_mark_of_low_quality_has_a_column_of_its_own():
    grid = Grid(
        heads=[[("Effect", 1)]],
        groups=["", ""],
        names=["a", "b"],
        lines=[[["4.1ppt ** [u]"]], [["3.0ppt"]]],
        statistics=[["ppt"]],
    )
    frame, _ = frame_of(grid)
    assert frame.iloc[0].tolist() == ["a", 4.1, "2 stars", "[u]"]
    assert frame.iloc[1].tolist() == ["b", 3.0, "not significant", "not marked"]


@pytest.mark.parametrize(
    ("printed", "value", "stars"),
    [
        ("-£1,234", -1234, ""),
        ("[0.413]", 0.413, ""),
        ("(470)", 470, ""),
        ("5.1ppt ***", 5.1, "***"),
        ("-0.655*", -0.655, "*"),
        ("99.4%", 0.994, ""),
        ("0.302+", 0.302, "+"),
    ],
)
def test_printed_numbers_are_read(printed, value, stars):
    number = number_in(printed)
    assert (number.value, number.stars) == (value, stars)


@pytest.mark.parametrize("text", ["<0.001", "2018-05", "108/125", "4 months", "A12", "1 to 2 to 3"])
def test_other_texts_stay_texts(text):
    assert parts_of(text) == {"": text}


def test_what_is_missing_says_why():
    assert parts_of("-") == parts_of("[.]") == {"": "[x]"}
    assert parts_of("[c]") == {"": "[c]"}
    assert parts_of("") == {"": "[z]"}


def test_a_notebook_is_a_chapter_with_its_exhibits_in_their_place(tmp_path):
    def output(**data):
        return {"output_type": "display_data", "data": data}

    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", "Prose *here*."]},
        {
            "cell_type": "code",
            "source": "",
            "outputs": [
                output(
                    **{
                        "text/html": '<figure class="exhibit table" id="t-a">',
                        "text/plain": "<HTML>",
                    }
                ),
                output(**{"text/markdown": "More."}),
                output(
                    **{"text/html": "<p>5 &lt; 6</p>", "text/plain": "<IPython.core.display.HTML"}
                ),
                {"output_type": "stream", "name": "stdout", "text": "told\n"},
            ],
        },
    ]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    chapter = chapter_of(tmp_path / "n.ipynb", "t", {"title": "Title"})
    kinds = [block["kind"] for block in chapter.blocks]
    assert kinds == ["paragraph", "exhibit", "paragraph", "paragraph", "code"]
    assert chapter.blocks[3]["runs"][0]["text"] == "5 < 6"
    assert chapter.blocks[1]["id"] == "a"
