"""Pictures of a page in fewer letters: the same to the eye and to assistive technology."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PICTURE = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_ALONE = (
    re.compile(r"<g>(<(?:path|use|text|rect)\b[^<>]*/>)</g>"),
    re.compile(r"<g>(<text\b[^<>]*>[^<>]*</text>)</g>"),
)


@dataclass
class Short:
    """Short names of a page: classes by style, and ids by the ids of pictures."""

    styles: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def style(self, text: str) -> str:
        """Return the class of a style."""
        return self.styles.setdefault(text, f"s{len(self.styles)}")

    def id(self, text: str) -> str:
        """Return the short form of an id."""
        return self.ids.setdefault(text, f"g{len(self.ids)}")


def squeezed(body: str, short: Short) -> str:
    """Return HTML with its pictures made shorter; `short` gets the names that stand in them.

    Inline styles, the same few thousands of times, become classes: style_sheet has them.
    """
    return _PICTURE.sub(lambda match: _shorter(match[0], short), body)


def style_sheet(short: Short) -> str:
    """Return the rules of the classes of styles."""
    return "\n".join(f"svg .{name}{{{style}}}" for style, name in short.styles.items())


def _shorter(svg: str, short: Short) -> str:
    svg = re.sub(r">\s+<", "><", svg)
    head, end, rest = svg.partition(">")
    # Within tags alone: a label may hold any words.
    rest = re.sub(r"<\w[^<>]*>", lambda tag: _tag(tag[0], short), rest)
    before = ""
    while before != rest:
        before = rest
        for alone in _ALONE:
            rest = alone.sub(r"\1", rest)
        rest = rest.replace("<g></g>", "")
    return head + end + rest


# What is said shorter in a tag. A rotation by nothing goes.
_SAID = re.compile(
    r' d="(?P<path>[^"]*)"'
    r'|(?P<turned> transform="rotate\(-?0(?:\.0)? [^"]*\)")'
    r'| id="(?P<id>[^"]*)"'
    r'| (?:xlink:)?href="#(?P<link>[^"]*)"'
    r'| style="(?P<style>[^"]*)"'
    r"|url\(#(?P<url>[^)]*)\)"
)
_URL = re.compile(r"url\(#([^)]*)\)")
_COMMAND = re.compile(r"\s*([A-Za-z])\s*")


def _tag(tag: str, short: Short) -> str:
    def shorter(match: re.Match[str]) -> str:
        kind = match.lastgroup
        said = match[kind] if kind else ""
        match kind:
            case "path":
                return ' d="' + _COMMAND.sub(r"\1", said).strip() + '"'
            case "id":
                return f' id="{short.id(said)}"'
            case "link":
                return f' href="#{short.id(said)}"'
            case "style":
                style = _URL.sub(lambda url: f"url(#{short.id(url[1])})", said)
                return f' class="{short.style(style)}"'
            case "url":
                return f"url(#{short.id(said)})"
        return ""

    return _SAID.sub(shorter, tag)
