"""The Health-led Employment Trials: a synthetic twin calibrated to the published tables."""

import pandas as pd

from ...arrays import occurs_in
from ...calendar import as_days, event_days
from ...config.read import read_section
from ...extracts.build import Context
from ...streams import Streams
from ..published import Published
from .answers import answer_on_support
from .costs import book_costs
from .deaths import end_with_death
from .dwp import claim_benefits
from .evaluation import ask_staff, list_interviews, review_fidelity
from .hmrc import as_reported
from .identifiers import give_identifiers, type_identifiers
from .nhs import use_health_services
from .people import answer_baseline, randomise, recruit, screen_people
from .provider import list_caseloads, list_job_starts, support
from .questionnaire import answer_instruments_at_baseline, answer_survey
from .sessions import hold_sessions
from .settings import HltSettings
from .surveys import leave_after_answering, run_fieldwork
from .work import work


def make_twin(context: Context) -> dict[str, pd.DataFrame]:
    """Return the synthetic extracts, one frame a declared table.

    At scale 1 the tables derived from them print the published numbers; at any other scale
    shares are kept and nothing is calibrated. With effect "none" nothing depends on the arms but
    for what treatment itself is: allocation, sessions and what else the service records, costs,
    and what people say of the specialist whom they met.
    """
    settings = read_section(context.folder / "twin.yaml", HltSettings)
    published = Published(context.published / "hlt")
    streams = Streams(context.seed, "hlt")
    say = context.say
    people = recruit(settings, published, streams, context.scale)
    say(f"{len(people):,} recruits in {people['stratum'].nunique()} strata")
    people, allocation = randomise(people, published, context)
    people = answer_baseline(people, settings, published, streams, context.scale)
    people = answer_instruments_at_baseline(people, settings, streams)
    people = give_identifiers(people, settings, streams)
    jobs, payments = work(people, settings, published, streams, context.planted, context)
    say(f"{len(jobs):,} employments and {len(payments):,} payments")
    lockdown = event_days(context.trial, "lockdown", people, as_days(people["day"]))
    waves, fieldwork = run_fieldwork(
        people, jobs, lockdown, settings, published, streams, context.scale, context.effect
    )
    surveys = {
        name: answer_survey(name, people, wave, jobs, settings, streams, context.effect)
        for name, wave in waves.items()
    }
    cases, starts = support(
        people, jobs, fieldwork["withdrawals"], settings, published, streams, context.scale
    )
    sessions = hold_sessions(cases, lockdown, settings, streams)
    reviews, items = review_fidelity(cases, settings, streams)
    met = occurs_in(people["recruit_id"], sessions["recruit_id"])
    last = list(waves)[-1]
    surveys[last] = answer_on_support(
        surveys[last], people, waves[last], met, settings, published, streams, context
    )
    truth = people[["recruit_id", "true_nino", "true_nhs_number"]].rename(
        columns={"true_nino": "nino", "true_nhs_number": "nhs_number"}
    )
    withdrawn = leave_after_answering(fieldwork["withdrawals"], people, waves)
    records = {
        "benefit_spells": claim_benefits(people, jobs, settings, streams),
        **use_health_services(people, settings, streams),
    }
    return {
        "truth": truth.sort_values("recruit_id", ignore_index=True),
        "recruits": type_identifiers(people, settings, streams),
        **fieldwork,
        "withdrawals": withdrawn,
        **surveys,
        "caseloads": list_caseloads(cases, settings),
        "sessions": sessions,
        "job_starts": list_job_starts(cases, starts, len(people), settings, streams),
        "screening": screen_people(people, settings, streams, context),
        "allocation": allocation,
        **as_reported(people, jobs, payments, settings, streams),
        **end_with_death(records, truth, withdrawn),
        "ledger": book_costs(people, cases, settings, published),
        "fidelity_reviews": reviews,
        "fidelity_items": items,
        "interviews": list_interviews(settings, published, streams),
        "staff_survey": ask_staff(cases, settings, streams),
    }
