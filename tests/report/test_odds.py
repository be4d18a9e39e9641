"""Forest plots of odds ratios and histograms: known answers, and numbers that stay hidden."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hand import GROUPS, estimate, family, results, value_at
from pydantic import ValidationError
from test_regressions import LOGIT

from ipseval.report.data import Data
from ipseval.report.exhibits.histogram import Histogram, _name, withheld
from ipseval.report.exhibits.odds_forest import OddsForest


def forest():
    spec = OddsForest.model_validate(
        {"kind": "odds_forest", "title": "T", "base": "All", "family": "f", "model": "logit"}
        | {"outcome": "work", "sites": ["north", "south"], "pooled": "all"}
    )
    rows = [
        estimate("north", "work", "logit", term="log odds arm", estimate=0.0, std_error=0.1, n=60),
        estimate("south", "work", "logit", term="log odds arm", estimate=1.0, std_error=0.2, n=40),
        estimate("all", "work", "logit", term="Cochran Q", statistic=20.0, df=1, p_value=7.7e-6),
        estimate("all", "work", "logit", term="I squared", estimate=0.95),
    ]
    return spec, results({"f": family(["work"], {"logit": LOGIT})}, {"f": rows})


def test_sites_are_weighed_by_the_inverse_of_their_variance():
    spec, data = forest()
    cells = spec.cells(data)
    assert value_at(cells, "work", "north", "odds_ratio") == (1.0, "1.00")
    assert value_at(cells, "work", "north", "weight") == (pytest.approx(80), "80.0")
    # (100 * 0 + 25 * 1) / 125 = 0.2 with error 1 / sqrt(125)
    pooled = [value_at(cells, "work", "all", c)[0] for c in ("low", "odds_ratio", "high")]
    reach = 1.959964 / np.sqrt(125)
    assert pooled == pytest.approx(np.exp([0.2 - reach, 0.2, 0.2 + reach]), rel=1e-6)
    assert value_at(cells, "work", "heterogeneity", "i_squared")[1] == "95.0"
    figure, alternative = spec.draw(cells, data)
    caption = "Q = 20.00 (df = 1, p = <0.001), I² = 95.0%"
    assert caption in alternative
    assert caption in figure.axes[0].get_xlabel()


def spread(**given):
    face = {"kind": "histogram", "title": "T", "base": "All", "column": "days", "unit": "days"}
    return Histogram.model_validate(face | {"edges": [0, 10, 20, 30]} | given)


def test_a_histogram_hides_bins_with_few_people():
    days = [5] * 6 + [10] * 2 + [30] * 2 + [5] * 5 + [25] * 5
    people = pd.DataFrame({"days": days, "arm": [1] * 10 + [0] * 10, "trial_group": "n"})
    people.loc[20] = [np.nan, 0, "n"]
    data = Data(None, SimpleNamespace(trial=SimpleNamespace(groups=GROUPS)), True, {})
    object.__setattr__(data, "people", people)
    cells = spread(smallest=2, group="north").cells(data)
    assert value_at(cells, "treatment", "0 to 9", "share") == (60.0, "60.0")
    assert value_at(cells, "treatment", "20 to 30", "share") == (20.0, "20.0")
    assert value_at(cells, "control", "10 to 19", "share") == (0.0, "0.0")
    assert set(cells["n"]) == {10}
    cells = spread(smallest=3).cells(data)
    hidden = cells[cells["printed"] == "c"]
    assert set(hidden["row"]) == {"10 to 19", "20 to 30"}
    assert hidden["value"].isna().all()
    assert len(hidden) == 4
    _, alternative = spread(smallest=3).draw(cells, data)
    assert "Treatment: most, 60.0%, in 0 to 9" in alternative


def test_a_hidden_bin_cannot_be_worked_out_from_the_others():
    counts = np.array([[50, 30, 1, 30], [20, 30, 25, 40]])
    # Hiding one bin alone would tell its count; the smallest of the others goes with it.
    assert withheld(counts, 10).tolist() == [False, True, True, False]
    assert withheld(counts, 1).sum() == 0


def test_edges_ascend():
    with pytest.raises(ValidationError, match="edges must ascend"):
        spread(edges=[0, 10, 10])


def test_bins_are_named_by_the_numbers_in_them():
    assert _name(0, 1, last=False) == "0"
    assert _name(1, 31, last=False) == "1 to 30"
    assert _name(183, 366, last=True) == "183 to 366"
    assert _name(0.5, 1, last=False) == "0.5 to 1"
