"""Build the report: one self-contained page."""

from pathlib import Path

import pandas as pd

from ipseval.config.run import Run
from ipseval.config.trial import Trial
from ipseval.files import write_text
from ipseval.job import job
from ipseval.report.notebook import body_of
from ipseval.report.site import Part, build_site, page_from

with job(snakemake):
    params = snakemake.params
    pages = {}
    for (trial, chapter, title), path in zip(params.chapters, snakemake.input.pages, strict=True):
        body = body_of(Path(path))
        pages.setdefault(trial, []).append(page_from(trial, chapter, title, body))
    parts = [
        Part(trial, Trial.model_validate(config), params.synthetic[trial], pages[trial])
        for trial, config in params.trials.items()
    ]
    summary = pd.read_csv(snakemake.input.concordance)
    conflicts = pd.read_csv(snakemake.input.conflicts, dtype="str", keep_default_na=False)
    run = Run.model_construct(**params.run)
    site = build_site(params.run_name, run, parts, summary, conflicts)
    write_text(snakemake.output.site, site)
