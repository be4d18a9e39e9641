"""The scan finds what must not leave, and does not show it."""

import zipfile

import pytest

from ipseval.release.scan import scan

PERSON = "0005849a70b15196"


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("t/a.csv", f"row,n\n{PERSON},3\n", "person_id"),
        ("t/a.html", "<td>AB123456C</td>", "National Insurance number"),
        ("t/a.csv", "note\n943 476 5919\n", "NHS number"),
        ("t/a.csv", "note\nsomebody@example.org\n", "address"),
        ("t/a.csv", "row\n2018-05-17\n", "exact date"),
        ("t/a.svg", "<svg><metadata><dc:date>today</dc:date></metadata></svg>", "metadata"),
    ],
)
def test_a_leak_is_found(tmp_path, name, content, what):
    (tmp_path / "t").mkdir()
    (tmp_path / name).write_text(content)
    (leak,) = scan(tmp_path, [PERSON], ["2018-01-01"], ["t/"])
    assert (leak.file, leak.what, leak.times) == (name, what, 1)
    assert PERSON not in str(leak)


def test_metadata_of_a_picture_is_found(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG....tEXtAuthor\x00someone")
    (leak,) = scan(tmp_path, [], [], [])
    assert leak.what == "metadata (tEXt)"


def test_archives_are_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.writestr("index.html", PERSON)
    (leak,) = scan(tmp_path, [PERSON], [], [])
    assert leak.file == "site.zip/index.html"


def test_declared_days_and_checksums_are_no_leaks(tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.csv").write_text("row\n2018-01-01\n")
    # The name of a shape in a drawing ends in ten digits, which pass for an NHS number.
    (tmp_path / "t" / "a.html").write_text('<path clip-path="url(#forest-p9434765919)"/>')
    (tmp_path / "sums.txt").write_text(f"{PERSON[::-1]}\n" + "ab" * 32)
    assert scan(tmp_path, [PERSON], ["2018-01-01"], ["t/"]) == []
