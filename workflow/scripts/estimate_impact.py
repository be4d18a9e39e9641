"""Estimate the intention-to-treat effects of one family."""

import pandas as pd

from ipseval.config.models import Family
from ipseval.config.trial import Group
from ipseval.files import write_csv
from ipseval.impact.estimate import estimate_family
from ipseval.job import job

with job(snakemake) as say:
    config = snakemake.params.config
    estimates = estimate_family(
        snakemake.wildcards.trial,
        snakemake.wildcards.family,
        Family.model_validate(config["family"]),
        {name: Group.model_validate(group) for name, group in config["groups"].items()},
        config["units"],
        pd.read_parquet(snakemake.input.people),
        pd.read_parquet(snakemake.input.months),
        config["confidence_level"],
    )
    say(f"{len(estimates):,} estimates")
    write_csv(snakemake.output.estimates, estimates)
