"""What the calibration found, kept in a file of the configuration.

The search follows the last bits of floating point, and these differ between processors: elsewhere
it would end with other people, of whom a few cells more or fewer print. Its result is therefore
kept, with a mark of what it was found for. Nothing is kept for other settings, seeds or published
numbers: then the search runs.
"""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import InputError
from ...files import short_checksum
from .models import END, HEALTH, OFF, PrintedLogit
from .people import last_possible_day, split_at_medians
from .settings import TrailblazersSettings

FILE = "twin/calibrated.csv"
YEAR = 365.25  # days; ages are kept in days, since a date of birth has no more
SCORES = ["motivation", "gad7", "phq9", "time_since", "prior_days"]
OUTCOMES = [*HEALTH, *OFF, END]
# What a search may exchange between people of a site, beside scores and outcomes.
EXCHANGED = ["month", "arm", "dwp_sex", "health_sex", "benefit"]
REMEDY = "run `ipseval calibrate trailblazers`, which writes it anew"


def mark_of(settings: TrailblazersSettings, models: list[PrintedLogit], seed: int) -> str:
    """Return a checksum of all that the calibration depends on: seed, settings, printed cells."""
    used = {"recruitment", "samples", "covariates", "flat", "calibration"}
    found_for = {
        "seed": seed,
        "settings": settings.model_dump(mode="json", include=used),
        "off_at_end": settings.benefits.model_dump(mode="json", include={"off_at_end"}),
        "cells": [
            [m.name, m.split, m.effect, sorted([*key, value] for key, value in m.cells.items())]
            for m in models
        ],
    }
    return short_checksum(json.dumps(found_for, sort_keys=True))


def keep(path: Path, people: pd.DataFrame, mark: str) -> None:
    """Write covariates and outcomes of calibrated people, one row a person, in order: what they
    were described with before does not matter, but for site, samples and identifiers."""
    kept = people[[*SCORES, *OUTCOMES]].astype("Int64")
    kept[EXCHANGED] = people[EXCHANGED]
    kept.insert(0, "age_days", np.round(people["age"].to_numpy() * YEAR).astype(np.int64))
    text = kept.to_csv(index=False, lineterminator="\n")
    note = f"# found for {mark} by `ipseval calibrate trailblazers`; rows {short_checksum(text)}\n"
    path.write_text(note + text, encoding="utf-8")


def kept_for(path: Path, people: pd.DataFrame, mark: str) -> pd.DataFrame | None:
    """Return people (before calibration) with what was kept, None where nothing is for this mark.

    Raises InputError for a file whose rows are not those that `keep` wrote.
    """
    if not path.exists():
        return None
    first, _, text = path.read_text(encoding="utf-8").partition("\n")
    if f" {mark} " not in first:
        return None
    if not first.endswith(f" rows {short_checksum(text)}"):
        raise InputError(
            "its rows have been changed since they were written",
            file=path,
            rule="the checksum of its rows in the first line",
            remedy=REMEDY,
        )
    kept = pd.read_csv(
        io.StringIO(text), keep_default_na=False, na_values=dict.fromkeys(OUTCOMES, "")
    )
    values = kept[[*SCORES, *OUTCOMES]].astype(float)
    values["age"] = kept["age_days"] / YEAR
    values[EXCHANGED] = kept[EXCHANGED]
    people = people.assign(**{name: values[name].to_numpy() for name in values})
    people["last_possible"] = last_possible_day(people["month"])
    return split_at_medians(people)
