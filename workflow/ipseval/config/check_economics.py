"""Checks what exhibits of an appraisal name in economics.yaml."""

from .exhibit_kinds.economics import OF_ECONOMICS
from .names import Names

# Fields of exhibits that name something in economics.yaml -> where it is declared.
NAMED = {
    "case": "cases",
    "appraisal": "appraisals",
    "appraisals": "appraisals",
    "group": "groups",
    "rows": "cases",
}


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
