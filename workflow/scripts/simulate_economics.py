"""Appraise costs and benefits by Monte Carlo."""

from pathlib import Path

import pandas as pd

from ipseval.config.economics import Economics
from ipseval.config.trial import Group
from ipseval.economics.acceptability import cost_effectiveness
from ipseval.economics.appraise import appraise
from ipseval.economics.context import make_context
from ipseval.economics.costs import costs_by_category, unit_costs
from ipseval.economics.impacts import read_impacts
from ipseval.economics.quantities import quantities_table, values_of
from ipseval.economics.sensitivity import tornado
from ipseval.economics.uncertainty import convergence, value_of_information
from ipseval.extracts.tables import read_parquet
from ipseval.files import write_csv, write_parquet
from ipseval.job import job
from ipseval.streams import Streams

with job(snakemake) as say:
    params, given, output = snakemake.params, snakemake.input, snakemake.output
    economics = Economics.model_validate(params.config["economics"])
    groups = {name: Group.model_validate(group) for name, group in params.groups.items()}
    people = pd.read_parquet(given.people)
    estimates = pd.concat([pd.read_csv(path) for path in given.impact], ignore_index=True)
    impacts = read_impacts(economics, estimates, pd.read_csv(given.joint))

    ledger = next((read_parquet(Path(p), Path(p).stem) for p in given.ledger), None)
    costs = costs_by_category(economics, groups, people, ledger, values_of(economics))
    write_csv(output.costs, costs)
    write_csv(output.unit_costs, unit_costs(economics, groups, people, costs, impacts))

    streams = Streams(params.seed, snakemake.wildcards.trial)
    context = make_context(economics, impacts, costs, streams, params.draws)
    summary, parties, draws = appraise(context)
    say(f"{params.draws:,} draws for {len(summary)} settings, cases and groups")
    write_csv(output.summary, summary)
    write_csv(output.parties, parties)
    write_parquet(output.draws, draws)
    ratios, curves = cost_effectiveness(context, draws)
    write_csv(output.cost_effectiveness, ratios)
    write_csv(output.acceptability, curves)
    write_csv(output.sensitivity, tornado(context))
    write_csv(output.information, value_of_information(context))
    write_csv(output.convergence, convergence(context, draws))
    write_csv(output.quantities, quantities_table(economics))
