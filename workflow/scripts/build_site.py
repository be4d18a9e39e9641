"""Build the report: one self-contained page."""

from pathlib import Path

from ipseval.config.run import Run
from ipseval.config.trial import Trial
from ipseval.files import read_csv, write_text
from ipseval.job import job
from ipseval.release.notice import NOTICE
from ipseval.report.notebook import body_of
from ipseval.report.site import build_site, numbered, page_from

with job(snakemake):
    params = snakemake.params
    pages = {}
    for (trial, chapter, title), path in zip(params.chapters, snakemake.input.pages, strict=True):
        body = body_of(Path(path))
        pages.setdefault(trial, []).append(page_from(trial, chapter, title, body))
    parts = [
        numbered(trial, Trial.model_validate(config), params.synthetic[trial], pages[trial])
        for trial, config in params.trials.items()
    ]
    summary = read_csv(snakemake.input.concordance)
    conflicts = read_csv(snakemake.input.conflicts, dtype="str", keep_default_na=False)
    run = Run.model_construct(**params.run)
    notice = NOTICE if params.confidential else ""
    site = build_site(params.run_name, run, parts, summary, conflicts, notice)
    write_text(snakemake.output.site, site)
