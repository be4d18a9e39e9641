"""Estimate the effects of one family, or test hypotheses together."""

import pandas as pd

from ipseval.files import write_csv
from ipseval.impact.declared import estimate_declared
from ipseval.job import job

with job(snakemake) as say:
    read = {
        name: pd.read_parquet(snakemake.input[name]) for name in ("people", "months", "by_linkage")
    }
    estimates = estimate_declared(
        snakemake.wildcards.trial,
        snakemake.wildcards.family,
        snakemake.params.config,
        snakemake.params.seed,
        **read,
    )
    say(f"{len(estimates):,} estimates")
    write_csv(snakemake.output.estimates, estimates)
