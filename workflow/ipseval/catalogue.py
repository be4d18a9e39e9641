"""Every result of a trial: its file, and the rule that makes it. Named here and nowhere else.

Paths are relative to results/<run>/<trial>; {} stands for the table, family or exhibit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Sensitivity = Literal["identifiers", "personal", "aggregate"]


@dataclass(frozen=True)
class Result:
    """A file of results, or one a table, family or exhibit.

    sensitivity: whether it holds identifiers, rows of people without them, or numbers of groups.
    """

    path: str
    rule: str
    sensitivity: Sensitivity = "aggregate"


def _csv(stage: str, rule: str, *names: str) -> dict[str, Result]:
    return {name: Result(f"{stage}/{name}.csv", rule) for name in names}


# Results of the economics that exhibits may show as a table.
ECONOMICS_TABLES = (
    "summary",
    "parties",
    "costs",
    "unit_costs",
    "sensitivity",
    "cost_effectiveness",
    "acceptability",
    "information",
    "convergence",
    "quantities",
)

RESULTS: dict[str, Result] = {
    "extracts": Result("extracts/{}.parquet", "build_extracts", "identifiers"),
    **_csv("extracts", "build_extracts", "repairs"),
    **_csv("extracts", "check_extracts", "checks", "allocation_audit"),
    "links": Result("linkage/links.parquet", "link_records", "identifiers"),
    "linkable": Result("linkage/linkable.parquet", "link_records", "personal"),
    "links_by_method": Result("linkage/methods.parquet", "link_records", "identifiers"),
    "match_models": Result("linkage/models.json", "link_records"),
    **_csv("linkage", "link_records", "quality", "passes", "methods", "identifiers"),
    **_csv("linkage", "link_records", "quarantine", "calibration"),
    # First characters and lengths of identifiers, person by person.
    "review": Result("linkage/review.csv", "link_records", "identifiers"),
    "people": Result("outcomes/people.parquet", "derive_outcomes", "personal"),
    "months": Result("outcomes/months.parquet", "derive_outcomes", "personal"),
    "by_linkage": Result("outcomes/by_linkage.parquet", "derive_outcomes", "personal"),
    **_csv("outcomes", "derive_outcomes", "weights", "samples"),
    "impact": Result("impact/{}.csv", "estimate_impact"),
    "covariance": Result("impact/joint/covariance.csv", "estimate_joint"),
    **_csv("economics", "simulate_economics", *ECONOMICS_TABLES),
    "draws": Result("economics/draws.parquet", "simulate_economics"),
}


def path_of(name: str, item: str = "") -> str:
    """Return the file of a result, relative to the trial; `item` is the table or family."""
    return RESULTS[name].path.format(item)


_PRIVATE_FOLDERS = {
    str(PurePosixPath(result.path).parent)
    for result in RESULTS.values()
    if result.sensitivity != "aggregate"
} | {"release"}  # of a trial: which numbers are of few people; what leaves is in that of the run


def is_private(file: str) -> bool:
    """Return whether nobody but the owner may read a file of a trial of real people.

    It is about persons, or stands in a folder with a file that is: names and times tell, too.
    """
    return str(PurePosixPath(file).parent) in _PRIVATE_FOLDERS


def made_by(rule: str) -> dict[str, str]:
    """Return the results of a rule that makes a fixed number of them, by name."""
    return {n: r.path for n, r in RESULTS.items() if r.rule == rule and "{}" not in r.path}


def files_of(families: Iterable[str], economics: bool) -> list[str]:
    """Return the results of a trial but for its tables: those of its families, and all others.

    `economics`: whether the trial has an appraisal.
    """
    rules = () if economics else ("estimate_joint", "simulate_economics")
    single = [r.path for r in RESULTS.values() if "{}" not in r.path and r.rule not in rules]
    return [*single, *(path_of("impact", family) for family in families)]


def record_of(file: str, trial: str) -> str:
    """Return the name of the record of the job that makes a file of a trial.

    Raises KeyError for a file that is no result of the catalogue.
    """
    for result in RESULTS.values():
        if file == result.path:
            return f"{result.rule}.{trial}"
    for result in RESULTS.values():
        before, _, after = result.path.partition("{}")
        if after and file.startswith(before) and file.endswith(after):
            # Tables of a trial come from one job; each family has a job of its own.
            item = f".{PurePosixPath(file).stem}" if result.rule == "estimate_impact" else ""
            return f"{result.rule}.{trial}{item}"
    raise KeyError(f"no rule makes {file}")
