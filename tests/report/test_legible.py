"""No text of a drawn figure is too small, slanted, cut off or across another."""

import pytest
from legibility import faults

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 100">'
    '<text style="font-size: 8px; font-family: \'DejaVu Sans\'" x="10" y="50">Impact on pay</text>'
    "{}</svg>"
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<text style="font-size: 7px" x="200" y="50">small</text>', "small"),
        ('<text style="font-size: 8px" x="400" y="50">beyond the edge</text>', "cut off"),
        ('<text style="font-size: 8px" x="200" y="4">on top</text>', "cut off"),
        ('<text style="font-size: 8px" x="60" y="52">and on health</text>', "across"),
        (
            '<text style="font-size: 8px" x="90" y="90" '
            'transform="rotate(-45 90 90)">May 2018</text>',
            "slanted",
        ),
    ],
)
def test_a_fault_is_found(text, what):
    assert [fault.partition(":")[0] for fault in faults(SVG.format(text))] == [what]


def test_a_text_beside_another_is_none():
    beside = '<text style="font-size: 8px" x="90" y="50">n = 2,488</text>'
    under = '<text style="font-size: 8px; text-anchor: end" x="60" y="60">95% interval</text>'
    turned = '<text style="font-size: 8px" x="300" y="90" transform="rotate(-90 300 90)">Pay</text>'
    assert faults(SVG.format(beside + under + turned)) == []


def test_every_figure_is_legible(reference):
    pictures = sorted((reference / "results/small").glob("*/report/exhibits/*.svg"))
    assert len(pictures) > 60
    found = {
        f"{path.parents[2].name}/{path.stem}": faults(path.read_text(encoding="utf-8"))
        for path in pictures
    }
    assert {name: some[:3] for name, some in found.items() if some} == {}
