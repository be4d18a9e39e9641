"""The calibration of the Trailblazers: what it reaches, and what is kept of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from effects import average_effect

from ipseval.config.read import read_section
from ipseval.config.run import ExtractSource
from ipseval.config.trial import Trial
from ipseval.errors import InputError
from ipseval.extracts.build import Context, keep_calibration
from ipseval.streams import Streams
from ipseval.twin import trailblazers
from ipseval.twin.published import Published
from ipseval.twin.trailblazers import kept, logit
from ipseval.twin.trailblazers.design import build
from ipseval.twin.trailblazers.models import CONTROLS, HEALTH, read_models
from ipseval.twin.trailblazers.settings import TrailblazersSettings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "config" / "trials" / "trailblazers"
PUBLISHED = ROOT / "config" / "published"


def context(folder: Path = FOLDER, say=lambda _: None) -> Context:
    trial = read_section(FOLDER / "trial.yaml", Trial)
    return Context(trial, folder, PUBLISHED, 2016, "published", 1, say)


@pytest.fixture(scope="module")
def settings() -> TrailblazersSettings:
    return read_section(FOLDER / "twin.yaml", TrailblazersSettings)


@pytest.fixture(scope="module")
def published() -> Published:
    return Published(PUBLISHED / "trailblazers")


@pytest.fixture(scope="module")
def models(published):
    return read_models(published)


@pytest.fixture(scope="module")
def before(settings, published) -> pd.DataFrame:
    return trailblazers._describe(settings, published, Streams(2016, "trailblazers"), context())


def test_people_are_kept_for_the_settings_as_they_are(before, settings, models):
    """After a change of the twin's settings: ipseval calibrate trailblazers."""
    mark = kept.mark_of(settings, models, 2016)
    assert kept.kept_for(FOLDER / kept.FILE, before, mark) is not None


def test_what_is_kept_is_read_back(tmp_path, before, settings, published, models):
    mark = kept.mark_of(settings, models, 2016)
    streams = Streams(2016, "trailblazers")
    people = trailblazers.make_people(settings, published, streams, context())
    path = tmp_path / "kept.csv"
    kept.keep(path, people, mark)
    assert path.read_bytes() == (FOLDER / kept.FILE).read_bytes()
    again = kept.kept_for(path, before, mark)
    pd.testing.assert_frame_equal(again, people)
    assert set(again) == {*before, *kept.OUTCOMES}


def test_nobody_is_kept_for_other_settings_seeds_or_cells(settings, models):
    mark = kept.mark_of(settings, models, 2016)
    other = settings.calibration.model_copy(update={"stream": 99})
    assert kept.mark_of(settings.model_copy(update={"calibration": other}), models, 2016) != mark
    assert kept.mark_of(settings, models, 2017) != mark
    assert kept.mark_of(settings, models[1:], 2016) != mark


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "\n".join(text.splitlines()[:-3]) + "\n",
        lambda text: text.replace("\n7820,9,", "\n7820,,"),
        lambda text: text.replace("\n7820,9,12,", "\n7820,9,99,"),
        lambda text: text.replace("age_days,", "age,"),
    ],
)
def test_a_file_that_was_edited_is_refused(tmp_path, before, damage):
    path, text = tmp_path / "kept.csv", (FOLDER / kept.FILE).read_text(encoding="utf-8")
    first_row = text.splitlines()[2]
    damaged = damage(text.replace(f"\n{first_row}", "\n7820,9,12," + first_row.split(",", 3)[3]))
    path.write_text(damaged, encoding="utf-8")
    mark = text.split()[3]
    with pytest.raises(InputError, match="its rows have been changed") as caught:
        kept.kept_for(path, before, mark)
    assert "ipseval calibrate trailblazers" in str(caught.value)
    assert kept.kept_for(tmp_path / "none.csv", before, mark) is None
    assert kept.kept_for(path, before, "another") is None


def test_a_trial_that_keeps_nobody_says_so():
    hlt = ExtractSource(source="synthetic", module="ipseval.twin.hlt")
    with pytest.raises(InputError, match="calibrated whenever they are made"):
        keep_calibration("hlt", hlt, context())
    nsw = ExtractSource(source="package", module="ipseval.extracts.readers.nsw")
    with pytest.raises(InputError, match="'nsw' has no synthetic people"):
        keep_calibration("nsw", nsw, context())


def test_a_search_from_the_start_reaches_the_printed_cells(before, settings, models):
    """Wherever it runs: the last bits of floating point, which differ, lead it to other people."""
    streams = Streams(2016, "trailblazers")
    people = trailblazers._search(before, settings, models, streams, context())
    off, effects, close, terms = [], 0, 0, 0
    for model in models:
        design = build(model, people, people[model.outcome].to_numpy())
        fit = logit.fit(design.x, design.y)
        treatment = design.names.index("treatment")
        if model.effect is not None:
            found = average_effect(design.x, fit.beta, treatment)
            off.append(abs(found - model.effect))
            effects += 1
        for (row, statistic), printed in model.cells.items():
            if row == "treatment" and statistic == "coefficient":
                close += abs(fit.beta[treatment] - printed) <= 0.0205
                terms += 1
        if model.split == "main" and model.panel != "pooled":
            inside = (people["site"] == model.panel) & (people["arm"] == 0)
            controls = CONTROLS[model.outcome in HEALTH][model.panel]
            share = round(model.cells["control_mean", "proportion"] * controls)
            assert people.loc[inside, model.outcome].sum() == share
    assert effects == 40
    assert np.median(off) < 0.0002
    assert max(off) < 0.003
    assert close / terms >= 0.85
