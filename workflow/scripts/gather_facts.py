"""Gather what was found in a trial, and what is behind each number that its page carries."""

import json
from pathlib import Path

from ipseval.files import read_sealed, write_text
from ipseval.job import job
from ipseval.report.carried import behind_trial
from ipseval.report.facts import TrialMade, checksums_in
from ipseval.report.needs import config_from

with job(snakemake):
    params = snakemake.params
    made = TrialMade(
        params.run,
        snakemake.wildcards.trial,
        Path(snakemake.output.facts).parents[1],
        config_from(params.declared),
        checksums_in(map(read_sealed, snakemake.input.done)),
    )
    # In the order in which the page shows it.
    behind = json.dumps(behind_trial(made, params.declared["labels"]), ensure_ascii=False)
    write_text(snakemake.output.facts, behind)
