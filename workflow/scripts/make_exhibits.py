"""Make the exhibits of one chapter: tidy CSV, HTML or a picture, and a card each."""

from pathlib import Path

from ipseval.job import job
from ipseval.report.data import Data
from ipseval.report.make import make_exhibit
from ipseval.report.needs import config_from, shown_in

with job(snakemake) as say:
    params = snakemake.params
    folder = Path(snakemake.output[0]).parent
    config = config_from(params.config)
    labels, others = params.config["labels"], frozenset(params.config["unlabelled"])
    data = Data(folder.parents[1], config, params.synthetic, labels, others)
    for name, spec in shown_in(config.exhibits, *config.exhibits.chapters).items():
        cells = make_exhibit(name, spec, data, folder, params.confidential, params.png)
        say(f"{name}: {len(cells):,} cells")
