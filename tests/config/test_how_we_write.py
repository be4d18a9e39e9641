"""Texts for readers keep to the terms of docs/reference/style.md."""

import re
from pathlib import Path

import pytest

from ipseval.config.base import with_texts
from ipseval.config.load import load_trial

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "docs/reference/style.md"
# Words that are wrong only for what the table has them for.
ELSEWHERE = ("made so", "the links used", '"-"')


def banned() -> list[str]:
    """Return the phrases of the column `not` of the table of terms."""
    rows = [line.strip("| ").split(" | ") for line in STYLE.read_text("utf-8").splitlines()]
    found = [row[1] for row in rows if len(row) == 2 and row[1] != "not"]
    phrases = [phrase for text in found for phrase in text.split("; ")]
    words = [word for phrase in phrases for word in re.split(", (?=worths)", phrase)]
    return [word for word in words if word not in ELSEWHERE]


def plain(text: str) -> str:
    """Return a text without code, targets of links and signs of Markdown, on one line."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`|\]\([^)]*\)|[*_]", "", text)
    return re.sub(r"\s+", " ", text)


def against(text: str) -> list[str]:
    phrases = "|".join(re.escape(phrase) for phrase in banned())
    return re.findall(rf"(?<![\w-])(?:{phrases})(?![\w-])", plain(text), re.IGNORECASE)


def test_the_table_of_terms_is_read():
    assert {"worth", "way of linking", "linkable"} <= set(banned())
    assert against("What it is worth, by way\nof linking") == ["worth", "way of linking"]
    assert against("the column `linkable`; worthwhile") == []


@pytest.mark.parametrize(
    "path",
    sorted(p for p in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")] if p != STYLE),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_pages(path):
    assert against(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "trial", sorted(p.name for p in (ROOT / "config/trials").iterdir() if p.is_dir())
)
def test_titles_labels_and_notes_of_a_trial(trial):
    found = []

    def look(text: str) -> str:
        found.extend(f"{phrase}: {text}" for phrase in against(text))
        return text

    for section in vars(load_trial(ROOT / "config/trials", trial)).values():
        if section:
            with_texts(section, look)
    assert found == []
