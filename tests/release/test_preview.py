"""The page of a release leads to every file, and the report to none."""

import re

from ipseval.release.preview import DOCUMENTS, NAME, RECORDS, preview


def test_the_page_leads_to_what_is_there():
    made = [
        ("a", "Size & <cost>", ["a/costs.csv", "a/costs.html", "a/costs.json"]),
        ("b", "Not shown", ["b/none.json"]),
    ]
    page = preview("r", "People of nowhere.", {"a": "Trial A", "b": "Trial B"}, made)
    links = re.findall(r'href="([^"]+)"', page)
    assert links == [*DOCUMENTS, *RECORDS, "a/costs.csv", "a/costs.html"]
    assert "Size &amp; &lt;cost&gt;:" in page
    assert "Trial B" not in page
    assert "Trial A: tables and figures" in page


def test_every_file_that_it_names_is_in_the_release(reference):
    folder = reference / "results/small/release"
    links = re.findall(r'href="([^"]+)"', (folder / NAME).read_text(encoding="utf-8"))
    assert len(links) > 100
    assert [link for link in links if not (folder / link).is_file()] == []
