"""The published report is held against the policy by the names of its cells alone."""

import pandas as pd

from ipseval.release.published import KEYS, audit_published, published_note


def cells(*rows):
    return pd.DataFrame(rows, columns=["exhibit", *KEYS])


def decided(*rows):
    return pd.DataFrame(rows, columns=[*KEYS, "status", "reason"])


def test_a_published_cell_passes_where_the_regenerated_one_is_released():
    published = cells(
        ("hlt:table-1", "", "a", "n", "count"),
        ("hlt:table-1", "", "b", "n", "count"),
        ("hlt:table-1", "", "c", "n", "count"),
        ("hlt:table-2", "", "a", "n", "count"),
        ("hlt:table-3", "", "a", "n", "count"),
    )
    found = audit_published(
        published,
        {
            # Two exhibits may regenerate one.
            "hlt:table-1": [
                decided(("", "b", "n", "count", "withheld", "fewer people than the threshold")),
                decided(
                    ("", "a", "n", "count", "released", ""),
                    ("", "other", "n", "count", "released", ""),
                ),
            ],
            # The same row and column of another table is another cell.
            "hlt:table-2": [decided(("", "a", "n", "count", "released", ""))],
        },
    )
    assert found["outcome"].tolist() == ["passes", "withheld", "not known", "passes", "not known"]
    assert found["reason"].tolist()[1:3] == [
        "fewer people than the threshold",
        "it is not regenerated",
    ]
    text = "\n".join(published_note(found))
    assert "2 of its 5 cells (40.0%) would have passed" in text
    assert "| hlt:table-1 | 3 | 1 | 1 | 1 |" in text
    assert "| hlt:table-2" not in text, "all of its cells pass"


def test_without_any_regenerated_exhibit_nothing_is_known():
    found = audit_published(cells(("hlt:table-1", "", "a", "n", "count")), {})
    assert found["outcome"].tolist() == ["not known"]
