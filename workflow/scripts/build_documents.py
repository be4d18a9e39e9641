"""Print the report: a PDF of all of it, and a workbook of its tables."""

from pathlib import Path

from ipseval.config.run import Run
from ipseval.config.trial import Trial
from ipseval.files import read_csv, write_bytes
from ipseval.job import job
from ipseval.release.notice import NOTICE
from ipseval.report.documents import Part, chapter_of, exhibits_of
from ipseval.report.pdf import build_pdf
from ipseval.report.workbook import build_workbook

with job(snakemake) as say:
    params = snakemake.params
    run, name = Run.model_construct(**params.run), params.run_name
    folder = Path(snakemake.output.pdf).parents[1]
    parts = []
    for trial, config in params.trials.items():
        slices = {chapter: config for of, chapter, config in params.chapters if of == trial}
        pages = folder / trial / "report" / "chapters"
        chapters = [
            chapter_of(pages / f"{chapter}.ipynb", trial, one["chapter"]["chapters"][chapter])
            for chapter, one in slices.items()
        ]
        synthetic = params.synthetic[trial]
        exhibits = exhibits_of(folder / trial, slices.values(), synthetic)
        parts.append(Part(trial, Trial.model_validate(config), synthetic, chapters, exhibits))
    notice = NOTICE if params.confidential else ""
    summary = read_csv(snakemake.input.concordance)
    write_bytes(snakemake.output.pdf, build_pdf(name, run, parts, summary, notice))
    write_bytes(snakemake.output.workbook, build_workbook(name, run, parts, notice))
    say(f"{sum(len(part.numbers) for part in parts)} exhibits")
