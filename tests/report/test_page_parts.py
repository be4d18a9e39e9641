"""Parts of the page: what it holds, squeezed pictures, appendices, links that live."""

from ipseval.release.scan import scan
from ipseval.report.appendix import assumptions, cited, glossary, linked, sources
from ipseval.report.island import island, opened
from ipseval.report.render import unbroken, with_whole_names
from ipseval.report.squeezed import Short, squeezed, style_sheet

LOG = """# Log
| id | assumption | risk |
|---|---|---|
| [A12](#a12-saving) | Saving | high |

### A12 Saving

- Known: nothing.
- Assumed: one value, solved.
- Risk: high.

### A13 Questions left out

- Assumed: at random.
"""


def test_what_a_page_holds_comes_back_and_is_the_same_each_time():
    content = {"cells": "a,b\n1,£\n"}
    page = f'<p>x</p><script type="application/gzip" id="data-c">{island(content)}</script>'
    assert dict(opened(page.encode())) == {"": b"<p>x</p>", "c": b'{"cells":"a,b\\n1,\xc2\xa3\\n"}'}
    assert island(content) == island(content)


def test_the_scan_looks_into_what_a_page_holds(tmp_path):
    person = "0005849a70b15196"
    held = island({"cells-t": f"row,n\n{person},3\n"})
    assert person not in held
    page = f'<script type="application/gzip" id="data-cells-t">{held}</script>'
    (tmp_path / "index.html").write_text(page)
    (leak,) = scan(tmp_path, [person], [], [])
    assert (leak.file, leak.what) == ("index.html/cells-t.csv", "person_id")


def test_a_picture_keeps_its_styles_places_and_words():
    label = 'fill="x" style="color:red"'
    svg = (
        '<svg role="img" aria-label="A  b">\n <g>\n  <path d="M 1 2 \nL 3 4 \nz\n" '
        'style="fill: #fff"/>\n </g>\n <g>\n  <text style="fill: #fff" '
        f'transform="rotate(-0 1 2)">{label}</text>\n </g>\n</svg>'
    )
    names = Short()
    assert squeezed(f"<p>a  b</p>{svg}", names) == (
        '<p>a  b</p><svg role="img" aria-label="A  b"><path d="M1 2L3 4z" class="s0"/>'
        f'<text class="s0">{label}</text></svg>'
    )
    assert style_sheet(names) == "svg .s0{fill: #fff}"


def test_names_within_a_picture_are_short_and_its_own():
    svg = (
        '<svg><path id="t-x-m1" d="M0 0"/><use xlink:href="#t-x-m1" clip-path="url(#t-x-p)"/></svg>'
    )
    other = svg.replace("t-x", "t-y")
    assert squeezed(f"{svg}<a id='t-x'></a>{other}", Short()) == (
        '<svg><path id="g0" d="M0 0"/><use href="#g0" clip-path="url(#g1)"/></svg>'
        "<a id='t-x'></a>"
        '<svg><path id="g2" d="M0 0"/><use href="#g2" clip-path="url(#g3)"/></svg>'
    )


def test_the_log_of_assumptions_says_what_is_assumed():
    known = assumptions([LOG, "| id | where | what | why | risk |\n| C01 | x | What | Why | low |"])
    assert known == {
        "A12": "Saving. One value, solved. Risk: high.",
        "A13": "Questions left out. At random.",
        "C01": "What",
    }
    body = (
        '<p>See A12, <a href="#x">A13</a>, A99 and <code>A13</code>.</p><svg><text>A12</text></svg>'
    )
    assert linked(body, known).count("<a ") == 2
    assert '<a href="#A12">A12</a>, <a href="#x">A13</a>, A99' in linked(body, known)
    assert [line.name for line in cited(body, known)] == ["A12", "A13"]


def test_glossary_and_sources_are_read_from_their_tables():
    (line, *_) = glossary("| term | meaning |\n|---|---|\n| `twin` | Synthetic people. |\n")
    assert (line.name, line.text) == ("twin", "Synthetic people.")
    readme = (
        "| folder | from | terms |\n|---|---|---|\n| `hlt` | [R](https://e.org/r). Of 2023 | Free |"
    )
    (source,) = sources(readme, {"hlt"})
    assert (source.text, source.url) == ("R. Of 2023. Free.", "https://e.org/r")
    assert sources(readme, set()) == []


def test_n_and_p_stay_on_one_line():
    assert unbroken("(95% CI 1 to 2; n = 5; p < 0.001)") == (
        "(95%\xa0CI\xa01 to 2; n\xa0=\xa05; p\xa0<\xa00.001)"
    )


def test_names_with_a_digit_behind_a_hyphen_stay_on_one_line():
    page = (
        '<p title="PHQ-9">EQ-5D-5L in 2018-19, adjusted at 12-month</p>'
        "<code>PHQ-9</code><svg><text>30-39</text></svg><td>30-39</td>"
        "<p>by \u2212£1,233, 5 \u2212 3.</p>"
    )
    one, amount = '<span class="one">{}</span>'.format, "\u2212£1,233"
    assert with_whole_names(page) == (
        f'<p title="PHQ-9">{one("EQ-5D-5L")} in {one("2018-19")}, adjusted at 12-month</p>'
        f"<code>PHQ-9</code><svg><text>30-39</text></svg><td>{one('30-39')}</td>"
        f"<p>by {one(amount)}, 5 \u2212 3.</p>"
    )
