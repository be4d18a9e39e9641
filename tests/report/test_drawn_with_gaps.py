"""A figure draws what is printed, and draws it, too, where numbers of it are withheld."""

import re

import numpy as np
import pandas as pd
import pytest

from ipseval.config.exhibits import FigureExhibit
from ipseval.config.load import load_project
from ipseval.report.cells import as_printed, printed_ends, printed_value, read_cells
from ipseval.report.data import Data
from ipseval.report.make import drawn
from ipseval.report.needs import config_from, config_slice


@pytest.mark.parametrize(
    ("printed", "value", "number", "ends"),
    [
        ("24.1%", 24.137931, 24.1, (24.05, 24.15)),
        ("83%", 0.8295, 0.83, (0.825, 0.835)),
        ("<0.001", 0.00047, 0.0005, (0.0, 0.001)),
        ("£1,251 (-£20 to £2,522)", 1251.3, 1251.0, (1250.5, 1251.5)),
        ("-£233", -233.4, -233.0, (-233.5, -232.5)),
        ("13 of 20", 20.0, 20.0, (19.5, 20.5)),
    ],
)
def test_a_text_stands_for_the_interval_that_it_rounds(printed, value, number, ends):
    assert printed_value(printed, value) == number
    assert printed_ends(printed, value) == pytest.approx(ends)


def test_a_text_without_the_number_stands_for_none():
    assert np.isnan(printed_value("Yes", 0.03))
    assert printed_ends("12.4%", 13.0) is None
    assert printed_ends("", np.nan) is None


def figures(project):
    """Yield (name, spec, cells, data) of the first figure with data of each kind."""
    seen = set()
    loaded = load_project(project.folder, {"run": "small"})
    for trial, config in loaded.trials.items():
        for chapter in config.exhibits.chapters:
            declared = config_slice(config, chapter)
            part = config_from(declared)
            folder = project.folder / "results" / "small" / trial
            data = Data(folder, part, True, declared["labels"], frozenset(declared["unlabelled"]))
            for name, spec in part.exhibits.exhibits.items():
                if isinstance(spec, FigureExhibit) and not spec.declared and spec.kind not in seen:
                    seen.add(spec.kind)
                    cells = read_cells(folder / "report" / "exhibits" / f"{name}.csv")
                    yield name, spec, as_printed(cells).drop(columns=["exhibit", "data"]), data


def test_every_kind_of_figure_draws_what_is_left_of_it(reference):
    """A third of its cells is withheld, and all of the first panel."""
    rng, kinds = np.random.default_rng(18), []
    for name, spec, cells, data in figures(reference):
        gone = rng.random(len(cells)) < 0.33
        if cells["panel"].nunique() > 1:
            gone |= (cells["panel"] == cells["panel"].iloc[0]).to_numpy()
        left = cells.copy()
        left.loc[gone, ["value", "n"]] = pd.NA
        left.loc[gone, ["printed", "stars"]] = ["[c]", ""]
        picture, alternative = drawn(spec, left, data, "")
        texts = " ".join(re.findall(r"<!-- (.*?) -->", picture.svg))
        for text in (alternative, texts):
            assert not re.search(r"(?i:\bnan\b)|<NA>|\bNone\b(?! of )", text), (name, text)
        kinds.append(spec.kind)
    assert len(kinds) >= 15, kinds
