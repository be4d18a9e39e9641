"""Link people to the records of administrative sources."""

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
    linked = link_trial(tables, trial, read_secret(params.person_key), params.synthetic)
    for line in linked["quality"].itertuples():
        where = f"{line.source} {line.trial_group} {line.arm}"
        say(f"{where}: {line.linked} of {line.people} {line.note}")
    write_parquet(snakemake.output.links, linked["links"])
    write_parquet(snakemake.output.linkable, linked["linkable"])
    write_csv(snakemake.output.quality, linked["quality"])
