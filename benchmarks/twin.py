"""The HLT twin: calibrated, and at a hundred times its size."""

from pathlib import Path

from common import save, timed

from ipseval.config.load import load_trial
from ipseval.config.run import ExtractSource
from ipseval.extracts.build import Context, build_tables
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


if __name__ == "__main__":
    measured: dict = {}
    size(measured)
    save("twin_size", measured)
