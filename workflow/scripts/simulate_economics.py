"""Appraise costs and benefits by Monte Carlo."""

from pathlib import Path

import pandas as pd

from ipseval.config.economics import Economics
from ipseval.config.trial import Group
from ipseval.economics.impacts import read_impacts
from ipseval.economics.results import appraisal_results
from ipseval.extracts.tables import read_parquet
from ipseval.files import read_csv, write_csv, write_parquet
from ipseval.job import job
from ipseval.streams import Streams

with job(snakemake) as say:
    params, given = snakemake.params, snakemake.input
    economics = Economics.model_validate(params.economics)
    groups = {name: Group.model_validate(group) for name, group in params.groups.items()}
    people = pd.read_parquet(given.people)
    estimates = pd.concat([read_csv(path) for path in given.impact], ignore_index=True)
    impacts = read_impacts(economics, estimates, read_csv(given.covariance))
    ledger = next((read_parquet(Path(p), Path(p).stem) for p in given.ledger), None)
    streams = Streams(params.seed, snakemake.wildcards.trial)
    tables, draws = appraisal_results(
        economics, groups, people, ledger, impacts, streams, params.draws
    )
    say(f"{params.draws:,} draws for {len(tables['summary'])} analyses, cases and groups")
    write_parquet(snakemake.output.draws, draws)
    for name, table in tables.items():
        write_csv(snakemake.output[name], table)
