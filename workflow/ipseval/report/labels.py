"""Printed texts of the keys that a trial declares."""

from ..config.load import TrialConfig


def declared_labels(config: TrialConfig) -> dict[str, str]:
    """Return key -> printed text of codes of people, covariates, sources and groups."""
    labels: dict[str, str] = {}
    for column in config.extracts.tables[config.trial.person.table].columns.values():
        labels |= column.codes or {}
    labels |= {name: spec.label for name, spec in config.outcomes.covariates.items()}
    labels |= {name: source.label for name, source in config.trial.sources.items()}
    labels |= {name: group.label for name, group in config.trial.groups.items()}
    return labels
