"""Data in a page: compressed, in letters, for its script; and what looks through them."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

_HELD = re.compile(
    rb'<script type="application/gzip" id="data-(?P<name>[^"]*)">(?P<text>[^<]*)</script>'
)


def island(content: Any) -> str:
    """Return plain data as a page holds it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 9, mtime=0)).decode("ascii")


def opened(page: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a page without the data it holds under the name "", then each of these by its name."""
    yield "", _HELD.sub(b"", page)
    for held in _HELD.finditer(page):
        yield held["name"].decode(), gzip.decompress(base64.b64decode(held["text"]))
