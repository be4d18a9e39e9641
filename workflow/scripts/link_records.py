"""Link people to the records of administrative sources."""

import os
from pathlib import Path

from ipseval.config.trial import Trial
from ipseval.extracts.tables import read_parquet
from ipseval.files import write_csv, write_parquet
from ipseval.job import job
from ipseval.linkage.link import link_trial, read_secret

with job(snakemake) as say:
    params = snakemake.params
    trial = Trial.model_validate(params.config["trial"])
    tables = {Path(p).stem: read_parquet(Path(p), Path(p).stem) for p in snakemake.input.tables}
    key_file = os.environ["IPSEVAL_PERSON_KEY_FILE"] if params.person_key else None
    secret = read_secret(key_file, snakemake.wildcards.trial)
    linked = link_trial(tables, trial, secret, params.synthetic)
    for line in linked["quality"].itertuples():
        where = f"{line.source} {line.trial_group} {line.arm}"
        say(f"{where}: {line.linked} of {line.people} {line.note}")
    write_parquet(snakemake.output.links, linked["links"])
    write_parquet(snakemake.output.linkable, linked["linkable"])
    write_csv(snakemake.output.quality, linked["quality"])
