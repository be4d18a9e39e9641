"""Printed texts of the keys that a trial declares, and which of them an exhibit prints."""

from collections.abc import Iterable, Iterator

from ..config.base import facts
from ..config.declared import TrialConfig
from ..config.exhibits import Exhibit
from ..config.refs import all_names_in, names_in


def declared_labels(config: TrialConfig) -> dict[str, str]:
    """Return key -> printed text of codes of people, covariates, sources and groups."""
    labels: dict[str, str] = {}
    # The person table last: its codes win where an answer of another table has the same name.
    tables = dict.fromkeys(spec.table for spec in _with_answers(config))
    for table in [*tables, config.trial.person.table]:
        for column in config.extracts.tables[table].columns.values():
            labels |= column.codes or {}
    labels |= {name: spec.label for name, spec in config.outcomes.covariates.items()}
    if config.trial.person.arm.arms:
        labels |= {name: spec.label for name, spec in config.outcomes.outcomes.items()}
    labels |= {name: source.label for name, source in config.trial.sources.items()}
    labels |= {name: group.label for name, group in config.trial.groups.items()}
    labels |= {name: arm.label for name, arm in config.trial.person.arm.arms.items()}
    return labels


def labels_of(
    config: TrialConfig, exhibits: Iterable[Exhibit]
) -> tuple[dict[str, str], frozenset[str]]:
    """Return the labels that exhibits may print, and the keys of those that they do not."""
    exhibits = list(exhibits)
    known, printed = declared_labels(config), printed_names(config, exhibits)
    keys = {*printed, *config.trial.sources, *config.trial.groups}
    keys |= {*config.trial.person.arm.arms}
    keys |= set(_codes(config, printed))
    labels = {key: text for key, text in known.items() if key in keys}
    others = frozenset(known) - frozenset(labels)
    if any(spec.shows_economics for spec in exhibits):
        labels |= economics_labels(config)
    return labels, others - frozenset(labels)


def printed_names(config: TrialConfig, exhibits: Iterable[Exhibit]) -> set[str]:
    """Return the covariates and outcomes that exhibits may print by name."""
    names: set[str] = set()
    for spec in exhibits:
        names |= set(all_names_in(spec))
        for family in spec.estimates_read:
            for one in config.models.only(family).families.values():
                names |= {*one.outcomes, *one.subgroups}
                shown_models = (one.models.get(name) for name in names_in(spec, "models"))
                for model in filter(None, shown_models):
                    names |= {
                        name for outcome in one.outcomes for name in model.adjusted_for(outcome)
                    }
                    names.add(model.interacts_with or "")
        if spec.shows_economics and config.economics:
            names |= {impact.outcome for impact in config.economics.impacts.values()}
    if names & set(config.outcomes.weights):
        # A chapter that weights answers says how many people responded to each survey.
        names |= {weight.responded for weight in config.outcomes.weights.values()}
    return {name for name in names if name in config.outcomes.derived}


def outcomes_with_texts_of(config: TrialConfig, printed: set[str]) -> dict:
    """Return outcomes.yaml as plain data, with the texts of what is printed and of nothing else."""
    plain = facts(config.outcomes)
    for section in ("covariates", "outcomes"):
        declared = getattr(config.outcomes, section)
        plain[section] |= {
            n: s.model_dump(mode="json") for n, s in declared.items() if n in printed
        }
    return plain


def _with_answers(config: TrialConfig) -> list:
    derived = [*config.outcomes.covariates.values(), *config.outcomes.outcomes.values()]
    return [spec for spec in derived if getattr(spec, "table", None)]


def _codes(config: TrialConfig, printed: set[str]) -> Iterator[str]:
    """Yield the codes of the columns behind what is printed, and of the trial's groups."""
    tables, person = config.extracts.tables, config.trial.person
    for column in (person.trial_group, person.site, person.area):
        if column is not None:
            yield from tables[person.table].columns[column].codes or {}
    for name in printed:
        spec = config.outcomes.derived[name]
        table = tables[getattr(spec, "table", None) or person.table]
        prefix = getattr(spec, "prefix", None)
        for key, answers in table.columns.items():
            if key == getattr(spec, "column", None) or (prefix and key.startswith(prefix)):
                yield from answers.codes or {}


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
    """Return key -> printed text of what economics.yaml declares, and of its parties and rules.

    A trial without economics has none.
    """
    economics = config.economics
    if economics is None:
        return {}
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
