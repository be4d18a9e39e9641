"""Printed texts of the keys that a trial declares."""

from ..config.load import TrialConfig


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
