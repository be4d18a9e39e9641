"""Estimate the effects of one family, or test hypotheses together."""

import pandas as pd

from ipseval.files import write_csv
from ipseval.impact.columns import read_people
from ipseval.impact.declared import estimate_declared
from ipseval.job import job

with job(snakemake) as say:
    config = snakemake.params.config
    estimates = estimate_declared(
        snakemake.wildcards.trial,
        snakemake.wildcards.family,
        config,
        snakemake.params.seed,
        read_people(snakemake.input.people, config),
        *(pd.read_parquet(snakemake.input[name]) for name in ("months", "by_linkage")),
        say,
    )
    say(f"{len(estimates):,} estimates")
    write_csv(snakemake.output.estimates, estimates)
