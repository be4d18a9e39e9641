"""Build the report: one self-contained page."""

from pathlib import Path

from ipseval.config.run import Run
from ipseval.files import read_csv, read_sealed, write_text
from ipseval.job import job
from ipseval.release.notice import NOTICE
from ipseval.report.carried import about_page, fronts_and_carried, trials_made
from ipseval.report.facts import checksums_in, code_of_run
from ipseval.report.needs import config_from
from ipseval.report.site import build_site, numbered, pages_of

with job(snakemake):
    params = snakemake.params
    pages = pages_of(params.chapters, map(Path, snakemake.input.pages))
    records = [read_sealed(file) for file in snakemake.input.done]
    folder = Path(snakemake.output.site).parents[1]
    configs = {trial: config_from(declared) for trial, declared in params.declared.items()}
    labels = {trial: declared["labels"] for trial, declared in params.declared.items()}
    made = trials_made(params.run_name, folder, configs, checksums_in(records))
    parts = [
        numbered(trial, config.trial, params.synthetic[trial], pages[trial])
        for trial, config in configs.items()
    ]
    concordance = read_csv(snakemake.input.table, dtype="str", keep_default_na=False)
    published = {one for config in configs.values() for one in config.exhibits.published}
    fronts, carried = fronts_and_carried(made, labels, concordance)
    site = build_site(
        params.run_name,
        Run.model_construct(**params.run),
        parts,
        read_csv(snakemake.input.concordance),
        read_csv(snakemake.input.conflicts, dtype="str", keep_default_na=False),
        NOTICE if params.confidential else "",
        fronts=fronts,
        carried=carried,
        about=about_page(map(Path, snakemake.input.logs), published, code_of_run(records)),
    )
    write_text(snakemake.output.site, site)
