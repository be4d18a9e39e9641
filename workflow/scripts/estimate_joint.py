"""Estimate how the impacts that an appraisal takes vary together."""

from ipseval.config.models import Models
from ipseval.config.trial import Group
from ipseval.files import write_csv
from ipseval.impact.columns import read_people
from ipseval.impact.influence import joint_covariance
from ipseval.job import job

with job(snakemake) as say:
    config = snakemake.params.config
    covariance = joint_covariance(
        Models.model_validate(config["models"]),
        {name: Group.model_validate(group) for name, group in config["groups"].items()},
        config["impacts"],
        config["appraised"],
        read_people(snakemake.input.people, {"models": config["models"], "of": config["impacts"]}),
    )
    say(f"{len(covariance):,} pairs of impacts")
    write_csv(snakemake.output.covariance, covariance)
