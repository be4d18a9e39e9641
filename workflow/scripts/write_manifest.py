"""Merge the records of all jobs into the manifest of the run."""

from ipseval.files import write_sealed
from ipseval.job import job
from ipseval.release.manifest import manifest

with job(snakemake):
    params = snakemake.params
    merged = manifest(list(snakemake.input.records), params.run, params.seed, params.confidential)
    write_sealed(snakemake.output.manifest, merged)
