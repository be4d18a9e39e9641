"""Appraise costs and benefits by Monte Carlo."""

from pathlib import Path

import pandas as pd

from ipseval.config.economics import Economics
from ipseval.config.trial import Group
from ipseval.economics.appraise import appraise, valuations_table
from ipseval.extracts.tables import read_parquet
from ipseval.files import write_csv, write_parquet
from ipseval.job import job
from ipseval.streams import Streams

with job(snakemake) as say:
    params = snakemake.params
    economics = Economics.model_validate(params.config["economics"])
    result = appraise(
        economics,
        {name: Group.model_validate(group) for name, group in params.groups.items()},
        pd.concat([pd.read_csv(path) for path in snakemake.input.impact], ignore_index=True),
        pd.read_parquet(snakemake.input.people),
        {Path(p).stem: read_parquet(Path(p), Path(p).stem) for p in snakemake.input.ledgers},
        Streams(params.seed, snakemake.wildcards.trial),
        params.draws,
    )
    say(f"{params.draws:,} draws for {len(result.summary)} cases and groups")
    write_parquet(snakemake.output.draws, result.draws)
    write_csv(snakemake.output.summary, result.summary)
    write_csv(snakemake.output.valuations, valuations_table(economics))
