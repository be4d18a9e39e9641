"""Derive one row a person and one row a person-month."""

from pathlib import Path

import pandas as pd

from ipseval.config.outcomes import Outcomes
from ipseval.config.paye import Paye
from ipseval.config.trial import Trial
from ipseval.extracts.tables import read_parquet
from ipseval.files import write_frame, written_at_the_end
from ipseval.job import job
from ipseval.outcomes.by_linkage import derive_by_linkage
from ipseval.outcomes.derive import derive_outcomes
from ipseval.outcomes.identifiers import refuse_identifiers

with job(snakemake) as say:
    config, source, output = snakemake.params.config, snakemake.input, snakemake.output
    outcomes = Outcomes.model_validate(config["outcomes"])
    tables = {Path(p).stem: read_parquet(Path(p), Path(p).stem) for p in source.tables}
    links = pd.read_parquet(source.links, columns=["person_id", "source", "record_id"])
    linkable = pd.read_parquet(source.linkable)
    trial = Trial.model_validate(config["trial"])
    paye = Paye.model_validate(config["paye"]) if "paye" in config else None
    made = derive_outcomes(trial, outcomes, tables, links, linkable, say, paye)
    identifiers = snakemake.params.identifiers
    say(f"{len(made.people):,} people, {len(made.months):,} person-months")
    results = vars(made).copy()
    del made
    refuse_identifiers(results, tables, identifiers, trial.person, links)
    # The months of a million people are gigabytes: not held while methods of linkage are tried.
    with written_at_the_end(output.months) as months:
        write_frame(months, results.pop("months"))
        methods = pd.read_parquet(source.links_by_method, read_dictionary=["source", "method"])
        people = results["people"]
        by_linkage = derive_by_linkage(trial, outcomes, tables, links, methods, people, paye)
        del methods
        refuse_identifiers({"by_linkage": by_linkage}, tables, identifiers, trial.person, links)
        for name, frame in {**results, "by_linkage": by_linkage}.items():
            write_frame(output[name], frame)
