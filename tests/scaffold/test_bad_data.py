"""Data that a trial has and a textbook has not: each estimate is made or says why, and every
exhibit of the scaffold is made, says what it counts, and passes the control of disclosure.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from in_process import ran
from release.made_up import ONS
from scaffold.test_new_trial import SIMPLE, new_trial, root, rows_of  # noqa: F401 - a fixture

from ipseval.release.control import control
from ipseval.report.make import make_exhibit

PLAIN = ["--baseline", "bdi.pre", "--harm", "works"]
STRATUM = ["--stratum", "site"]
CLUSTERS = ["--cluster", "practice", "--clusters-randomised"]


def of_arm(frame, arm, **values):
    """Return the frame with values in one arm."""
    inside = frame["arm"] == arm
    return frame.assign(**{n: frame[n].where(~inside, value) for n, value in values.items()})


def in_clusters(frame, practices):
    """Return the frame with practices randomised whole: of arm A as many as are said, of B ten."""
    place = np.arange(len(frame))
    a = place % 2 == 0
    return frame.assign(
        arm=np.where(a, "A", "B"), practice=np.where(a, place // 2 % practices, 100 + place % 19)
    )


# Name, people, what is said besides, outcomes without any estimate of the first comparison and why.
CASES = [
    ("constant in an arm", lambda f: of_arm(f, "B", works="No"), ["--outcome", "works"], ""),
    (
        "constant in two arms of three",
        lambda f: of_arm(of_arm(f, "B", works="No"), "A", works="No"),
        ["--outcome", "works"],
        "no error",
    ),
    (
        "one person in an arm",
        lambda f: f[(f["arm"] != "A") | (f["id"] == "P0000")],
        [],
        "one person",
    ),
    ("missing in an arm", lambda f: of_arm(f, "A", **{"bdi.8m": None}), [], "not of both arms"),
    (
        "one cluster in an arm",
        lambda f: in_clusters(f, 1),
        CLUSTERS,
        "one cluster",
    ),
    (
        "two clusters in an arm",
        lambda f: in_clusters(f, 2),
        CLUSTERS,
        "",
    ),
    (
        "a stratum of one arm",
        lambda f: f.assign(site=np.where(f["arm"] == "A", "x", f["site"])),
        ["--outcome", "works"],
        "",
    ),
    (
        "levels called as a table is",
        lambda f: f.assign(kind=np.resize(["yes", "n", "effect", "mean_sd", "overall"], len(f))),
        ["--covariate", "kind"],
        "",
    ),
    (
        "a covariate that is the arm",
        lambda f: f.assign(copy=(f["arm"] == "A").astype(int)),
        ["--covariate", "copy"],
        "",
    ),
    (
        "missing words and an empty column",
        lambda f: f.assign(empty="", works=f["works"].where(f.index % 5 > 0, "n/a")),
        ["--outcome", "works"],
        "",
    ),
]


@pytest.mark.parametrize(("name", "change", "more", "why"), CASES, ids=[case[0] for case in CASES])
def test_estimates_are_made_or_say_why_and_exhibits_count(root, name, change, more, why):  # noqa: F811
    arms = ("A", "B", "C") if "three" in name else ("A", "B")
    frame = change(rows_of(120, arms))
    assert (
        new_trial(
            root, frame, *SIMPLE, *PLAIN, *(more if CLUSTERS[0] in more else [*more, *STRATUM])
        )
        == 0
    )
    found = ran(root, "mine", "mine")
    rows = pd.concat(
        [found.estimates[family] for family in ("bdi_8m", "works") if family in found.estimates]
    )
    first = rows[(rows["group"] == "a_vs_b") & (rows["term"] == "arm")]
    reasons = first["not_estimated"] if "not_estimated" in first else pd.Series("", first.index)
    said = first["estimate"].notna() | reasons.notna()
    assert said.all()
    if why:
        assert reasons.astype(str).str.contains(why).any()
    else:
        assert first.loc[first["model"] == "unadjusted", "estimate"].notna().all()
    # No error that is one of rounding.
    known = rows["std_error"].notna() & (rows["term"] == "arm")
    assert (rows.loc[known, "std_error"] > 1e-6).all()
    folder = root / "results"
    data = found.data(folder)
    notes = []
    config = found.config
    tables = {n: spec for n, spec in config.exhibits.exhibits.items() if spec.form == "table"}
    for key, spec in tables.items():
        make_exhibit(key, spec, data, folder / "report" / "exhibits")
        notes += json.loads((folder / f"report/exhibits/{key}.json").read_text())["notes"]
    if why:
        assert any("Not estimated" in note and why in note for note in notes)
    chapters = config.exhibits.chapters
    shown = {
        n: c.model_copy(update={"exhibits": [*{*c.exhibits} & {*tables}]})
        for n, c in chapters.items()
    }
    declared = config.exhibits.model_copy(update={"chapters": shown})
    assert control("mine", replace(config, exhibits=declared), folder, ONS, 20).cells
