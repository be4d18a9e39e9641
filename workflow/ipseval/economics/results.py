"""Everything that the stage economics gives for one trial."""

import pandas as pd

from ..config.economics import Economics
from ..config.trial import Group
from ..streams import Streams
from .acceptability import acceptability_curves
from .appraise import appraise
from .behind import with_marks
from .costs import costs_by_category, unit_costs
from .impacts import Impacts
from .model import make_model
from .quantities import quantities_table, values_of
from .sensitivity import tornado
from .uncertainty import convergence, value_of_information


def appraisal_results(
    economics: Economics,
    groups: dict[str, Group],
    people: pd.DataFrame,
    ledger: pd.DataFrame | None,
    impacts: Impacts,
    streams: Streams,
    n: int,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return tables by name (ECONOMICS_TABLES of the catalogue) and n draws.

    Raises InputError for a ledger that does not add up or books nothing to a group.
    """
    costs = costs_by_category(economics, groups, people, ledger, values_of(economics))
    model = make_model(economics, impacts, costs, streams, n)
    appraised, draws = appraise(model)
    tables = {
        **appraised,
        "costs": costs,
        "unit_costs": unit_costs(economics, groups, people, costs, impacts),
        "sensitivity": tornado(model),
        "acceptability": acceptability_curves(model, draws),
        "information": value_of_information(model),
        "convergence": convergence(model, draws),
        "quantities": quantities_table(economics),
    }
    marked = {
        name: table.assign(**with_marks(economics, name, table.to_dict("list")))
        for name, table in tables.items()
        if name != "quantities"  # says of each number how it is known
    }
    return tables | marked, draws
