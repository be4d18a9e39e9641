"""Measures the texts of a drawn figure: too small, cut off, across one another, or slanted."""

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
from matplotlib.ft2font import FT2Font, LoadFlags

SVG = "{http://www.w3.org/2000/svg}"
# What a reader of 390 pixels has for a figure, and the smallest letters there; on 1280 pixels a
# figure is at least as wide as it is drawn.
PHONE, SMALLEST_ON_PHONE, SMALLEST = 340, 7.5, 9.0


@cache
def _font(bold: bool) -> FT2Font:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = FT2Font(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)))
    font.set_size(100, 72)
    return font


def width_of(text: str, size: float, bold: bool) -> float:
    font = _font(bold)
    font.set_text(text, 0, flags=LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / 64 * size / 100


def texts_of(svg: str):
    """Yield (text, size, turned, box) of all texts; a box is left, top, right, bottom."""
    root = ElementTree.fromstring(svg)
    for one in root.iter(f"{SVG}text"):
        style = one.get("style", "")
        text = "".join(one.itertext()).strip()
        if not text:
            continue
        spans = [
            float(v)
            for one_span in one
            for v in re.findall(r"font-size: ([\d.]+)px", one_span.get("style", ""))
        ]
        if spans:  # mathematical text, placed by its parts
            yield text, min(spans), 0.0, (0, 0, 0, 0)
            continue
        size = re.search(r"font-size: ([\d.]+)px|font:[^;]*?([\d.]+)px", style)
        size = float(size[1] or size[2])
        bold = bool(re.search(r"font-weight: (bold|700)|font: bold|font: 700", style))
        transform = one.get("transform", "")
        angle = re.search(r"rotate\(([-\d.]+)", transform)
        angle = -float(angle[1]) if angle else 0.0
        place = re.search(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)", transform)
        x, y = (
            (float(v) for v in place.groups())
            if place
            else (float(one.get("x")), float(one.get("y")))
        )
        width = width_of(text, size, bold)
        anchor = re.search(r"text-anchor: (\w+)", style)
        shift = {"middle": 0.5, "end": 1.0}.get(anchor[1] if anchor else "", 0.0)
        left, right, top, bottom = -shift * width, (1 - shift) * width, -0.72 * size, 0.05 * size
        if abs(angle) % 180 < 1:
            box = (x + left, y + top, x + right, y + bottom)
        elif abs(abs(angle) - 90) < 1:
            sign = 1 if angle > 0 else -1
            ends = sorted((y - sign * left, y - sign * right))
            sides = sorted((x + sign * top, x + sign * bottom))
            box = (sides[0], ends[0], sides[1], ends[1])
        else:
            box = (x, y, x, y)
        yield text, size, angle, box


def faults(svg: str) -> list[str]:
    """Return what is wrong with the texts of a figure."""
    root = ElementTree.fromstring(svg)
    _, _, wide, high = (float(v) for v in root.get("viewBox").split())
    found, texts = [], list(texts_of(svg))
    for text, size, angle, (left, top, right, bottom) in texts:
        if size * PHONE / wide < SMALLEST_ON_PHONE or size * 96 / 72 < SMALLEST:
            found.append(f"small: {text} ({size} of {wide})")
        if abs(angle) > 1 and abs(abs(angle) - 90) > 1:
            found.append(f"slanted: {text}")
        if left < -0.5 or top < -0.5 or right > wide + 0.5 or bottom > high + 0.5:
            found.append(f"cut off: {text}")
    for i, (text, _, _, a) in enumerate(texts):
        for other, _, _, b in texts[i + 1 :]:
            across = min(a[2], b[2]) - max(a[0], b[0])
            down = min(a[3], b[3]) - max(a[1], b[1])
            if across > 0.8 and down > 0.8:
                found.append(f"across: {text} | {other}")
    return found
