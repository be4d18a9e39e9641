"""Writes docs/reference/measured.md, the one page with durations, from the results beside this."""

import json
from collections.abc import Callable
from pathlib import Path

from common import RESULTS

from ipseval.files import write_text
from ipseval.provenance import ROOT

PAGE = ROOT / "docs" / "reference" / "measured.md"

HEAD = """# Measured figures

Made by `make bench` from the files in `benchmarks/results` (`benchmarks/measured.py`); do not edit.
Other pages point here instead of quoting a duration.

A slower or busier machine takes longer. The ratios last, each taken in one run. What the benchmarks
do is in `benchmarks/README.md`.
"""


def seconds(value: float) -> str:
    """Return seconds as a reader needs them: fewer decimals where they are many."""
    return (
        f"{value:,.0f} s" if value >= 20 else f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"
    )


def times(value: float) -> str:
    return f"{value:,.2f} times" if value < 10 else f"{value:,.0f} times"


def share(value: float) -> str:
    return f"{100 * value:.1f}%"


def number(value: float) -> str:
    return f"{value:,.0f}"


def megabytes(value: float) -> str:
    return f"{value:,.0f} MB"


def three_decimals(value: float) -> str:
    return f"{value:.3f}"


# Title of a section, file of results -> (what, keys to the figure, how it is written).
FIGURES: dict[tuple[str, str], list[tuple[str, str, Callable[[float], str]]]] = {
    ("The whole report", "orchestration"): [
        ("`make report`, all of the default run", "dag_seconds", seconds),
        ("`make report` again, nothing changed", "dag_again_seconds", seconds),
        ("The same functions called in one process", "one_process_seconds", seconds),
        ("The workflow in comparison with one process", "dag_over_one_process", times),
    ],
    ("Synthetic people", "twin_size"): [
        ("Calibrated synthetic people of HLT", "calibrated_seconds", seconds),
        ("Synthetic people at `scale: 100`", "scale_100_people", number),
        ("Records of pay at `scale: 100`", "scale_100_payments", number),
        ("Synthetic people and records at `scale: 100`", "scale_100_seconds", seconds),
    ],
    ("Single stages", "stages"): [
        ("Person-months of 100,000 people", "months_100_thousand_people_seconds", seconds),
        ("Least-squares fits on one design, a second", "fits_a_second_together", number),
        ("The same one by one in statsmodels, a second", "fits_a_second_statsmodels", number),
        ("1,000 allocations drawn anew", "redraw_1000_allocations_seconds", seconds),
        (
            "10,000 Monte Carlo draws of all settings",
            "draws_ten_thousand_all_settings_seconds",
            seconds,
        ),
        (
            "A million Monte Carlo draws of all settings",
            "draws_million_all_settings_seconds",
            seconds,
        ),
    ],
    ("Draws together and one by one", "resampling"): [
        ("1,000 re-randomisations, t of 20 outcomes in each", "redraws_seconds", seconds),
        (
            "The same in statsmodels, in comparison",
            "statsmodels_over_redraws",
            times,
        ),
        ("2,000 bootstrap draws of a risk ratio", "bootstrap_seconds", seconds),
        ("The same in statsmodels, in comparison", "statsmodels_over_bootstrap", times),
    ],
    ("Linkage", "linkage"): [
        (
            "10,000 recruits against 1 million records, 2 threads",
            "register_1_million.threads_2.seconds",
            seconds,
        ),
        (
            "10,000 recruits against 5 million records, 2 threads",
            "register_5_million.threads_2.seconds",
            seconds,
        ),
        ("F1 of it", "register_5_million.threads_2.f1", three_decimals),
        (
            "10,000 recruits against 20 million records, 2 threads",
            "register_20_million.threads_2.seconds",
            seconds,
        ),
        ("Peak memory of it", "register_20_million.threads_2.peak_memory_mb", megabytes),
        ("FEBRL 3, many pairs", "febrl3_wide.ipseval.seconds", seconds),
        ("The same in recordlinkage", "febrl3_wide.recordlinkage.seconds", seconds),
        ("FEBRL 3, few pairs", "febrl3_narrow.ipseval.seconds", seconds),
        ("The same in recordlinkage", "febrl3_narrow.recordlinkage.seconds", seconds),
    ],
}


NULL = """## Tests where there is no effect

Synthetic trials in which treatment changes nothing, HLT at a scale of .15 and the Trailblazers at
1: how many tests of each family are below .05 all the same. Errors are clustered by seed. The last
p-values ask whether small p-values are too many, by one p-value a seed (Kolmogorov and Smirnov,
one-sided, Holm over families). A family with an excess would fail the benchmark; exact counts over
both arms make others conservative. Tests of fewer than {small} people in an arm are small: the
errors of these estimators hold in large samples, so they are shown and not counted. A logit without
a maximum has no estimate: none.

| family | seeds | tests | below .05 | error | p of excess | verdict | small | below .05 | none |
|---|---:|---:|---:|---:|---:|---|---:|---:|---:|
"""


BY_SIZE = """
Levels of subgroups by the number of people in the smaller arm. HC1 finds too much where
an arm has fewer than 40 people and the model as many covariates as for everybody; the limit of 20
that this benchmark had before was too low.

| people in the smaller arm | tests | below .05 | error |
|---|---:|---:|---:|
"""


def null_tests(results: Path) -> str:
    """Return the table of tests in trials without an effect."""
    measured = json.loads((results / "null.json").read_text(encoding="utf-8"))
    rows = [
        f"| {family} | {one['seeds']} | {one['tests']:,} | {share(one['share_below_05'])} | "
        f"{share(one['standard_error'])} | {three_decimals(one['p_ks_excess_holm'])} | "
        f"{one['verdict']} | {one['small']:,} | "
        f"{share(one['small_share_below_05']) if one['small'] else '-'} | "
        f"{one['not_estimated']:,} |"
        for family, one in measured["families"].items()
    ]
    by_size = measured["by_size"]
    sizes = [
        f"| {people} | {one['tests']:,} | {share(one['share_below_05'])} | "
        f"{share(one['standard_error'])} |"
        for people, one in sorted(by_size.items(), key=lambda row: int(row[0].split()[0]))
    ]
    versions = measured["measured_on"]["versions"]
    return NULL.replace("{small}", str(measured["small"])) + "\n".join(
        [
            *rows,
            BY_SIZE + "\n".join(sizes),
            "",
            f"From `null.json`, Python {versions['python']}, pandas {versions['pandas']}.",
            "",
        ]
    )


PAIRED = """## The report beside an earlier commit

Wall time, and CPU seconds in brackets, of the default report as a share of those of a named commit,
both measured in turns on one machine (`benchmarks/paired.py`): a report from nothing, one with
nothing changed, and one after an edited valuation. The report has grown since `ec0d7a8`, by a PDF,
a workbook and a release under disclosure control: `page` is all but these. What was not measured
is left empty.

| commit | beside | rounds | from nothing, page | from nothing | nothing changed \
| edited valuation, page | edited valuation |
|---|---|---:|---:|---:|---:|---:|---:|
"""
PLOT = """
```mermaid
xychart-beta
    title "Wall time of the report from nothing, as % of {theirs}"
    x-axis [{commits}]
    y-axis "%" 0 --> {most}
    bar [{shares}]
```
"""


def paired_history(results: Path) -> str:
    """Return the table and the plot of the history that paired.py keeps."""
    history = json.loads((results / "paired.json").read_text(encoding="utf-8"))
    names = ("page_cold", "cold", "nothing_changed", "page_edited", "edited_valuation")
    rows = []
    for one in history:
        found = [one["ratios"].get(name) for name in names]
        shares = [f"{share['wall']:.2f} ({share['cpu']:.2f})" if share else "" for share in found]
        beside = f"| `{one['ours']}` | `{one['theirs']}` | {len(one['rounds'])} | "
        rows.append(beside + " | ".join(shares) + " |")
    last = history[-1]["theirs"]
    shown = [one for one in history if one["theirs"] == last]
    shares = [round(100 * one["ratios"]["cold"]["wall"]) for one in shown]
    plot = PLOT.format(
        theirs=last,
        commits=", ".join(f'"{one["ours"]}"' for one in shown),
        most=max(100, *shares),
        shares=", ".join(map(str, shares)),
    )
    return PAIRED + "\n".join(rows) + "\n" + plot


MANY = """## A million people

HLT at `scale: {scale:g}` through the workflow (`make bench-scale`), on two cores. {told}

| rule | jobs | CPU seconds, all | of the longest job | peak memory of a job, MB |
|---|---:|---:|---:|---:|
"""
WHOLE = "Everything took {seconds:,} seconds."
PART = "The run was ended before all was made: rules and jobs that are not here were not reached."


def many_people(results: Path) -> str:
    """Return the table of what scale.py measured."""
    measured = json.loads((results / "scale.json").read_text(encoding="utf-8"))
    told = WHOLE.format(**measured) if measured["finished"] else PART
    rows = [
        f"| {rule} | {one['jobs']} | {one['cpu_seconds']:,.0f} | {one['longest_cpu_seconds']:,.0f} "
        f"| {one['peak_mb']:,} |"
        for rule, one in measured["rules"].items()
    ]
    return MANY.format(scale=measured["scale"], told=told) + "\n".join(rows) + "\n"


SUITE = """## The tests of an earlier commit

The {count} test functions that `{theirs}` had and that still stand, with all their cases of today,
on {cores} cores (`benchmarks/suite.py`): {cpu_theirs} of processor time there and {cpu_ours} here,
{ratio} of it. Of {mutants} mutants of lines that both commits have, the same {killed} are killed
by both.

"""


def earlier_suite(results: Path) -> str:
    """Return what suite.py measured, in words."""
    measured = json.loads((results / "suite.json").read_text(encoding="utf-8"))
    mutants = measured["mutants"]
    if any(one["theirs"] != one["ours"] for one in mutants):
        raise ValueError("a mutant is killed by one commit alone: the sentence has to say so")
    return SUITE.format(
        count=measured["the same"],
        theirs=measured["commits"]["theirs"],
        cores=measured["cores"],
        cpu_theirs=seconds(measured["theirs"]["cpu"]),
        cpu_ours=seconds(measured["ours"]["cpu"]),
        ratio=share(measured["ratio"]),
        mutants=len(mutants),
        killed=sum(one["ours"] for one in mutants),
    )


def page(results: Path) -> str:
    """Return the page for a folder of results; raises KeyError where one lacks a figure."""
    parts = [HEAD]
    for (title, name), rows in FIGURES.items():
        measured = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
        where, versions = measured["measured_on"], measured["measured_on"]["versions"]
        parts.append(f"## {title}\n\n| what | measured |\n|---|---:|")
        for what, keys, written in rows:
            value = measured
            for key in keys.split("."):
                value = value[key]
            parts.append(f"| {what} | {written(value)} |")
        parts.append(
            f"| Peak memory of the benchmark's process | {where['peak_memory_mb']:,} MB |\n"
        )
        parts.append(
            f"\nFrom `{name}.json`, measured on {where['cores']} cores ({where['machine']}), "
            f"Python {versions['python']}, Snakemake {versions['snakemake']}, "
            f"pandas {versions['pandas']}.\n"
        )
    if (results / "paired.json").exists():  # `make bench` does not make it
        parts.append(paired_history(results))
    if (results / "scale.json").exists():  # neither does it make this
        parts.append(many_people(results))
    if (results / "suite.json").exists():  # nor this
        parts.append(earlier_suite(results))
    return "\n".join([*parts, null_tests(results)])


if __name__ == "__main__":
    write_text(PAGE, page(RESULTS))
    print(f"written to {PAGE.relative_to(ROOT)}")
