"""Derive one row a person and one row a person-month."""

from pathlib import Path

import pandas as pd

from ipseval.config.outcomes import Outcomes
from ipseval.config.trial import Trial
from ipseval.extracts.tables import read_parquet
from ipseval.files import write_parquet
from ipseval.job import job
from ipseval.outcomes.derive import derive_outcomes

with job(snakemake) as say:
    config = snakemake.params.config
    people, months = derive_outcomes(
        Trial.model_validate(config["trial"]),
        Outcomes.model_validate(config["outcomes"]),
        {Path(p).stem: read_parquet(Path(p), Path(p).stem) for p in snakemake.input.tables},
        pd.read_parquet(snakemake.input.links),
        pd.read_parquet(snakemake.input.linkable),
    )
    say(f"{len(people):,} people, {len(months):,} person-months")
    write_parquet(snakemake.output.people, people)
    write_parquet(snakemake.output.months, months)
