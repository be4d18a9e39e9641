"""Link people to the records of administrative sources."""

import os
from pathlib import Path

import pandas as pd

from ipseval.config.placeholders import Placeholders
from ipseval.config.trial import Trial
from ipseval.extracts.tables import TablesOnDisk
from ipseval.files import write_frame, write_json
from ipseval.job import job
from ipseval.linkage.link import link_trial
from ipseval.linkage.secret import read_secret

with job(snakemake) as say:
    params = snakemake.params
    trial = Trial.model_validate(params.config["trial"])
    tables = TablesOnDisk(map(Path, snakemake.input.tables), trial.columns_linked)
    key_file = os.environ["IPSEVAL_PERSON_KEY_FILE"] if params.person_key else None
    secret = read_secret(key_file, snakemake.wildcards.trial)
    truth = pd.read_parquet(snakemake.input.truth) if snakemake.input.get("truth") else None
    placeholders = Placeholders.model_validate(params.config.get("placeholders", {}))
    linked = link_trial(
        tables, trial, secret, params.synthetic, truth, say, placeholders=placeholders
    )
    write_json(snakemake.output.match_models, linked.pop("match_models"))
    for name, frame in linked.items():
        write_frame(snakemake.output[name], frame)
