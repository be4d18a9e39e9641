"""Derive one row a person and one row a person-month."""

from pathlib import Path

import pandas as pd

from ipseval.config.outcomes import Outcomes
from ipseval.config.paye import Paye
from ipseval.config.trial import Trial
from ipseval.files import write_frame, write_parquet_parts, written_at_the_end
from ipseval.job import job
from ipseval.outcomes.by_linkage import derive_by_linkage
from ipseval.outcomes.derive import derive_outcomes, own_records
from ipseval.outcomes.identifiers import refuse_identifiers
from ipseval.outcomes.read import ReadTables, read_links, read_methods

with job(snakemake) as say:
    config, source, output = snakemake.params.config, snakemake.input, snakemake.output
    outcomes = Outcomes.model_validate(config["outcomes"])
    trial = Trial.model_validate(config["trial"])
    paye = Paye.model_validate(config["paye"]) if "paye" in config else None
    tables = ReadTables([Path(path) for path in source.tables], outcomes, trial)
    links = read_links(source.links)
    linkable = pd.read_parquet(source.linkable)
    made = derive_outcomes(trial, outcomes, tables, links, linkable, say, paye)
    tables.hold_only(outcomes.tables_by_linkage)  # A million people have gigabytes of others.
    links, people = own_records(links), made.people
    results = {"people": people, "weights": made.weights, "samples": made.samples}
    with written_at_the_end(output.months) as path:
        months = write_parquet_parts(path, made.months_in_parts())
        say(f"{len(people):,} people, {months:,} person-months")
        del made, linkable
        methods = read_methods(source.links_by_method, outcomes)
        by_linkage = derive_by_linkage(trial, outcomes, tables, links, methods, people, paye)
        results["by_linkage"] = by_linkage
        tables.hold_only([])
        identifiers = tables.of_these(snakemake.params.identifiers)
        refuse_identifiers(results, tables.column, identifiers, trial.person, links)
        for name, frame in results.items():
            write_frame(output[name], frame)
