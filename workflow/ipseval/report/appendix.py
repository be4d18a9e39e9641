"""Appendices of the report: the glossary, and the assumptions that its pages cite."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

# Ids of assumptions as texts cite them.
CITED = re.compile(r"\b[A-C]\d{2,3}\b")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_SECTION = re.compile(
    r"^### (?P<id>[A-C]\d{2,3}) (?P<title>.*)\n(?P<lines>(?:(?!#).*\n?)*)", re.MULTILINE
)
_ENTRY = re.compile(r"^([A-C]\d{2,3})$")


@dataclass(frozen=True)
class Line:
    """A term or an id, and what it means or assumes."""

    name: str
    text: str
    url: str = ""


def sources(text: str, shown: set[str]) -> list[Line]:
    """Return the published sources that are shown, of the table of them."""
    lines = []
    for row in _rows(text):
        if row[0] in shown:
            link = _LINK.search(row[1])
            words = (_LINK.sub(lambda found: found[1], part) for part in row[1:3])
            lines.append(Line(row[0], f"{'. '.join(words)}.", link[2] if link else ""))
    return lines


def glossary(text: str) -> list[Line]:
    """Return the terms of the glossary, in alphabetical order."""
    lines = [Line(row[0], row[1]) for row in _rows(text) if len(row) == 2 and row[0] != "term"]
    return sorted(lines, key=lambda line: line.name.casefold())


def assumptions(texts: list[str]) -> dict[str, str]:
    """Return what each id of the logs of assumptions assumes, by its entry or its row."""
    found: dict[str, str] = {}
    for text in texts:
        for row in _rows(text):
            if entry := _ENTRY.match(row[0]):
                found[entry[1]] = row[1] if len(row) < 5 else row[2]
        for entry in _SECTION.finditer(text):
            assumed = re.search(r"^- Assumed: (.*)$", entry["lines"], re.MULTILINE)
            risk = re.search(r"^- Risk: (.*)$", entry["lines"], re.MULTILINE)
            parts = [entry["title"], assumed and assumed[1], risk and f"Risk: {risk[1]}"]
            found[entry["id"]] = _plain(" ".join(_sentence(part) for part in parts if part))
    return found


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def cited(body: str, known: dict[str, str]) -> list[Line]:
    """Return the assumptions that a page cites, in order of their ids."""
    used = set(CITED.findall(re.sub(r"<[^>]*>", " ", body)))
    return [Line(name, known[name]) for name in sorted(used & set(known))]


def linked(body: str, known: dict[str, str]) -> str:
    """Return HTML in which ids of assumptions lead to the appendix.

    Not within a picture, a link, a heading or code.
    """
    parts = re.split(
        r"(<svg.*?</svg>|<a\b.*?</a>|<code\b.*?</code>|<[^>]*>)", body, flags=re.DOTALL
    )
    for place in range(0, len(parts), 2):
        parts[place] = CITED.sub(
            lambda m: f'<a href="#{m[0]}">{m[0]}</a>' if m[0] in known else m[0], parts[place]
        )
    return "".join(parts)


def _rows(text: str) -> list[list[str]]:
    rows = []
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            rows.append([_plain(part) for part in line.strip("| ").split(" | ")])
    return rows


def _plain(text: str) -> str:
    """Return a cell of Markdown without its signs."""
    text = html.unescape(text.strip().replace("`", "").replace("**", ""))
    # A link to another page of the docs is its words; one to the web stays.
    return re.sub(r"\[([^\]]*)\]\((?!https:)[^)]*\)", r"\1", text)
