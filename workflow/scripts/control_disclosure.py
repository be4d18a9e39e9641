"""Decide what of a trial may leave, make it, and attack it."""

from pathlib import Path

from ipseval.catalogue import path_of
from ipseval.config.disclosure import DisclosurePolicy
from ipseval.files import sha256
from ipseval.job import job
from ipseval.release.control import declared_from
from ipseval.release.ledger import earlier_intervals, refuse_other_data
from ipseval.release.trial import Task, control_trial

with job(snakemake) as say:
    params, trial = snakemake.params, snakemake.wildcards.trial
    target = Path(snakemake.output.cells).parent
    for ledger in snakemake.input.ledger:
        people = sha256(target.parent / path_of("people"))
        refuse_other_data(Path(ledger), {trial: people})
    task = Task(
        run=params.run,
        trial=trial,
        folder=target.parent,
        config=declared_from(params.config),
        chapters=params.chapters,
        page=params.page,
        notebooks=dict(zip(params.chapters, map(Path, snakemake.input.notebooks), strict=True)),
        drafts=Path(snakemake.log[0]).parent,
        policy=DisclosurePolicy.model_validate(params.policy),
        cuts=params.cuts,
        organisations=tuple(params.organisations),
        synthetic=params.synthetic,
        as_is=not params.confidential,
        earlier=earlier_intervals(snakemake.input.ledger, trial),
    )
    for line in control_trial(task, target):
        say(line)
