"""Which results an exhibit reads; light enough to be used while the workflow is parsed."""

from typing import get_args

from ..config.declared import TRIAL_FILES, TrialConfig
from ..config.exhibit_kinds.economics import Results
from ..config.exhibits import FIGURES, Exhibits
from .labels import declared_labels, economics_labels

# Result -> its file in the results folder of a trial.
FILES = {
    "people": "outcomes/people.parquet",
    "flow": "outcomes/samples.csv",
    "weights": "outcomes/weights.csv",
    "allocation": "extracts/allocation_audit.csv",
    "checks": "extracts/checks.csv",
    "repairs": "extracts/repairs.csv",
    "quality": "linkage/quality.csv",
    "models": "linkage/models.json",
    "passes": "linkage/passes.csv",
    "methods": "linkage/methods.csv",
    "draws": "economics/draws.parquet",
}
# Results of economics, each a CSV of its name: outputs of a rule, and what its exhibits read.
ECONOMICS_TABLES = (*get_args(Results), "quantities")
FILES |= {name: f"economics/{name}.csv" for name in ECONOMICS_TABLES}

NEEDS = {
    "arm_counts": ["people"],
    "crosstab": ["people"],
    "survey_crosstab": ["people", "weights"],
    "text_claims": ["people", "extracts"],
    "balance": ["people"],
    "recruitment_curve": ["people"],
    "allocation_audit": ["allocation"],
    "extract_repairs": ["checks", "repairs"],
    "linkage_quality": ["quality", "methods"],
    "linkage_passes": ["passes"],
    "linkage_methods": ["methods"],
    "match_weights": ["models"],
    "impact_table": ["impact"],
    "estimates_table": ["impact"],
    "forest_plot": ["impact"],
    "event_curve": ["impact"],
    "outcomes_table": ["impact"],
    "regression_table": ["impact"],
    "effects_table": ["impact"],
    "subgroup_forest": ["impact"],
    "robustness_plot": ["impact"],
    "tests_table": ["impact"],
    "verdicts_table": ["impact"],
    "margins_plot": ["impact"],
    "response_imbalance": ["impact"],
    "outcome_register": ["impact"],
    "odds_forest": ["impact"],
    "histogram": ["people"],
    "flow_diagram": ["flow"],
    "returns_table": ["summary"],
    "quantities_table": ["quantities"],
    "economics_table": ["economics"],
    "break_even_table": ["sensitivity"],
    "monte_carlo_table": ["summary", "information"],
    "returns_plot": ["draws", "summary"],
    "scenario_plot": ["summary"],
    "cost_effectiveness_plane": ["draws", "cost_effectiveness"],
    "acceptability_curve": ["acceptability"],
    "tornado": ["sensitivity"],
    "information_plot": ["information"],
    "further_trial_plot": ["information"],
    "convergence_plot": ["convergence"],
    "record_counts": ["extracts"],
    "samples": ["people"],
    "balance_tests": ["people"],
    "counts_by_group": ["people"],
    "scores_table": ["extracts"],
    "record_profile": ["extracts"],
    "declared_table": [],
    "time_line": [],
    "diagram": [],
}


def files_read(exhibits: Exhibits, chapter: str) -> list[str]:
    """Return the result files, relative to the trial, that a chapter's exhibits read."""
    found = set()
    for name in exhibits.chapters[chapter].exhibits:
        spec = exhibits.exhibits[name]
        for need in NEEDS[spec.kind]:
            match need:
                case "impact":
                    found |= {f"impact/{family}.csv" for family in spec.families_read}
                case "extracts":
                    found |= {f"extracts/{table}.parquet" for table in tables_read(spec)}
                case "economics":
                    found.add(FILES[spec.table])
                case _:
                    found.add(FILES[need])
    return sorted(found)


def tables_read(spec) -> list[str]:
    """Return the tables of the extracts, about no person, that an exhibit reads."""
    if spec.kind == "text_claims":
        return sorted({claim.table for claim in spec.claims.values() if claim.table})
    if spec.kind == "scores_table":
        return [spec.reviews, spec.table]
    return [spec.table]


def files_written(exhibits: Exhibits, chapter: str) -> list[str]:
    """Return the files, relative to report/exhibits, that a chapter's exhibits are saved in."""
    names = []
    for name in exhibits.chapters[chapter].exhibits:
        figure = exhibits.exhibits[name].kind in FIGURES
        names += [f"{name}.{end}" for end in ("csv", "json", *endings(figure))]
    return names


def endings(figure: bool) -> tuple[str, ...]:
    """Return the endings of the files that show an exhibit."""
    return ("svg", "png") if figure else ("html",)


def config_slice(config: TrialConfig, chapter: str) -> dict:
    """Return the declarations that a chapter's exhibits depend on, as plain data.

    A chapter without economics leaves economics out, so that an edited valuation does not make
    it anew.
    """
    chosen = config.exhibits.chapters[chapter].exhibits
    needs = {need for name in chosen for need in NEEDS[config.exhibits.exhibits[name].kind]}
    sections = ["trial", "outcomes"]
    sections += ["models"] if "impact" in needs else []
    labels = declared_labels(config)
    if needs & {"economics", "draws", *ECONOMICS_TABLES}:
        sections += ["economics"]
        labels |= economics_labels(config)
    return {
        "sections": {name: getattr(config, name).model_dump(mode="json") for name in sections},
        "labels": labels,
        "chapter": {
            "chapters": {chapter: config.exhibits.chapters[chapter].model_dump(mode="json")},
            "exhibits": {
                name: config.exhibits.exhibits[name].model_dump(mode="json") for name in chosen
            },
        },
    }


def config_from(parts: dict) -> TrialConfig:
    """Return the declarations in a slice; those left out are None."""
    given = {name: TRIAL_FILES[name].model_validate(v) for name, v in parts["sections"].items()}
    given["exhibits"] = Exhibits.model_validate(parts["chapter"])
    return TrialConfig(**{name: given.get(name) for name in TRIAL_FILES})
