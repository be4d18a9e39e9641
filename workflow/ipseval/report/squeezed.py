"""Pictures of a page in fewer letters: the same to the eye and to assistive technology."""

from __future__ import annotations

import re

_PICTURE = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_ALONE = (
    re.compile(r"<g>(<(?:path|use|text|rect)\b[^<>]*/>)</g>"),
    re.compile(r"<g>(<text\b[^<>]*>[^<>]*</text>)</g>"),
)


def squeezed(body: str, styles: dict[str, str]) -> str:
    """Return HTML with its pictures made shorter; `styles` gets a class for each style of theirs.

    Inline styles, the same few thousands of times, become classes: style_sheet has them.
    """
    return _PICTURE.sub(lambda match: _shorter(match[0], styles), body)


def style_sheet(styles: dict[str, str]) -> str:
    """Return the rules of the classes of styles."""
    return "\n".join(f"svg .{name}{{{style}}}" for style, name in styles.items())


def _shorter(svg: str, styles: dict[str, str]) -> str:
    svg = re.sub(r">\s+<", "><", svg)
    head, end, rest = svg.partition(">")
    # Within tags alone: a label may hold any words.
    rest = re.sub(r"<\w[^<>]*>", lambda tag: _tag(tag[0], styles), rest)
    before = ""
    while before != rest:
        before = rest
        for alone in _ALONE:
            rest = alone.sub(r"\1", rest)
        rest = rest.replace("<g></g>", "")
    return head + end + rest


def _tag(tag: str, styles: dict[str, str]) -> str:
    def named(match: re.Match[str]) -> str:
        return f' class="{styles.setdefault(match[1], f"s{len(styles)}")}"'

    tag = re.sub(r' d="([^"]*)"', lambda match: f' d="{_path(match[1])}"', tag)
    # A rotation by nothing.
    tag = re.sub(r' transform="rotate\(-?0(?:\.0)? [^"]*\)"', "", tag)
    return re.sub(r' style="([^"]*)"', named, tag)


def _path(places: str) -> str:
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", places).strip()
