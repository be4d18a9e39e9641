"""Compare every regenerated cell with the published one."""

from pathlib import Path

import pandas as pd

from ipseval.files import write_csv
from ipseval.job import job
from ipseval.report.cells import read_cells
from ipseval.report.concordance import concordance, read_published, together
from ipseval.report.conflicts import (
    audited,
    claims_as_cells,
    of_sources,
    prove_conflicts,
    verdicts_as_cells,
)
from ipseval.report.statuses import summarise
from ipseval.report.summary import summary_text

with job(snakemake) as say:
    paths = snakemake.input.exhibits
    exhibits = zip(snakemake.params.regenerated, paths, snakemake.params.restated, strict=True)
    produced = together((name, read_cells(path), again) for name, path, again in exhibits)
    published = read_published(snakemake.input.published)
    verdicts = read_published([snakemake.input.verdicts])
    verdicts = verdicts_as_cells(verdicts, snakemake.params.sources)
    claims = claims_as_cells(read_published([snakemake.input.claims]), published)
    everything = pd.concat([published, claims], ignore_index=True)
    audit, conflicts = map(read_published, ([snakemake.input.audit], [snakemake.input.conflicts]))
    audit, conflicts = of_sources(audit, conflicts, snakemake.params.sources)
    proofs = prove_conflicts(everything, conflicts)
    solved = {tuple(cell): names for cell, names in snakemake.params.solved}
    searched = {(exhibit, row): how for exhibit, row, how in snakemake.params.searched}
    published = pd.concat([published, verdicts], ignore_index=True)
    table = concordance(published, produced, proofs, solved, searched)
    write_csv(snakemake.output.table, table)
    write_csv(snakemake.output.summary, summarise(table))
    say(summary_text(Path(snakemake.output.summary)))
    write_csv(snakemake.output.conflicts, audited(audit, proofs, table))
