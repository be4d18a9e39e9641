"""The Mental Health Trailblazers: a synthetic twin calibrated to the published tables."""

from pathlib import Path

import pandas as pd

from ...calendar import as_days, event_days
from ...config.read import read_section
from ...extracts.build import Context
from ...streams import Streams
from ..arms import as_they_differ
from ..published import Published
from .calibrate import CalibrationContext, draw_outcomes
from .dwp import claim_benefits
from .iapt import attend
from .kept import FILE, keep, kept_for, mark_of
from .models import PrintedLogit, read_models
from .people import describe, recruit, split_at_medians
from .process import list_caseloads, list_interviews, review_fidelity
from .settings import TrailblazersSettings
from .tool import identify, list_participants


def make_twin(context: Context) -> dict[str, pd.DataFrame]:
    """Return the synthetic extracts, one frame a declared table, and `truth`.

    At scale 1 and with the published effect the tables derived from them print the published
    numbers; otherwise outcomes are drawn by the printed logits, and nothing is searched. With
    effect "none" nothing depends on the arms, but for the day until which controls wait.
    """
    settings = read_section(context.folder / "twin.yaml", TrailblazersSettings)
    published = Published(context.published / "trailblazers")
    streams = Streams(context.seed, "trailblazers")
    people = make_people(settings, published, streams, context)
    people = identify(people, settings, streams)
    context.say(f"{len(people):,} people, {int(people['health'].sum()):,} with a last score")
    waiting_list_ends = event_days(
        context.trial, "waiting_list_ends", people, as_days(people["day"])
    )
    alike = as_they_differ(people, context.effect)
    reviews, items = review_fidelity(settings, published)
    truth = people[["participant_id", "true_nino", "true_nhs_number"]].rename(
        columns={"true_nino": "nino", "true_nhs_number": "nhs_number"}
    )
    return {
        "truth": truth.sort_values("participant_id", ignore_index=True),
        "participants": list_participants(people, waiting_list_ends, streams),
        "iapt_appointments": attend(alike, settings, streams),
        "benefit_spells": claim_benefits(alike, settings, streams, context.effect),
        "fidelity_reviews": reviews,
        "fidelity_items": items,
        "interviews": list_interviews(settings, published, streams),
        "caseloads": list_caseloads(settings),
    }


def make_people(
    settings: TrailblazersSettings, published: Published, streams: Streams, context: Context
) -> pd.DataFrame:
    """Return one row a person with covariates and outcomes, before any record is made of them.

    Calibrated people are those kept in twin/calibrated.csv if they were found for these settings,
    this seed and these published numbers, else they are searched for.
    """
    people = _describe(settings, published, streams, context)
    models = read_models(published)
    if not context.planted:
        return _search(people, settings, models, streams, context)
    mark = mark_of(settings, models, context.seed)
    kept = kept_for(context.folder / FILE, people, mark)
    if kept is not None:
        context.say(f"calibrated people as kept in {context.folder / FILE}")
        return kept
    context.say("nobody is kept for these settings: searching, which takes some ten seconds")
    return _search(people, settings, models, streams, context)


def calibrate(context: Context) -> Path:
    """Search for calibrated people and keep them; returns the file."""
    context.say("searching for people by whom the logits print, which takes some ten seconds")
    settings = read_section(context.folder / "twin.yaml", TrailblazersSettings)
    published = Published(context.published / "trailblazers")
    streams = Streams(context.seed, "trailblazers")
    people = _describe(settings, published, streams, context)
    models = read_models(published)
    calibrated = _search(people, settings, models, streams, context)
    path = context.folder / FILE
    keep(path, calibrated, mark_of(settings, models, context.seed))
    return path


def _describe(
    settings: TrailblazersSettings, published: Published, streams: Streams, context: Context
) -> pd.DataFrame:
    people = recruit(settings, published, streams, context.scale, context.effect)
    described = describe(as_they_differ(people, context.effect), settings, streams)
    return split_at_medians(described.assign(arm=people["arm"]))


def _search(
    people: pd.DataFrame,
    settings: TrailblazersSettings,
    models: list[PrintedLogit],
    streams: Streams,
    context: Context,
) -> pd.DataFrame:
    calibration = CalibrationContext(settings, models, streams)
    alike = as_they_differ(people, context.effect)
    return draw_outcomes(alike, calibration, context.planted).assign(arm=people["arm"])
