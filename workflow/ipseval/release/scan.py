"""Looks through everything that leaves for what must not: identifiers, people, days, metadata."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..report.island import opened

TEXT = (".csv", ".html", ".svg", ".json", ".md", ".txt", ".yaml", ".ipynb", ".lock", "")
# Each begins with letters of its own and looks back from there: so a search passes over the rest
# at once, where one that begins with what must not stand before it tries every place.
TOKEN = re.compile(rb"[0-9a-f](?<![0-9a-zA-Z][0-9a-f])[0-9a-f]{15}(?![0-9a-zA-Z])")
NINO = re.compile(
    rb"[A-CEGHJ-PR-TW-Z](?<![0-9A-Za-z][A-Z])[A-CEGHJ-NPR-TW-Z](?<!BG|GB|KN|NK|NT|TN|ZZ)"
    rb"\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D](?![0-9A-Za-z])"
)
# A letter before it makes it part of a name, such as that of a shape in a drawing.
NHS = re.compile(rb"(\d)(?<![\w.,-]\d)(\d{2})[ -]?(\d{3})[ -]?(\d{4})(?![\w.,-])")
EMAIL = re.compile(rb"@(?<=[\w.+-]@)[\w-]+\.(?:uk|com|org|net|gov)\b")
DAY = re.compile(rb"(?:1(?<!\d1)9|2(?<!\d2)0)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)")
# Of a document the title may stand, and days of its making that are those of every document.
METADATA = {
    ".svg": re.compile(rb"<dc:(?:date|creator|title)>"),
    ".pdf": re.compile(
        rb"/Author\b|<dc:creator>|/(?:Creation|Mod)Date\s*\((?!D:19700101)|"
        rb"<xmp:(?:Create|Modify)Date>(?!1970-01-01T00:00:00)"
    ),
    ".xml": re.compile(
        rb"<(?:dc:creator|cp:lastModifiedBy)>[^<]|"
        rb"<dcterms:(?:created|modified)\b[^>]*>(?!1980-01-01T00:00:00)"
    ),
}
# Chunks of a PNG that hold text or a time.
CHUNKS = (b"tEXt", b"iTXt", b"zTXt", b"tIME", b"eXIf")


@dataclass(frozen=True)
class Leak:
    """A finding: the file, what was found in it, and how often; never the thing itself."""

    file: str
    what: str
    times: int


def scan(
    folder: Path, persons: Iterable[str], known_days: Iterable[str], checked_days: Iterable[str]
) -> list[Leak]:
    """Return what stands in the files of a folder that must not leave.

    persons: the pseudonyms of all people. known_days: days that are declared and so no secret.
    checked_days: first parts of the names of files in which any other day is a finding.
    """
    people = {person.encode() for person in persons}
    days = {day.encode() for day in known_days}
    found: list[Leak] = []
    starts = tuple(checked_days)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        for inner, content in _contents(path, name):
            found += _leaks(inner, content, people, days, inner.startswith(starts))
    return found


def _contents(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if path.suffix in (".zip", ".xlsx", ".docx"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                yield from _parts(f"{name}/{member}", archive.read(member))
    elif path.suffix == ".pdf":
        yield name, told_by_pdf(path.read_bytes())
    else:
        yield from _parts(name, path.read_bytes())


def _parts(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file, and for a page the data that it holds, which are CSV files for the most."""
    if not name.endswith(".html"):
        yield name, content
        return
    for held, part in opened(content):
        if held:  # As it is read, without the escapes of JSON.
            part = "\n".join(_texts(json.loads(part))).encode("utf-8")
        yield (f"{name}/{held}.csv" if held else name), part


def _texts(content: Any) -> Iterator[str]:
    """Yield every text and number of plain data, keys included."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield key
            yield from _texts(value)
    elif isinstance(content, list):
        for value in content:
            yield from _texts(value)
    else:
        yield str(content)


_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
# Texts of objects, and what is known of a document: who made it, and when.
_STRING = re.compile(rb"(?:/(?:Author|CreationDate|ModDate)\s*)?\((?:[^()\\]|\\.)*\)", re.DOTALL)
_HEX = re.compile(rb"<((?:FEFF|feff)(?:[0-9A-Fa-f]{4})*)>")
_ESCAPED = re.compile(rb"\\(?:([0-7]{1,3})|\r?\n|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def told_by_pdf(content: bytes) -> bytes:
    """Return the texts of a PDF, its titles and text alternatives, and what is known of it.

    What is drawn are numbers of glyphs; the texts that they show leave as tables of their own.
    """
    objects, known, last = [], [], 0
    for stream in _STREAM.finditer(content):
        before = content[last : stream.start()]
        objects.append(before)
        last = stream.end()
        if b"/ObjStm" in before[-300:]:
            with suppress(zlib.error):
                objects.append(zlib.decompressobj().decompress(stream[1]))
        elif b"/Metadata" in before[-300:]:
            known.append(stream[1])
    whole = b"\n".join([*objects, content[last:]])
    known += [_readable(text) for text in _STRING.findall(whole)]
    known += [_readable(bytes.fromhex(text.decode())) for text in _HEX.findall(whole)]
    return b"\n".join(known)


def _readable(text: bytes) -> bytes:
    """Return a text of a PDF as UTF-8."""
    plain = _ESCAPED.sub(_unescaped, text)
    _, wide, letters = plain.partition(b"\xfe\xff")
    return letters.decode("utf-16-be", "replace").encode() if wide else plain


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, letter = match.groups()
    if octal:
        return bytes([int(octal, 8) & 255])
    return _LETTERS.get(letter, letter) if letter else b""


def _leaks(
    name: str, content: bytes, people: set[bytes], days: set[bytes], with_days: bool
) -> Iterator[Leak]:
    if Path(name).suffix == ".png":
        for chunk in CHUNKS:
            if chunk in content:
                yield Leak(name, f"metadata ({chunk.decode()})", content.count(chunk))
        return
    tokens = [token for token in TOKEN.findall(content) if token in people]
    if tokens:
        yield Leak(name, "person_id", len(tokens))
    if numbers := NINO.findall(content):
        yield Leak(name, "National Insurance number", len(numbers))
    if Path(name).suffix in (".csv", ".html", ".ipynb", ".md"):
        valid = [m for m in NHS.findall(content) if _is_nhs_number(b"".join(m))]
        if valid:
            yield Leak(name, "NHS number", len(valid))
    if addresses := EMAIL.findall(content):
        yield Leak(name, "address", len(addresses))
    if with_days:
        others = [day for day in DAY.findall(content) if day not in days]
        if others:
            yield Leak(name, "exact date", len(others))
    pattern = METADATA.get(Path(name).suffix)
    if pattern and (marks := pattern.findall(content)):
        yield Leak(name, "metadata", len(marks))


def _is_nhs_number(digits: bytes) -> bool:
    numbers = [int(chr(d)) for d in digits]
    if len(set(numbers)) == 1:
        return False
    check = 11 - sum(n * (10 - i) for i, n in enumerate(numbers[:9])) % 11
    return check % 11 == numbers[9] and check != 10
