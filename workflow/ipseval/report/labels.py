"""Printed texts of the keys that a trial declares."""

from ..config.declared import TrialConfig


def declared_labels(config: TrialConfig) -> dict[str, str]:
    """Return key -> printed text of codes of people, covariates, sources and groups."""
    labels: dict[str, str] = {}
    derived = [*config.outcomes.covariates.values(), *config.outcomes.outcomes.values()]
    # The person table last: its codes win where an answer of another table has the same name.
    tables = dict.fromkeys(spec.table for spec in derived if getattr(spec, "table", None))
    for table in [*tables, config.trial.person.table]:
        for column in config.extracts.tables[table].columns.values():
            labels |= column.codes or {}
    labels |= {name: spec.label for name, spec in config.outcomes.covariates.items()}
    labels |= {name: source.label for name, source in config.trial.sources.items()}
    labels |= {name: group.label for name, group in config.trial.groups.items()}
    return labels


# Rows of economics that nothing declares.
ECONOMICS = {
    "participant": "Participants",
    "exchequer": "Exchequer",
    "employer": "Employers",
    "nhs": "NHS",
    "others": "Others",
    "society": "Society",
    "programme": "Cost of the programme",
    "excess_burden": "Excess burden of tax",
    "total": "Total",
    "detected": "Detected impacts only",
    "every": "Every estimate",
    "independent": "Impacts drawn one by one",
    "joint": "Impacts drawn jointly",
    "all_impacts": "All impacts together",
    "all_quantities": "All declared numbers together",
    "evpi": "Perfect information",
    "evppi": "Perfect information on part",
    "evsi": "A further trial",
}


def economics_labels(config: TrialConfig) -> dict[str, str]:
    """Return key -> printed text of what economics.yaml declares, and of its parties and rules."""
    economics = config.economics
    derived = config.outcomes.derived
    labels = ECONOMICS | {
        name: derived[impact.outcome].label for name, impact in economics.impacts.items()
    }
    for appraisal in economics.appraisals:
        scenarios = economics.scenarios_of(appraisal).items()
        labels |= {name: scenario.label for name, scenario in scenarios}
    for declared in (
        economics.quantities,
        economics.benefits,
        economics.cases,
        economics.appraisals,
    ):
        labels |= {name: spec.label for name, spec in declared.items()}
    return labels
