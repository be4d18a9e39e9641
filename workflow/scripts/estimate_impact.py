"""Estimate the intention-to-treat effects of one family."""

import pandas as pd

from ipseval.config.models import Family
from ipseval.config.trial import Group
from ipseval.files import write_csv
from ipseval.impact.estimate import estimate_by_linkage, estimate_family
from ipseval.job import job

with job(snakemake) as say:
    config = snakemake.params.config
    family = Family.model_validate(config["family"])
    arguments = {
        "trial": snakemake.wildcards.trial,
        "name": snakemake.wildcards.family,
        "family": family,
        "groups": {name: Group.model_validate(group) for name, group in config["groups"].items()},
        "units": config["units"],
        "people": pd.read_parquet(snakemake.input.people),
        "months": pd.read_parquet(snakemake.input.months),
        "confidence_level": config["confidence_level"],
    }
    if family.by_linkage:
        by_linkage = pd.read_parquet(snakemake.input.by_linkage)
        estimates = estimate_by_linkage(by_linkage, **arguments)
    else:
        estimates = estimate_family(**arguments)
    say(f"{len(estimates):,} estimates")
    write_csv(snakemake.output.estimates, estimates)
