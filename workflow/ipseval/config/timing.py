"""When a result is measured, and in which tables, as far as the declarations tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .refs import names_in

if TYPE_CHECKING:
    from .declared import TrialConfig


def measured_after(config: TrialConfig) -> dict[str, str]:
    """Return results that are measured after randomisation -> how that is known.

    A window or a day tells it; so does a model that takes a result as the treatment received, or a
    weight that takes it as who answered; and what is made from such a result is no earlier. Of
    other results nothing is known: a table may be of either time.
    """
    found: dict[str, str] = {}
    for family in config.models.families.values() if config.models else ():
        for model in family.models.values():
            if received := getattr(model, "received", None):
                found[received] = "it is the treatment received"
    for name, weight in config.outcomes.weights.items():
        found[weight.responded] = f"it is who answered, for {name}"
    for name, spec in config.outcomes.derived.items():
        if spec.last_month is not None and spec.last_month > 0:
            found[name] = f"it counts until month {spec.last_month}"
        elif earlier := next((one for one in spec.made_from if one in found), None):
            found.setdefault(name, f"it is made from '{earlier}'")
    return found


def tables_behind(config: TrialConfig, name: str) -> set[str]:
    """Return the tables that a result names, and those of the results that it is made from."""
    spec = config.outcomes.derived.get(name)
    if spec is None:
        return set()
    found = set(names_in(spec, "tables"))
    for other in spec.made_from:
        found |= tables_behind(config, other)
    return found
