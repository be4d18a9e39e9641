"""Decide what of a trial's exhibits may leave: cells as released, and what each of them counts."""

from pathlib import Path

from ipseval.catalogue import path_of
from ipseval.config.disclosure import DisclosurePolicy
from ipseval.files import sha256, write_csv, write_json
from ipseval.job import job
from ipseval.release.control import control, declared_from
from ipseval.release.decided import all_cells, summary_of
from ipseval.release.ledger import earlier_intervals, refuse_other_data

with job(snakemake) as say:
    params = snakemake.params
    config = declared_from(params.config)
    policy = DisclosurePolicy.model_validate(params.policy)
    folder = Path(snakemake.output.cells).parents[1]
    for ledger in snakemake.input.ledger:
        people = sha256(folder / path_of("people"))
        refuse_other_data(Path(ledger), {snakemake.wildcards.trial: people})
    earlier = earlier_intervals(snakemake.input.ledger, snakemake.wildcards.trial)
    found = control(snakemake.wildcards.trial, config, folder, policy, params.seconds, earlier)
    say(summary_of(found)["text"])
    write_csv(snakemake.output.cells, all_cells(found))
    write_csv(snakemake.output.counts, found.counted)
    write_json(snakemake.output.declared, found.declared)
    write_json(snakemake.output.summary, summary_of(found))
