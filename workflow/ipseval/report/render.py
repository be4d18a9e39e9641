"""HTML of tables and exhibits."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache, partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from .table_cells import (
    NOT_APPLICABLE,
    Entry,
    aligned,
    counts_of,
    entries_of,
    legend_of,
    printed_text,
    units_of,
)

if TYPE_CHECKING:  # Jobs that make no table do not wait for it.
    import pandas as pd
    from jinja2 import Environment

    from ..config.exhibits import TableExhibit
    from .data import Data

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """Return the template environment; text is escaped."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters["unbroken"] = unbroken
    return made


def compile_templates() -> None:
    """Compile every template, so that processes forked from this one find them compiled."""
    for path in TEMPLATES.glob("*.j2"):
        environment().get_template(path.name)


def unbroken(sentence: str) -> str:
    """Return a sentence whose n, p and names of intervals do not break between lines."""
    tied = "\N{NO-BREAK SPACE}"
    sentence = re.sub(r"\b(n|p) ([=<]) (?=[\d.])", rf"\1{tied}\2{tied}", sentence)
    return re.sub(r"(\d%) CI ", rf"\1{tied}CI{tied}", sentence)


# What is not broken at a hyphen: EQ-5D-5L, PHQ-9, 30-39, 2018-19. Pictures, code and scripts stay.
WHOLE = re.compile(r"\w+(?:-\w*\d\w*)+")
_AS_THEY_ARE = re.compile(r"<(svg|script|style|code|head|option)\b.*?</\1>", re.DOTALL)
# A browser breaks a line between a minus and the currency that follows it.
_WHOLE_ON_PAGE = re.compile(rf"{WHOLE.pattern}|\u2212[£$€][\d.,]*\d")
_BETWEEN_TAGS = re.compile(r">[^<]*[-\u2212][^<]*<")


def with_whole_names(page: str) -> str:
    """Return HTML in which amounts, names and ranges stand on one line each."""

    def whole(part: str) -> str:
        return _BETWEEN_TAGS.sub(
            lambda match: _WHOLE_ON_PAGE.sub(r'<span class="one">\g<0></span>', match[0]), part
        )

    made, at = [], 0
    for kept in _AS_THEY_ARE.finditer(page):
        made += [whole(page[at : kept.start()]), kept[0]]
        at = kept.end()
    return "".join([*made, whole(page[at:])])


# Pages carry all that they show: styles and pictures. They fetch nothing, and run nothing but, in
# the report, the one script that its policy names by checksum, whatever a label or a notebook says.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def script() -> str:
    """Return the script of the report: search, and nothing that a reader without it would miss."""
    return (TEMPLATES / "site.js").read_text(encoding="utf-8")


def policy_with(script: str) -> str:
    """Return the policy of a page that runs this one script."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return f"{POLICY}; script-src 'sha256-{digest}'"


def style() -> str:
    """Return the style sheet that all pages carry in themselves."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def table_html(
    cells: pd.DataFrame,
    spec: TableExhibit,
    data: Data,
    synthetic: bool,
    confidential: bool = False,
) -> str:
    """Return a table laid out as declared: headers with scope, spans where a header repeats.

    `synthetic` says so in its caption; a table of declared texts is not, whatever the run.
    `confidential` says that the table is not for release.
    """
    layout = spec.layout

    text_of = partial(printed_text, spec, data)

    row_keys = list(dict.fromkeys(cells[layout.rows].itertuples(index=False, name=None)))
    column_keys = list(dict.fromkeys(cells[layout.columns].itertuples(index=False, name=None)))
    below = data.low_quality_below
    entries = entries_of(cells, layout.rows, layout.columns, spec.dash, below)
    column_units, row_units = units_of(entries, row_keys, column_keys, spec.units_in_rows)
    counts = counts_of(entries, row_keys, column_keys)

    def in_column(column: tuple) -> list[Entry]:
        return [entries[(*row, *column)] for row in row_keys if (*row, *column) in entries]

    # Columns of words are set left; those of numbers line up at the right.
    words = [
        any(entry.words for entry in found) and any(entry.long for entry in found)
        for found in map(in_column, column_keys)
    ]
    last, heads = len(layout.columns) - 1, []
    for level in range(len(layout.columns)):
        spans = groupby(column_keys, key=itemgetter(slice(level + 1)))
        head = [(text_of(key[-1]), len(list(group))) for key, group in spans]
        left, units = [False] * len(head), [""] * len(head)
        if level == last:
            left, units = words, [column_units[key] for key in column_keys]
        heads.append(
            [
                (with_unit(text, unit), span, at_left)
                for (text, span), unit, at_left in zip(head, units, left, strict=True)
            ]
        )
    by_column = [[entries.get((*row, *column)) for row in row_keys] for column in column_keys]
    texts = [
        [entry.texts if entry else [] for entry in found] if at_left else aligned(found)
        for found, at_left in zip(by_column, words, strict=True)
    ]
    place_of = {key: at for at, key in enumerate(row_keys)}
    rows = []
    for first, block in groupby(row_keys, key=lambda key: key[0]):
        keys = list(block)
        for position, key in enumerate(keys):
            rows.append(
                {
                    # With two row headers the first spans its block.
                    "span": len(keys) if len(key) > 1 and position == 0 else 0,
                    "first": text_of(first),
                    "head": with_unit(text_of(key[-1]), row_units[key]),
                    "cells": [
                        (entries.get((*key, *column)), texts[at][place_of[key]])
                        for at, column in enumerate(column_keys)
                    ],
                    "n": (counts.rows or {}).get(key),
                }
            )
    shown = [text for entry in entries.values() for text in entry.texts]
    if len(entries) < len(row_keys) * len(column_keys):
        shown.append(NOT_APPLICABLE)
    under = legend_of(shown, below)
    if counts.everywhere is not None:
        under.insert(0, f"n = {counts.everywhere:,} for every number")
    return (
        environment()
        .get_template("table.html.j2")
        .render(
            title=spec.title,
            heads=heads,
            rows=rows,
            stub=len(layout.rows),
            words=words,
            counts=counts,
            column_counts=[counts.columns.get(key) for key in column_keys]
            if counts.columns
            else [],
            under=under,
            synthetic=synthetic,
            confidential=confidential,
            base=spec.base,
        )
    )


def with_unit(text: str, unit: str) -> str:
    """Return a heading with its unit, unless it names it already."""
    return f"{text} ({unit})" if unit and unit not in text else text


def figure_svg(svg: str, card: dict) -> str:
    """Return an SVG to be set into a page: no prologue, a name and a text alternative.

    Ids get the names of trial and exhibit in front, because a page holds many figures; those that
    nothing refers to go.
    """
    svg = svg[svg.index("<svg") :]
    meant = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda match: match[0] if match[1] in meant else "", svg)
    prefix = re.sub(r"\W", "-", f"{card['trial']}-{card['exhibit']}")
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}-", svg)
    svg = re.sub(r'xlink:href="#', f'xlink:href="#{prefix}-', svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    name = html.escape(card["title"], quote=True)
    text = html.escape(card["alternative"], quote=True)
    opening = f'<svg role="img" aria-label="{name}. {text}"'
    return svg.replace("<svg", opening, 1).replace(
        ">", f"><title>{name}</title><desc>{text}</desc>", 1
    )


def exhibit_html(card: dict, body: str, links: dict[str, str], origin: str, audit: str) -> str:
    """Return an exhibit with its title, base, source, notes, origin and links to its files."""
    return (
        environment()
        .get_template("exhibit.html.j2")
        .render(card=card, body=body, links=links, origin=origin, audit=audit)
    )
