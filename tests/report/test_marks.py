"""An exhibit says which of its numbers were calibrated or assumed, cell by cell and in a note."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from made_results import TRIALS, moved, small, tables_of
from matplotlib.figure import Figure

from ipseval.catalogue import path_of
from ipseval.economics.behind import solved_from
from ipseval.files import write_csv, write_parquet
from ipseval.report.cells import read_cells
from ipseval.report.concordance import KEYS, concordance, read_published
from ipseval.report.data import Data
from ipseval.report.formats import round_half_up
from ipseval.report.labels import declared_labels, economics_labels
from ipseval.report.make import make_exhibit

# Stands in for a drawn picture.
PICTURE = SimpleNamespace(svg="", cuts=[], figure=Figure())
TRIAL = "hlt"
SOLVED = ["saving_of_employment", "decay_of_health"]
SHOWN = {n: s for n, s in TRIALS[TRIAL].exhibits.exhibits.items() if s.shows_economics}


def exhibits_of(economics, folder):
    """Return the cells and the card of every exhibit of the economics, by its name."""
    tables, draws = tables_of(TRIAL, economics)
    for name, table in tables.items():
        write_csv(folder / path_of(name), table)
    write_parquet(folder / path_of("draws"), draws)
    config = replace(TRIALS[TRIAL], economics=economics)
    labels = declared_labels(config) | economics_labels(config)
    data = Data(folder, config, True, labels)
    found = {}
    for name, spec in SHOWN.items():
        if spec.kind == "text_returns":
            claims = {n: c for n, c in spec.claims.items() if c.group in economics.groups}
            spec = spec.model_copy(update={"claims": claims})
        if getattr(spec, "group", None) in (None, *economics.groups):
            make_exhibit(name, spec, data, folder)
            card = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            found[name] = read_cells(folder / f"{name}.csv"), card
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ipseval.report.make.drawn", lambda *_: (PICTURE, ""))
        yield lambda economics: exhibits_of(economics, tmp_path_factory.mktemp("exhibits"))


@pytest.fixture(scope="module")
def declared(folders):
    return folders(small(TRIAL))


@pytest.mark.parametrize("number", SOLVED)
def test_every_exhibit_that_moves_with_a_solved_number_says_so(folders, declared, number):
    label = TRIALS[TRIAL].economics.quantities[number].label
    moves = {"table-2.2", "economic-returns" if number == "decay_of_health" else "returns"}
    for name, (after, _) in folders(moved(small(TRIAL), number)).items():
        before, card = declared[name]
        keys = ["panel", "row", "column", "statistic"]
        if not before[keys].equals(after[keys]):  # in another order, or another driver
            before, after = (one.set_index(keys) for one in (before, after))
            after = after.reindex(before.index)
        alike = (before["value"] == after["value"]) | before["value"].isna()
        changed = before[~(alike & (before["printed"] == after["printed"]))]
        assert changed["solved"].str.split(";").map(lambda names: number in names).all(), name
        if len(changed):
            moves.discard(name)
            calibrated = [note for note in card["notes"] if note.startswith("Calibrated")]
            assert len(calibrated) == 1
            assert label in calibrated[0]
            assert "Table 2.2" in calibrated[0]
    assert not moves


def test_a_note_names_the_edition_of_the_guidance(declared):
    notes = {name: card["notes"] for name, (_, card) in declared.items()}
    assert "Guidance followed: Green Book, 2022 edition." in notes["table-2.2"]
    assert any("Green Book, 2018 edition" in note for note in notes["published-settings"])


def test_only_the_cells_that_a_number_was_solved_from_agree_by_construction(declared):
    """Printed as made, so that all agree: five of fifteen do by construction, those of one group
    here, and none where the number is no longer behind the cell."""
    cells, _ = declared["table-2.2"]
    published = read_published([])
    printed = cells["value"].map(lambda value: round_half_up(value, 2))
    lines = cells.assign(exhibit="hlt:table-2.2", decimals="2", note="", value=printed)
    published = lines.reindex(columns=published.columns)
    solved = {tuple(cell): names for cell, names in solved_from([TRIALS[TRIAL].economics])}
    found = concordance(published, {"hlt:table-2.2": cells}, solved=solved)
    status = found.set_index(KEYS[1:3])["status"].to_dict()
    assert status == {
        ("cost_per_recruit_to_treatment_group", "treatment"): "agrees",
        ("financial_return_per_gbp_spent", "treatment"): "by_construction",
        ("economic_return_per_gbp_spent", "treatment"): "by_construction",
    }
    without = concordance(published, {"hlt:table-2.2": cells.assign(solved="")}, solved=solved)
    assert set(without["status"]) == {"agrees"}
    assert len(solved) == 5


def test_a_scenario_on_the_other_side_of_the_reference_is_named_by_what_it_sets(tmp_path):
    """An impact that does harm: what makes it last longer makes it worse."""
    economics = small("trailblazers", groups=2)
    summary = tables_of("trailblazers", economics)[0]["summary"]
    optimistic = (summary["scenario"] == "optimistic") & (summary["case"] == "economic")
    assert summary.loc[optimistic, "as_expected"].all()
    assert summary.loc[summary["scenario"] == "reference", "as_expected"].isna().all()
    harmful, _ = tables_of("trailblazers", economics, harm="north_east")
    summary = harmful["summary"]
    bad = summary[summary["group"] == "north_east"].set_index(["appraisal", "case", "scenario"])
    at = ("every_estimate", "economic")
    assert (
        bad.loc[(*at, "optimistic"), "net_present_value"]
        < bad.loc[(*at, "pessimistic"), "net_present_value"]
    )
    assert not bad.loc[(*at, "optimistic"), "as_expected"]
    write_csv(tmp_path / path_of("summary"), summary)
    config = replace(TRIALS["trailblazers"], economics=economics)
    labels = declared_labels(config) | economics_labels(config)
    data = Data(tmp_path, config, True, labels)
    spec = config.exhibits.exhibits["scenarios"]
    rows = set(spec.cells(data)["row"])
    label = economics.appraisals["every_estimate"].label
    assert f"{label}: Optimistic" not in rows
    named = "Cost of a place 2,116, utility of recovery 0.17, decay 0.2, up to 5 years"
    assert f"{label}: {named}" in rows
    (note,) = spec.noticed(data)
    assert f"Optimistic, {label} (North East)" in note
