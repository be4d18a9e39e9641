"""Execute a chapter's notebook and turn it into a page."""

from pathlib import Path

from ipseval.job import job
from ipseval.release.notice import NOTICE
from ipseval.report.notebook import execute_chapter, write_chapter

with job(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    declared = {
        "name": wildcards.chapter,
        "synthetic": params.synthetic,
        "config": params.config,
        "results": str(Path(snakemake.config["results"]).resolve()),
    }
    executed = execute_chapter(
        Path(snakemake.input.notebook),
        {"run": params.run, "trial": wildcards.trial},
        declared,
        draft=Path(snakemake.log[0]).with_suffix(".ipynb"),
        cwd=Path("."),
    )
    title = params.config["chapter"]["chapters"][wildcards.chapter]["title"]
    name = params.config["sections"]["trial"]["short_name"]
    write_chapter(
        executed,
        snakemake.output.notebook,
        snakemake.output.page,
        f"{name}: {title}",
        params.synthetic,
        NOTICE if params.confidential else "",
    )
