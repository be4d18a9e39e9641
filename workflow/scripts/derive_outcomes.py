"""Derive one row a person and one row a person-month."""

from pathlib import Path

import pandas as pd

from ipseval.config.outcomes import Outcomes
from ipseval.config.paye import Paye
from ipseval.config.trial import Trial
from ipseval.extracts.tables import read_parquet
from ipseval.files import write_frame
from ipseval.job import job
from ipseval.outcomes.by_linkage import derive_by_linkage
from ipseval.outcomes.derive import derive_outcomes
from ipseval.outcomes.identifiers import refuse_identifiers

with job(snakemake) as say:
    config, source, output = snakemake.params.config, snakemake.input, snakemake.output
    outcomes = Outcomes.model_validate(config["outcomes"])
    tables = {Path(p).stem: read_parquet(Path(p), Path(p).stem) for p in source.tables}
    links, linkable = pd.read_parquet(source.links), pd.read_parquet(source.linkable)
    trial = Trial.model_validate(config["trial"])
    paye = Paye.model_validate(config["paye"]) if "paye" in config else None
    made = derive_outcomes(trial, outcomes, tables, links, linkable, say, paye)
    methods = pd.read_parquet(source.links_by_method)
    by_linkage = derive_by_linkage(trial, outcomes, tables, links, methods, made.people, paye)
    results = {**vars(made), "by_linkage": by_linkage}
    refuse_identifiers(results, tables, snakemake.params.identifiers, trial.person, links)
    say(f"{len(made.people):,} people, {len(made.months):,} person-months")
    for name, frame in results.items():
        write_frame(output[name], frame)
