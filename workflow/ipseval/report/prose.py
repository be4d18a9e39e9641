"""Markdown of a chapter as plain data, for those who do not print HTML."""

from __future__ import annotations

from functools import cache
from typing import Any

Block = dict[str, Any]


@cache
def _parser() -> Any:
    import mistune

    return mistune.create_markdown(renderer=None, plugins=["table", "strikethrough"])


def blocks_in(markdown: str) -> list[Block]:
    """Return the blocks of a text: headings, paragraphs, lists, tables and code."""
    return _blocks(_parser()(markdown))


def _blocks(tokens: list[dict[str, Any]]) -> list[Block]:
    blocks: list[Block] = []
    for token in tokens:
        kind, children = token["type"], token.get("children", [])
        if kind == "heading":
            level = token["attrs"]["level"]
            blocks.append({"kind": "heading", "level": level, "runs": _runs(children)})
        elif kind in ("paragraph", "block_text"):
            blocks.append({"kind": "paragraph", "runs": _runs(children)})
        elif kind == "list":
            items = [_blocks(item["children"]) for item in children]
            blocks.append({"kind": "list", "ordered": token["attrs"]["ordered"], "items": items})
        elif kind == "block_quote":
            blocks += _blocks(children)
        elif kind in ("block_code", "block_html"):
            blocks.append({"kind": "code", "text": token["raw"].rstrip("\n")})
        elif kind == "table":
            rows = [_cells(part) for part in children if part["type"] == "table_head"]
            for body in (part for part in children if part["type"] == "table_body"):
                rows += [_cells(row) for row in body["children"]]
            blocks.append({"kind": "table", "rows": rows})
    return blocks


def _cells(row: dict[str, Any]) -> list[list[dict[str, str]]]:
    return [_runs(cell["children"]) for cell in row["children"]]


def _runs(tokens: list[dict[str, Any]], style: str = "") -> list[dict[str, str]]:
    """Return pieces of text, each with the names of its styles and where it leads."""
    runs: list[dict[str, str]] = []
    for token in tokens:
        kind = token["type"]
        if kind in ("softbreak", "linebreak"):
            runs.append({"text": " " if kind == "softbreak" else "\n", "style": style})
        elif kind == "codespan":
            runs.append({"text": token["raw"], "style": f"{style} code"})
        elif kind == "link":
            url = token["attrs"]["url"]
            # What leads to a place of the page leads nowhere in a document.
            to = {"url": url} if url.startswith(("https://", "http://", "mailto:")) else {}
            runs += [run | to for run in _runs(token["children"], style)]
        elif "children" in token:
            runs += _runs(token["children"], f"{style} {kind}")
        else:
            runs.append({"text": token.get("raw", ""), "style": style})
    return runs


def text_of(runs: list[dict[str, str]]) -> str:
    """Return pieces of text without their styles."""
    return "".join(run["text"] for run in runs)
