"""Estimate the effects of one family, or test hypotheses together."""

from ipseval.files import write_csv
from ipseval.impact.columns import read_family_tables, read_people
from ipseval.impact.declared import estimate_declared
from ipseval.job import job

with job(snakemake) as say:
    config, given = snakemake.params.config, snakemake.input
    family = snakemake.wildcards.family
    estimates = estimate_declared(
        snakemake.wildcards.trial,
        family,
        config,
        snakemake.params.seed,
        read_people(given.people, config),
        *read_family_tables(given.months, given.by_linkage, config, family),
        say,
    )
    say(f"{len(estimates):,} estimates")
    write_csv(snakemake.output.estimates, estimates)
