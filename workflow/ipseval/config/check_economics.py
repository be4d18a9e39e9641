"""Checks what economics.yaml, and exhibits of it, name in the other files of a trial."""

from .names import PEOPLE, Names, columns_of


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
