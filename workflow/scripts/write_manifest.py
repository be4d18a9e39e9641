"""Merge the records of all jobs into the manifest of the run."""

from ipseval.files import write_json
from ipseval.job import job
from ipseval.release.manifest import manifest

with job(snakemake):
    params = snakemake.params
    merged = manifest(list(snakemake.input.records), params.run, params.seed)
    write_json(snakemake.output.manifest, merged)
