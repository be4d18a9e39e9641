"""Build the report: one self-contained page."""

from pathlib import Path

from ipseval.config.run import Run
from ipseval.config.trial import Trial
from ipseval.files import read_csv, read_sealed, write_text
from ipseval.job import job
from ipseval.release.notice import NOTICE
from ipseval.report.carried import about_page, fronts_and_carried
from ipseval.report.facts import code_of_run
from ipseval.report.site import build_site, numbered, pages_of

with job(snakemake):
    params, given = snakemake.params, snakemake.input
    pages = pages_of(params.chapters, map(Path, given.pages))
    concordance = read_csv(given.table, dtype="str", keep_default_na=False)
    folder = Path(snakemake.output.site).parents[1]
    fronts, carried = fronts_and_carried(folder, params.exhibits, params.published, concordance)
    published = {one for sources in params.published.values() for one in sources}
    site = build_site(
        params.run_name,
        Run.model_construct(**params.run),
        [
            numbered(trial, Trial.model_validate(one), params.synthetic[trial], pages[trial])
            for trial, one in params.trials.items()
        ],
        read_csv(given.concordance),
        read_csv(given.conflicts, dtype="str", keep_default_na=False),
        NOTICE if params.confidential else "",
        fronts=fronts,
        carried=carried,
        about=about_page(
            map(Path, given.logs), published, code_of_run(map(read_sealed, given.done))
        ),
    )
    write_text(snakemake.output.site, site)
