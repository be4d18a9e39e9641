"""Execute a chapter's notebook and turn it into a page."""

from pathlib import Path

from ipseval.job import job
from ipseval.report.notebook import execute_chapter, write_chapter

with job(snakemake):
    params, trial = snakemake.params, snakemake.wildcards.trial
    executed = execute_chapter(
        Path(snakemake.input.notebook),
        {"run": params.run, "trial": trial},
        results=Path(snakemake.config["results"]),
        draft=Path(snakemake.log[0]).with_suffix(".ipynb"),
        cwd=Path("."),
    )
    title = params.config["chapter"]["chapters"][snakemake.wildcards.chapter]["title"]
    name = params.config["sections"]["trial"]["short_name"]
    write_chapter(
        executed,
        snakemake.output.notebook,
        snakemake.output.page,
        f"{name}: {title}",
        params.synthetic,
    )
