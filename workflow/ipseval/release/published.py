"""Holds the published report against the policy of a release: which of its cells would have left.

A published cell counts what the regenerated one counts, and is printed as finely. So it would have
passed where that one is released. Nothing but the names of published cells is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..lazy import pd

KEYS = ["panel", "row", "column", "statistic"]
COLUMNS = ["exhibit", *KEYS, "outcome", "reason"]
PASSES, FAILS, UNKNOWN = "passes", "withheld", "not known"


def audit_published(
    concordance: pd.DataFrame, decided: Mapping[str, list[pd.DataFrame]]
) -> pd.DataFrame:
    """Return one row a published cell, with COLUMNS: whether the policy lets it leave, and why not.

    concordance: a row a published cell, with exhibit and KEYS. decided: published exhibit -> what
    control decided on each cell of those that regenerate it, with KEYS, status and reason. A cell
    that is not regenerated is not known: what it counts is not.
    """
    rows = [
        frame[[*KEYS, "status", "reason"]].assign(exhibit=name)
        for name, frames in decided.items()
        for frame in frames
    ]
    columns = ["exhibit", *KEYS, "status", "reason"]
    known = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    cells = concordance[["exhibit", *KEYS]].merge(
        known.drop_duplicates(["exhibit", *KEYS]), how="left", on=["exhibit", *KEYS]
    )
    outcome = cells["status"].map({"released": PASSES}).fillna(FAILS)
    missing = cells["status"].isna()
    reason = cells["reason"].where(outcome == FAILS, "").mask(missing, "it is not regenerated")
    return cells.assign(outcome=outcome.mask(missing, UNKNOWN), reason=reason)[COLUMNS]


def published_note(audited: pd.DataFrame) -> list[str]:
    """Return the lines of release.md on the published report: by exhibit, where a cell fails."""
    passing = audited["outcome"] == PASSES
    lines = [
        "## The published report under this policy",
        "",
        f"{passing.sum():,} of its {len(audited):,} cells ({100 * passing.mean():.1f}%) would have "
        "passed beside the other exhibits of this release; published-audit.csv has each of them.",
        "",
        "| published exhibit | cells | pass | withheld | not known |",
        "|---|---|---|---|---|",
    ]
    for exhibit, part in audited.groupby("exhibit", sort=False):
        found = part["outcome"].value_counts()
        counts = [int(found.get(key, 0)) for key in (PASSES, FAILS, UNKNOWN)]
        if counts[0] < len(part):
            lines.append(f"| {exhibit} | {len(part)} | {counts[0]} | {counts[1]} | {counts[2]} |")
    return [*lines, ""]
