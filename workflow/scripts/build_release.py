"""Gather what leaves, look through it, and pack its record and provenance."""

from pathlib import Path

from ipseval.job import job
from ipseval.release.build import Inputs, build_release

with job(snakemake) as say:
    given = snakemake.input
    inputs = Inputs(
        run_folder=Path(snakemake.output.results).parents[1],
        files=[Path(path) for path in snakemake.params.config_files],
        records=[Path(path) for path in given.records],
        appendix=[Path(path) for path in given.logs],
    )
    for line in build_release(inputs, snakemake.params, Path(snakemake.output.results).parent):
        say(line)
