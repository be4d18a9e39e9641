"""The Health-led Employment Trials: a synthetic twin calibrated to the published tables."""

import pandas as pd

from ...config.load import read_section
from ...streams import Streams
from ..build import Context
from ..published import Published
from .contacts import hold_sessions, interview, withdraw
from .people import answer_baseline, give_identifiers, randomise, recruit, screen_people
from .records import as_reported, book_costs, list_interviews
from .settings import TwinSettings
from .work import work


def make_twin(context: Context) -> dict[str, pd.DataFrame]:
    """Return the synthetic extracts, one frame a declared table.

    At scale 1 the tables derived from them print the published numbers; at any other scale
    shares are kept and nothing is calibrated. With effect "none" treatment changes nothing.
    """
    settings = read_section(context.folder / "twin.yaml", TwinSettings)
    published = Published(context.published / "hlt")
    streams = Streams(context.seed, "hlt")
    say = context.say
    people = recruit(settings, published, streams, context.scale)
    say(f"{len(people):,} recruits in {people['stratum'].nunique()} strata")
    people, allocation = randomise(people, published, context)
    people = answer_baseline(people, settings, published, streams, context.scale)
    people = give_identifiers(people, settings, streams)
    planted = context.scale == 1 and context.effect == "published"
    jobs, payments = work(people, settings, published, streams, planted, context)
    say(f"{len(jobs):,} employments and {len(payments):,} payments")
    withdrawn = withdraw(people, settings, streams, context.scale)
    surveys = {
        name: interview(name, people, withdrawn, settings, published, streams, context.scale)
        for name in settings.surveys
    }
    return {
        "recruits": people,
        "withdrawals": withdrawn,
        **surveys,
        "sessions": hold_sessions(people, settings, published, streams, context.scale),
        "screening": screen_people(people, settings, streams, context),
        "allocation": allocation,
        **as_reported(people, jobs, payments, settings, streams),
        "ledger": book_costs(people, settings, published),
        "interviews": list_interviews(settings, published, streams),
    }
