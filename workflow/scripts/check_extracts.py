"""Validate the extracts on disk and audit the allocation list."""

from pathlib import Path

from ipseval.arms import allocated, asked_of, randomised
from ipseval.config.extracts import Extracts
from ipseval.config.trial import Trial
from ipseval.extracts.across import refuse_broken
from ipseval.extracts.allocation_audit import audit_table
from ipseval.extracts.on_disk import held
from ipseval.extracts.tables import load_tables, summary
from ipseval.files import read_csv, write_csv
from ipseval.job import job

with job(snakemake) as say:
    config = snakemake.params.config
    declared = Extracts.model_validate(config["extracts"])
    tables = load_tables(Path(snakemake.input[0]).parent, declared)
    trial = Trial.model_validate(config["trial"])
    refuse_broken(tables, declared, trial)
    repairs = read_csv(snakemake.input.repairs)
    write_csv(snakemake.output.checks, summary(tables, declared, repairs))
    # Who was randomised to what is asked first here, so that a wrong code stops before linkage.
    people = held(tables[trial.person.table], asked_of(trial.person))
    allocated(people[randomised(people, trial.person)], trial.person.arm, trial.person.table)
    write_csv(snakemake.output.allocation_audit, audit_table(tables.get("allocation"), trial, say))
