"""Build the extracts of one trial: typed, validated, one Parquet file a table."""

from pathlib import Path

from ipseval.config.extracts import Extracts
from ipseval.config.run import ExtractSource
from ipseval.config.trial import Trial
from ipseval.extracts.build import PUBLISHED, Context, build_tables
from ipseval.extracts.on_disk import write_table
from ipseval.files import write_frame
from ipseval.job import job

with job(snakemake) as say:
    params = snakemake.params
    declared = Extracts.model_validate(params.config["extracts"])
    context = Context(
        trial=Trial.model_validate(params.config["trial"]),
        folder=Path("config/trials", params.trial),
        published=PUBLISHED,
        say=say,
        **params.run,
    )
    source = ExtractSource.model_validate(params.source)
    tables = build_tables(params.trial, source, declared, context)
    paths = {Path(path).stem: path for path in snakemake.output}
    for name, table in tables.items():
        (write_frame if name == "repairs" else write_table)(paths[name], table)
