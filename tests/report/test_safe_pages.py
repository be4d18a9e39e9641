"""Texts of the configuration and of notebooks are text on a page: they run nothing."""

import json
import re
from html import unescape

import pandas as pd
import pytest
from helpers import trial_config
from nbformat import v4

from ipseval.config.exhibits import Exhibits
from ipseval.config.run import Run
from ipseval.report.chapter import Chapter, as_prose
from ipseval.report.needs import config_slice
from ipseval.report.notebook import DECLARATIONS, to_html, write_chapter
from ipseval.report.render import POLICY, exhibit_html, policy_with, script
from ipseval.report.site import build_site, numbered
from ipseval.report.statuses import STATUSES

HOSTILE = "<script>alert(1)</script>"
LINK = "[here](javascript:alert(1))"


def page_of(*markdown: str) -> str:
    outputs = [v4.new_output("display_data", {"text/markdown": text}) for text in markdown]
    cells = [v4.new_markdown_cell(text) for text in markdown]
    return to_html(v4.new_notebook(cells=[*cells, v4.new_code_cell("", outputs=outputs)]))


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        f"# A heading {HOSTILE}",
        "<img src=x onerror=alert(1)>",
        LINK,
        "[here](java&#x73;cript:alert(1))",
        "<javascript:alert(1)>",
        "[a]: javascript:alert(1)\n\n[a]",
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_no_script_and_no_harmful_link_comes_through_prose(text):
    page = page_of(text)
    assert not re.search(r"<(script|img src=x)|(href|src)=\"(java|data:text)", page, re.IGNORECASE)


def test_links_to_files_and_pages_stay():
    page = page_of("[cells](../exhibits/x.csv) and [the report](https://example.org/a)")
    assert page.count('href="../exhibits/x.csv"') == 2
    assert page.count('href="https://example.org/a"') == 2


@pytest.mark.parametrize(
    "label",
    [
        "EQ-5D-5L, p < .05 & *not* _that_ `c` [a](b) ~~x~~ #1 | 2 \\ 3",
        HOSTILE,
        LINK,
        "- no list",
        "1. no list",
        "# no heading",
        "two\n\nlines",
        "£1 or $2",
    ],
)
def test_a_label_is_shown_letter_by_letter(label):
    for prose in (as_prose(label), f"**{as_prose(label)}**: a number"):
        page = page_of(prose)
        shown = re.sub(r"<(?!/?(p|strong)>)[^>]*>", "", page)
        shown = re.sub(r"</?(p|strong)>", "", shown)
        for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
            shown = shown.replace(name, sign)
        assert " ".join(label.split()) in shown
        assert not re.search(r"<(script|li|h1|a|em|code|del)\b", page)


def test_a_chapter_gives_declared_texts_as_text(tmp_path, monkeypatch):
    config = trial_config("nsw")
    plain = config_slice(config, "impact")
    plain["sections"]["trial"]["description"] = HOSTILE
    plain["labels"]["men"] = LINK
    plain["chapter"]["chapters"]["impact"]["title"] = "*Impact*"
    assert Exhibits.model_validate(plain["chapter"]).chapters["impact"].title == "*Impact*"
    (tmp_path / "r/nsw/report/exhibits").mkdir(parents=True)
    declared = {"name": "impact", "synthetic": True, "config": plain, "results": str(tmp_path)}
    (tmp_path / "declared.json").write_text(json.dumps(declared), encoding="utf-8")
    monkeypatch.setenv(DECLARATIONS, str(tmp_path / "declared.json"))
    chapter = Chapter("03-impact", "r", "nsw")
    assert chapter.title == r"\*Impact\*"
    assert chapter.config.trial.description == r"\<script\>alert(1)\</script\>"
    assert chapter.data.label("men") == r"\[here\](javascript:alert(1))"
    assert chapter.symbol == "$"


def test_every_page_has_a_policy_and_the_notice_of_real_people(tmp_path):
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("Prose")])
    counts = dict.fromkeys(["cells", *STATUSES], 0)
    summary = pd.DataFrame([{"exhibit": "total", **counts}])
    conflicts = pd.DataFrame(columns=["exhibit", "shown"])
    run = Run.model_construct(description=HOSTILE, effect="published", scale=1)
    parts = [numbered("nsw", trial_config("nsw").trial, False, [])]
    for notice in ("", "Nothing may leave"):
        page = tmp_path / "page.html"
        write_chapter(notebook, str(tmp_path / "x.ipynb"), str(page), HOSTILE, False, notice)
        site = build_site("r", run, parts, summary, conflicts, notice)
        for text, allowed in ((page.read_text("utf-8"), POLICY), (site, policy_with(script()))):
            head = text.partition("<title>")[0]
            policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', head)
            assert unescape(policy[1]) == allowed
            # The report runs its own script, whose checksum the policy has, and no other.
            scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
            assert scripts == ([script()] if text == site else [])
            assert (f'<p class="banner">{notice}</p>' in text) == bool(notice)
            # What the policy would forbid, a page does not have.
            assert not re.search(r"<link|<iframe|<object|<form|(?:src|url)\(?=?\"?https?:", text)
    assert "default-src 'none'" in POLICY
    assert "script-src" not in POLICY, "none is the default"


@pytest.mark.parametrize("confidential", [False, True])
def test_an_exhibit_of_real_people_says_that_it_is_not_for_release(confidential):
    card = {
        "form": "table",
        "trial": "t",
        "exhibit": "x",
        "number": "Table.",
        "title": HOSTILE,
        "synthetic": False,
        "base": HOSTILE,
        "source": HOSTILE,
        "notes": [HOSTILE],
    }
    card |= {"confidential": True} if confidential else {}
    text = exhibit_html(card, "<table></table>", {"CSV": "../exhibits/x.csv"}, "rule", "audit")
    assert ("Not for release" in text) == confidential
    assert "<script" not in text
