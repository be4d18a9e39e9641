"""Checks what exhibits of regressions, of people and of scores name in the other files."""

from .names import Names


def check_regressions(config, names: Names, where: str, spec) -> None:
    """Groups, columns, tests and homogeneity that an exhibit of regressions shows."""
    if spec.kind not in ("regression_table", "effects_table", "odds_forest", "margins_plot"):
        return
    family = config.models.families.get(spec.family)
    model = family.models.get(spec.model) if family else None
    if model is None:
        return
    groups = [*spec.sites, spec.pooled] if spec.kind == "odds_forest" else spec.groups
    names.known("exhibits", f"{where}.groups", groups, family.groups)
    if spec.kind != "effects_table" and not model.gives_coefficients:
        names.say("exhibits", f"{where}.model", f"model '{spec.model}' gives no coefficients")
    if spec.kind == "odds_forest" and getattr(family.homogeneity, "group", None) != spec.pooled:
        problem = f"family '{spec.family}' has no test of homogeneity in '{spec.pooled}'"
        names.say("exhibits", f"{where}.pooled", problem)
    if spec.kind == "margins_plot" and not model.interacts_with:
        names.say("exhibits", f"{where}.model", f"model '{spec.model}' has no interaction")
    if spec.kind == "regression_table":
        _regression_rows(names, where, spec, model)
    if spec.kind == "effects_table":
        _verdicts(config, names, where, spec)


def _regression_rows(names: Names, where: str, spec, model) -> None:
    """Columns of the design that rows show."""
    for name, row in spec.rows.items():
        here = f"{where}.rows.{name}"
        for outcome in spec.outcomes:
            used = row.column if isinstance(row.column, str) else (row.column or {}).get(outcome)
            used = used.split("=")[0] if used else None
            known = ["arm", "intercept", *model.adjusted_for(outcome)]
            if model.interacts_with:
                known += [model.interacts_with, f"arm:{model.interacts_with}"]
            names.known("exhibits", here, [used, row.dummies], known)
        if row.margin and not model.interacts_with:
            names.say("exhibits", here, f"model '{spec.model}' has no interaction, so no margins")


def _verdicts(config, names: Names, where: str, spec) -> None:
    """Tests that say whether an effect is significant."""
    names.known("exhibits", f"{where}.tests", [spec.tests], config.models.tests)
    tests = config.models.tests.get(spec.tests or "")
    if tests is None:
        return
    names.known("exhibits", f"{where}.method", [spec.method], tests.methods)
    names.known("exhibits", f"{where}.groups", spec.groups, tests.groups)
    tested = [name for one in tests.hypotheses for name in one.outcomes]
    names.known("exhibits", f"{where}.outcomes", spec.outcomes, tested)
