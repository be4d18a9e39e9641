"""The HLT twin: calibrated, at a hundred times its size, and without an effect over many seeds.

`python benchmarks/twin.py null` takes about five minutes; its result is stored with its seeds.
"""

import sys
from pathlib import Path

import numpy as np
from common import save, timed

from ipseval.config.load import load_trial
from ipseval.config.run import ExtractSource
from ipseval.extracts.build import Context, build_tables
from ipseval.impact.estimate import estimate_family
from ipseval.impact.settings import EstimationSettings
from ipseval.linkage.link import link_trial
from ipseval.linkage.secret import read_secret
from ipseval.outcomes.derive import derive_outcomes
from ipseval.provenance import ROOT

TRIAL = "hlt"
CONFIG = load_trial(ROOT / "config" / "trials", TRIAL)


def build(seed: int, effect: str, scale: float) -> dict:
    """Return the extracts of a twin."""
    context = Context(
        trial=CONFIG.trial,
        folder=ROOT / "config" / "trials" / TRIAL,
        published=Path(ROOT, "config", "published"),
        seed=seed,
        effect=effect,
        scale=scale,
        say=str,
    )
    source = ExtractSource(source="synthetic", module="ipseval.twin.hlt")
    return build_tables(TRIAL, source, CONFIG.extracts, context)


def size(figures: dict) -> None:
    """Time the calibrated twin and a million people."""
    with timed(figures, "calibrated_seconds"):
        build(2016, "published", 1)
    with timed(figures, "scale_100_seconds"):
        tables = build(2016, "published", 100)
    figures["scale_100_people"] = len(tables["recruits"])
    figures["scale_100_payments"] = len(tables["payments"])


def used_passes(trial):
    """Return a trial whose sources have the passes that outcomes use, and no others."""
    sources = {}
    for name, source in trial.sources.items():
        kept = [step for step in source.passes if not source.used or step.name in source.used]
        sources[name] = source.model_copy(update={"passes": kept, "sensitivity": []})
    return trial.model_copy(update={"sources": sources})


def null(figures: dict, trials: int = 200, scale: float = 0.15) -> None:
    """Share of primary tests with p < .05 in reduced trials without an effect.

    Tests of one trial depend on each other, so the limits are those of the three trial groups'
    own tests: two outcomes each, of which the two of a group are correlated.
    """
    from scipy.stats import binom

    family = CONFIG.models.families["primary"]
    units = CONFIG.outcomes.units
    rejected = {outcome: [] for outcome in family.outcomes}
    trial = used_passes(CONFIG.trial)
    for seed in range(1, trials + 1):
        tables = build(seed, "none", scale)
        linked = link_trial(tables, trial, read_secret(None, TRIAL), True)
        made = derive_outcomes(
            CONFIG.trial, CONFIG.outcomes, tables, linked["links"], linked["linkable"]
        )
        found = estimate_family(
            TRIAL,
            "primary",
            family,
            CONFIG.trial.groups,
            units,
            made.people,
            made.months,
            EstimationSettings(0.95),
        )
        own = found[(found["model"] == "ols_hc1") & found["group"].isin(made.people["trial_group"])]
        for outcome in family.outcomes:
            rejected[outcome] += (own.loc[own["outcome"] == outcome, "p_value"] < 0.05).tolist()
    for outcome, verdicts in rejected.items():
        n = len(verdicts)
        low, high = binom.ppf([0.005, 0.995], n, 0.05) / n
        share = float(np.mean(verdicts))
        figures[outcome] = {"tests": n, "share_below_05": share, "limits_99": [low, high]}
        print(f"{outcome}: {share:.3f} of {n} tests below .05, limits {low:.3f} to {high:.3f}")
    figures |= {"seeds": f"1 to {trials}", "scale": scale}


if __name__ == "__main__":
    measured: dict = {}
    chosen = "null" if "null" in sys.argv[1:] else "size"
    (null if chosen == "null" else size)(measured)
    save(f"twin_{chosen}", measured)
