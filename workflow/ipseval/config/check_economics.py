"""Checks what economics.yaml, and exhibits of it, name in the other files of a trial."""

from .exhibit_kinds.economics import OF_ECONOMICS
from .names import PEOPLE, Names, columns_of

# Fields of exhibits that name something in economics.yaml -> where it is declared.
NAMED = {
    "case": "cases",
    "appraisal": "appraisals",
    "appraisals": "appraisals",
    "group": "groups",
    "rows": "cases",
}


def check_economics(config, names: Names) -> None:
    """Note groups, impacts, tables and columns that nothing declares."""
    economics = config.economics
    if economics is None:
        return
    names.known("economics", "groups", economics.groups, config.trial.groups)
    families = config.models.families
    for name, impact in economics.impacts.items():
        where = f"impacts.{name}"
        names.known("economics", f"{where}.family", [impact.family], families)
        family = families.get(impact.family)
        if family is None:
            continue
        if family.by_month or family.by_linkage or family.subgroups:
            names.say("economics", where, f"family '{impact.family}' has more than one row")
        names.known("economics", f"{where}.model", [impact.model], family.models)
        model = family.models.get(impact.model)
        known = (model.outcomes if model else []) or family.outcomes
        names.known("economics", f"{where}.outcome", [impact.outcome], known)
        names.known("economics", f"{where}.groups", economics.groups, family.groups)
    _cost(config, names)


def _cost(config, names: Names) -> None:
    """The ledger's table and columns, and the covariates that unit costs count."""
    cost = config.economics.cost
    derived = [*PEOPLE, *config.outcomes.derived]
    names.known("economics", "cost.activity", cost.activity.values(), derived)
    ledger = cost.ledger
    if ledger is None:
        return
    names.known("economics", "cost.ledger.table", [ledger.table], config.extracts.tables)
    columns = columns_of(config, ledger.table)
    if columns:
        used = ["amount", "category", "trial_group", "site", "hours", "hourly_rate"]
        named = [getattr(ledger, name) for name in used]
        names.known("economics", "cost.ledger", named, columns)
        codes = config.extracts.tables[ledger.table].columns.get(ledger.category)
        if codes is not None and codes.codes:
            names.known("economics", "cost.ledger.payers", ledger.payers, codes.codes)


def check_economics_exhibit(config, names: Names, where: str, spec) -> None:
    """Note cases, appraisals and groups that an exhibit shows and economics.yaml does not have."""
    if not isinstance(spec, OF_ECONOMICS):
        return
    economics = config.economics
    if economics is None:
        names.say("exhibits", where, "the trial has no economics.yaml to show")
        return
    for field, section in NAMED.items():
        given = getattr(spec, field, None)
        given = [given] if isinstance(given, str) else given or []
        names.known("exhibits", f"{where}.{field}", given, getattr(economics, section))
    needs = {
        "acceptability_curve": ("threshold", economics.threshold),
        "cost_effectiveness_plane": ("threshold", economics.threshold),
        "information_plot": ("decision", economics.decision),
        "further_trial_plot": ("decision", economics.decision),
        "monte_carlo_table": ("decision", economics.decision),
    }
    key, declared = needs.get(spec.kind, ("", True))
    if declared is None:
        names.say("exhibits", where, f"economics.yaml declares no {key}")
