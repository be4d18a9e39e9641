"""Chapters: question, what was found, headings, what it rests on; a notebook of one's own."""

import os
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from helpers import trial_config
from nbformat import v4
from pydantic import ValidationError

from ipseval.config.exhibits import DeclaredChapter
from ipseval.report.needs import config_slice
from ipseval.report.notebook import execute_chapter, to_html
from ipseval.report.site import numbered, page_from

MINE = """import ipseval
chapter = ipseval.Chapter("90-mine", run=run, trial=trial)
chapter.begin()
chapter.say(f"{len(chapter.data.impact('earnings'))} rows, {chapter.words.level}")
chapter.show_all()
chapter.end()"""


@pytest.fixture
def page(reference, tmp_path):
    """Return the page of a chapter of nsw that is declared so."""

    def make(**declared: object) -> str:
        config = trial_config("nsw")
        chapter = DeclaredChapter(notebook="90-mine", title="Mine", **declared)
        chapters = {**config.exhibits.chapters, "mine": chapter}
        config = replace(config, exhibits=config.exhibits.model_copy(update={"chapters": chapters}))
        cells = [v4.new_code_cell('run, trial = "", ""', metadata={"tags": ["parameters"]})]
        notebook = tmp_path / "90-mine.ipynb"
        about = {"language_info": {"name": "python"}}
        cells.append(v4.new_code_cell(MINE))
        nbformat.write(v4.new_notebook(cells=cells, metadata=about), notebook)
        given = {
            "name": "mine",
            "synthetic": False,
            "config": config_slice(config, "mine"),
            "results": str(reference / "results"),
        }
        parameters = {"run": "small", "trial": "nsw"}
        here = Path(os.getcwd())
        return to_html(execute_chapter(notebook, parameters, given, tmp_path / "draft.ipynb", here))

    return make


def test_a_notebook_of_ones_own_is_a_chapter_by_one_line(page):
    text = page()
    assert "Mine</h1>" in text
    assert "rows, the 5% level" in text
    assert "Question" not in text
    assert "Assumptions and robustness" not in text


def test_a_chapter_says_its_question_its_topics_and_what_would_change_it(page):
    text = page(
        question="Who gains?",
        method="Arms are compared.",
        exhibits=["impact-earnings", "forest-earnings"],
        topics={"forest-earnings": "By method"},
        rests_on=["B01", "B02"],
        challenged_by=["tornado"],
    )
    order = ["Who gains?", "Arms are compared.", 'id="nsw-impact-earnings"', ">By method</h2>"]
    order += ['id="nsw-forest-earnings"', ": B01 and B02", "economics.html#nsw-tornado"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    # On the one page the link leads to the exhibit, by its number; one that is not there is words.
    tornado = '<figure class="exhibit figure" id="nsw-tornado">\n<figcaption>\n'
    tornado += '<strong class="number">Figure.</strong> What moves it\n</figcaption></figure>'
    pages = [page_from("nsw", "mine", "Mine", text), page_from("nsw", "e", "E", tornado)]
    body = numbered("nsw", trial_config("nsw").trial, False, pages).pages[0].body
    assert '<a href="#nsw-tornado">Figure 2: ' in body
    alone = numbered("nsw", trial_config("nsw").trial, False, pages[:1]).pages[0].body
    assert "nsw-tornado" not in alone
    assert "<h3>Mine" in body


def test_a_heading_stands_before_an_exhibit_of_the_chapter():
    chapter = DeclaredChapter(
        notebook="n", title="t", exhibits=["a"], topics={"b": "B"}, rests_on=["A12"]
    )
    ((where, what),) = chapter.problems(None)
    assert where == "topics.b"
    assert "not among" in what
    with pytest.raises(ValidationError):
        DeclaredChapter(notebook="n", title="t", rests_on=["12"])
