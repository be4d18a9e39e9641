"""Derive one row a person and one row a person-month."""

from pathlib import Path

import pandas as pd

from ipseval.config.outcomes import Outcomes
from ipseval.config.trial import Trial
from ipseval.extracts.tables import read_parquet
from ipseval.files import write_frame
from ipseval.job import job
from ipseval.outcomes.derive import derive_by_linkage, derive_outcomes

with job(snakemake) as say:
    config, source, output = snakemake.params.config, snakemake.input, snakemake.output
    outcomes = Outcomes.model_validate(config["outcomes"])
    tables = {Path(p).stem: read_parquet(Path(p), Path(p).stem) for p in source.tables}
    links, linkable = pd.read_parquet(source.links), pd.read_parquet(source.linkable)
    trial = Trial.model_validate(config["trial"])
    people, months, weights = derive_outcomes(trial, outcomes, tables, links, linkable, say)
    by_linkage = derive_by_linkage(outcomes, tables, pd.read_parquet(source.methods), people)
    say(f"{len(people):,} people, {len(months):,} person-months")
    frames = {"people": people, "months": months, "weights": weights, "by_linkage": by_linkage}
    for name, frame in frames.items():
        write_frame(output[name], frame)
