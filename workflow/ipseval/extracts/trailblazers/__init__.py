"""The Mental Health Trailblazers: a synthetic twin calibrated to the published tables."""

import pandas as pd

from ...config.load import read_section
from ...streams import Streams
from ..build import Context
from ..published import Published
from .calibrate import Calibration, draw_outcomes
from .dwp import claim_benefits
from .iapt import attend
from .models import read_models
from .people import describe, recruit, split_at_medians
from .process import list_caseloads, list_interviews, review_fidelity
from .settings import TwinSettings
from .tool import identify, list_participants


def make_twin(context: Context) -> dict[str, pd.DataFrame]:
    """Return the synthetic extracts, one frame a declared table, and `truth`.

    At scale 1 and with the published effect the tables derived from them print the published
    numbers; otherwise outcomes are drawn by the printed logits, and nothing is searched. With
    effect "none" those logits have no term for treatment.
    """
    settings = read_section(context.folder / "twin.yaml", TwinSettings)
    published = Published(context.published / "trailblazers")
    streams = Streams(context.seed, "trailblazers")
    people = make_people(settings, published, streams, context)
    people = identify(people, settings, streams)
    context.say(f"{len(people):,} people, {int(people['health'].sum()):,} with a last score")
    reviews, items = review_fidelity(settings, published)
    truth = people[["participant_id", "true_nino", "true_nhs_number"]].rename(
        columns={"true_nino": "nino", "true_nhs_number": "nhs_number"}
    )
    return {
        "truth": truth.sort_values("participant_id", ignore_index=True),
        "participants": list_participants(people, settings, streams),
        "iapt_appointments": attend(people, settings, streams),
        "benefit_spells": claim_benefits(people, settings, streams),
        "fidelity_reviews": reviews,
        "fidelity_items": items,
        "interviews": list_interviews(settings, published, streams),
        "caseloads": list_caseloads(settings),
    }


def make_people(
    settings: TwinSettings, published: Published, streams: Streams, context: Context
) -> pd.DataFrame:
    """Return one row a person with covariates and outcomes, before any record is made of them."""
    people = recruit(settings, published, streams, context.scale)
    people = split_at_medians(describe(people, settings, streams))
    calibration = Calibration(settings, read_models(published), streams, context.effect)
    return draw_outcomes(people, calibration, context.planted)
