"""Validate the extracts on disk and audit the allocation list."""

from pathlib import Path

import pandas as pd

from ipseval.config.extracts import Extracts
from ipseval.config.trial import Trial
from ipseval.extracts.across import refuse_broken
from ipseval.extracts.allocation_audit import audit_table
from ipseval.extracts.tables import load_tables, summary
from ipseval.files import write_csv
from ipseval.job import job

with job(snakemake) as say:
    config = snakemake.params.config
    declared = Extracts.model_validate(config["extracts"])
    tables = load_tables(Path(snakemake.input[0]).parent, declared)
    refuse_broken(tables, declared)
    repairs = pd.read_csv(snakemake.input.repairs)
    write_csv(snakemake.output.checks, summary(tables, declared, repairs))
    trial = Trial.model_validate(config["trial"])
    write_csv(snakemake.output.allocation_audit, audit_table(tables.get("allocation"), trial, say))
