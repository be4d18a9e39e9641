"""What a cell of an estimate counts, from the source that the cell names."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from .disclosed import BOTH, KNOWN, Class, Counts, Key, key
from .report.cells import read_source

if TYPE_CHECKING:
    from .config.declared import TrialConfig
    from .config.models import Hypotheses, JointTests, Model

PERFECT = "perfectly predicted "
ARM_OF_COLUMN = {"control": "0", "control_mean": "0", "treatment": "1", "treatment_mean": "1"}
EFFECTS = ("effect", "difference")


def selected(source: str) -> Key:
    """Return the people that a source of people.parquet selects, but for the column measured."""
    _, keys = read_source(source)[0]
    where = {n: "|".join(v) for n, v in keys.items() if n not in ("trial_group", "arm", "column")}
    arm = keys.get("arm", [None])[0]
    return key(keys.get("trial_group"), arm).met(where)


def follows_group(cell: Any, config: TrialConfig, kind: Class = "model output") -> Counts:
    """Return what a result of the economics counts: the recruits to treatment of its group."""
    for _, keys in read_source(cell.source):
        groups = keys.get("group", [])
        if len(groups) == 1 and groups[0] in config.trial.groups:
            members = config.trial.groups[groups[0]].trial_groups
            return Counts(kind, "follows", among=key(members, 1))
    return Counts(kind)


def fit_of(keys: dict[str, list[str]], config: TrialConfig, file: str) -> tuple[Key, str, Any]:
    """Return (people of a fit, column of its outcome, its model or None) of a source's keys."""
    name = file.rsplit("/", 1)[-1].removesuffix(".csv")
    models = config.models
    model: Model | None
    if name in models.tests:
        hypothesis = _hypothesis(models.tests[name], keys["outcome"][0])
        family, model = models.families[hypothesis.family], None
        model = family.models[hypothesis.model]
    else:
        family = models.families[name]
        model = family.models.get(keys["model"][0]) if "model" in keys else None
    outcome, where = keys["outcome"][0], {}
    if family.by_month:
        outcome = f"{outcome} in month {keys['timepoint'][0].rsplit('_', 1)[1]}"
    subgroup = keys.get("subgroup", [""])[0]
    if family.by_linkage and subgroup:
        outcome = f"{outcome} by {subgroup}"
    elif subgroup:
        column, _, level = subgroup.partition("=")
        where[column] = level or KNOWN
    if getattr(model, "estimator", "") != "imputation":
        where[outcome] = KNOWN
    for column in model.must_be_known if model else ():
        where[column] = KNOWN
    groups = [config.trial.groups[name] for name in keys["group"]]
    members = sorted({g for group in groups for g in group.trial_groups})
    for group in groups:
        if group.sample:
            where[f"sample_{group.sample}"] = "1"
        if group.is_declared and not (model and model.keeps_other_arms):
            codes = sorted(chain(*group.sides(config.trial.person.arm.names)))
            where["arm"] = "|".join(map(str, codes))
    return key(members).met(where), outcome, model


def _of_side(fit: Key, side: str, keys: dict[str, list[str]], config: TrialConfig) -> Key:
    """Return the people of a fit who are of one side of a comparison: "1" or "0" (control)."""
    group = config.trial.groups[keys["group"][0]]
    if not group.is_declared:
        return Key(fit.groups, side, fit.where, fit.table)
    treatment, control = group.sides(config.trial.person.arm.names)
    codes = treatment if side == "1" else control
    # All arms that are in the fit, or one of them: what stands for both is in `where`.
    where = tuple((name, value) for name, value in fit.where if name != "arm")
    if len(codes) == 1:
        return Key(fit.groups, str(codes[0]), where, fit.table)
    return Key(fit.groups, fit.arm, where, fit.table).of(arm="|".join(map(str, sorted(codes))))


def _hypothesis(tests: JointTests, outcome: str) -> Hypotheses:
    return next(one for one in tests.hypotheses if outcome in one.outcomes)


def of_estimate(
    cell: Any,
    config: TrialConfig,
    *,
    modelled: bool = False,
    controls: bool = False,
    predicted: bool = False,
) -> Counts:
    """Return what a cell of an estimate counts.

    The mean of an arm is a share of people where its unit is one, everything else follows the
    people of the fit. `modelled`: the mean of the treatment group is that of controls and the
    effect, and follows as well. `controls`: the cell is the mean of controls, whatever its column.
    `predicted`: shares of both arms are those of a model.
    """
    files = read_source(cell.source)
    file, keys = files[0]
    if any(term.startswith(PERFECT) for term in keys.get("term", [])):
        reason = "What predicts an outcome perfectly tells the outcome of its people."
        return Counts("correlation and regression", undeclared=reason)
    if not file.startswith("impact/") or "outcome" not in keys or "group" not in keys:
        return Counts("correlation and regression")
    fit, outcome, model = fit_of(keys, config, file)
    arm = "0" if controls else ARM_OF_COLUMN.get(cell.column)
    if cell.statistic == "base":
        return Counts("frequencies", "base", fit)
    shares = ("percent", "mean", "proportion")
    # Outcomes that are filled in are those of a model as well.
    filled = getattr(model, "estimator", "") == "imputation"
    raw = not predicted and not filled and not (modelled and arm == "1")
    if arm and cell.statistic in shares and raw:
        name = re.sub(r"( in month .*| by .*)$", "", outcome)
        # Means by arm are of everybody whose outcome is known, whatever the model leaves out.
        among = _of_side(fit, arm, keys, config)
        if not _is_share(name, config):
            return Counts("linear aggregation", "follows", among=among, averaged=outcome)
        weighted = bool(model and model.weighted_by)
        return Counts(
            "frequencies", "weighted" if weighted else "share", among.met({outcome: "1"}), among
        )
    unadjusted = (
        model is not None
        and getattr(model, "estimator", "") in ("ols", "lin")
        and not model.adjusted_for(keys["outcome"][0])
        and not model.weighted_by
    )
    compares_some = any(config.trial.groups[name].is_declared for name in keys["group"])
    is_share = _is_share(keys["outcome"][0], config)
    if unadjusted and not compares_some and cell.column in EFFECTS and is_share:
        return Counts("correlation and regression", "difference", fit.met({outcome: "1"}), fit)
    # The difference of two means gives one by the other.
    averaged = outcome if unadjusted and cell.column in EFFECTS else ""
    return Counts("correlation and regression", "follows", among=fit, averaged=averaged)


def _is_share(outcome: str, config: TrialConfig) -> bool:
    """Return whether an outcome is yes or no of each person."""
    unit = config.outcomes.units.get(outcome)
    return unit == "proportion" or (unit is None and outcome in MEASURES)


# Measures of months.parquet that are yes or no.
MEASURES = ("employed", "on_benefit", "employed_and_on_benefit")


def stratum_of(text: str, config: TrialConfig) -> Key:
    """Return the people of a stratum of the randomisation, named as in its audit."""
    if text == BOTH:
        return Key()
    where = dict(zip(config.trial.randomisation.strata, text.split("/"), strict=False))
    group = where.pop("trial_group", None)
    return key([group] if group else None).met(where)
