"""The page of a finished run: it holds its data, cells know their numbers, no link is dead."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from io import StringIO

import pandas as pd
import pytest

import ipseval
from ipseval.files import read_csv
from ipseval.report.cells import read_cells
from ipseval.report.island import opened
from ipseval.report.table_cells import true_minuses
from ipseval.why import why


class Page(HTMLParser):
    """Ids, links and cells of a page; `places` are (trial, exhibit, rows of the CSV, text)."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.places, self.heads = [], [], [], []
        self._exhibit, self._cell = None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given.get("href", ""))
        if re.fullmatch("h[1-6]", tag):
            self.heads.append(int(tag[1]))
        if tag == "figure":
            self._exhibit = (given["data-trial"], given["data-name"])
        if tag == "td" and "data-c" in given:
            self._cell = [*self._exhibit, [int(at) for at in given["data-c"].split()], ""]
        if tag == "br" and self._cell:
            self._cell[3] += "\n"

    def handle_data(self, data):
        if self._cell:
            self._cell[3] += data

    def handle_endtag(self, tag):
        if tag == "td" and self._cell:
            self.places.append(tuple(self._cell))
            self._cell = None


@pytest.fixture(scope="module")
def run(reference):
    return reference / "results/small"


@pytest.fixture(scope="module")
def content(run):
    return (run / "report/index.html").read_bytes()


@pytest.fixture(scope="module")
def page(content):
    return Page(content.decode("utf-8"))


@pytest.fixture(scope="module")
def carried(content):
    return {name: json.loads(text) for name, text in opened(content) if name}


def test_every_link_leads_to_a_place_on_the_page_and_ids_are_unique(page):
    assert len(page.ids) == len(set(page.ids))
    inner = [link[1:] for link in page.links if link.startswith("#")]
    assert len(inner) > 400
    assert set(inner) <= set(page.ids)
    # Others lead to the web; none to a file, which a page that was sent by mail does not have.
    assert [link for link in page.links if not re.match("#|https://", link)] == []


def test_no_heading_skips_a_level(page):
    assert page.heads[0] == 1
    assert page.heads.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(page.heads, page.heads[1:], strict=False))


def test_the_page_is_small_enough_to_mail(content):
    assert len(content) < 4_000_000


def test_the_page_holds_every_csv_of_an_exhibit_as_it_is(run, carried):
    for trial in ("hlt", "trailblazers", "nsw"):
        files = sorted((run / trial / "report/exhibits").glob("*.csv"))
        held = carried[f"cells-{trial}"]
        assert set(held) == {path.stem for path in files}
        for path in files:
            assert held[path.stem] == path.read_text(encoding="utf-8"), path


def test_each_cell_of_a_table_is_the_row_of_the_csv_that_it_names(run, page):
    tables, seen = {}, 0
    for trial, name, rows, text in page.places:
        if (trial, name) not in tables:
            tables[trial, name] = read_cells(run / trial / "report/exhibits" / f"{name}.csv")
        cells = tables[trial, name]
        lines = re.sub(r"\s*n = [\d,]+$", "", text).split("\n")
        assert len(lines) == len(rows)
        for line, at in zip(lines, rows, strict=True):
            cell = cells.iloc[at]
            plain = re.sub(r"\s+", " ", line).strip()
            if plain.endswith(" [u]"):
                assert cell["n"] < 30
                plain = plain.removesuffix(" [u]")
            if plain in ("[x]", "[z]", "[c]"):
                assert cell["printed"] == "-"
                continue
            if plain == "[low]":
                assert 0 < cell["value"] < 0.5
                continue
            wanted = cell["printed"] if pd.isna(cell["value"]) else true_minuses(cell["printed"])
            assert plain.replace(" ", "") == wanted.replace(" ", ""), (trial, name, at)
            seen += 1
    assert seen > 9000


def test_what_is_behind_a_number_is_what_why_says(run, carried):
    results = ipseval.open(run / "hlt")
    facts = carried["facts-hlt"]
    cell = {"panel": "scr_iw", "row": "health"}
    said = why(results, "table-2.1", cell)
    text = str(said)
    model = facts["families"]["health"]["models"]["ols_hc1"]
    lines = [
        *model["lines"],
        model["adjusted"]["eq5d5l_12m"],
        *facts["groups"]["scr_iw"],
        *facts["outcomes"]["eq5d5l_12m"]["outcome"],
        *facts["outcomes"]["eq5d5l_12m"]["records"],
        facts["files"]["impact/health.csv"]["made"],
    ]
    for line in lines:
        # The run stands in another folder than the package that is tested.
        assert line.split(" (")[0].split(", line")[0].split(" in config")[0] in text, line
    table = pd.read_csv(run / "hlt/impact/health.csv")
    own = table[(table["group"] == "scr_iw") & (table["model"] == "ols_hc1")].iloc[0]
    (shown,) = [
        row.split(",")
        for row in facts["estimates"]["health"].splitlines()
        if row.startswith("scr_iw,all,eq5d5l_12m") and ",ols_hc1,arm," in row
    ]
    names = facts["estimates"]["health"].splitlines()[0].split(",")
    assert shown[names.index("estimate")] == f"{own['estimate']:.6g}"
    assert int(shown[names.index("n")]) == own["n"]


def test_every_published_figure_stands_in_the_concordance_of_the_page(run, carried):
    table = read_csv(run / "concordance.csv", dtype="str", keep_default_na=False)
    held = carried["concordance"]
    rows = [row for rows in held["exhibits"].values() for row in rows]
    assert len(rows) == len(table)
    at = held["columns"].index("status")
    assert pd.Series([row[at] for row in rows]).value_counts().to_dict() == (
        table["status"].value_counts().to_dict()
    )


def test_the_findings_come_first_with_interval_n_and_what_is_reproduced(content):
    text = re.sub(r"<[^>]*>", " ", content.decode("utf-8"))
    start = unescape(re.sub(r"\s+", " ", text))
    start = start[start.index("Employed 13 weeks or more") : start.index("Search titles")]
    assert re.search(r"95% CI \u2212?[\d.]+ to [\d.]+; n = [\d,]+; p", start)
    assert "per £1 spent" in start
    assert "published figures" in start
    assert "Synthetic: none of these people exists" in start
    assert "Earnings in 1978" in start


@pytest.mark.parametrize("trial", ["hlt", "trailblazers", "nsw"])
def test_numbers_drawn_at_random_come_out_of_the_people_by_hand(run, carried, trial):
    """Means of people, computed without the package from the rows that the page names."""
    people = pd.read_parquet(run / trial / "outcomes/people.parquet")
    tables = [pd.read_csv(StringIO(text)) for text in carried[f"cells-{trial}"].values()]
    cells = pd.concat(tables, ignore_index=True)
    of_people = cells["source"].str.fullmatch(r"outcomes/people\.parquet: (?:\w+=\w+ )*column=\w+")
    means = cells[of_people & (cells["statistic"] == "mean") & (cells["row"] == "mean")]
    drawn = means.sample(10, random_state=2026, replace=len(means) < 10)
    for cell in drawn.itertuples():
        keys = dict(part.split("=") for part in cell.source.split(": ")[1].split())
        column, chosen = keys.pop("column"), people
        for key, value in keys.items():
            chosen = chosen[chosen[key].astype("str") == value]
        values = chosen[column].dropna().astype(float)
        assert len(values) == cell.n, (cell.exhibit, cell.source)
        assert values.mean() == pytest.approx(cell.value, rel=1e-9), (cell.exhibit, cell.source)


def test_effects_drawn_at_random_come_out_of_the_people_by_hand(run, carried):
    """Differences in means of the panel, computed without the package from people and groups."""
    people = pd.read_parquet(run / "hlt/outcomes/people.parquet")
    groups = {"scr_iw": ["scr_iw"], "scr_oow": ["scr_oow"], "wmca_oow": ["wmca_oow"]}
    groups |= {"all_scr": ["scr_iw", "scr_oow"], "all_oow": ["scr_oow", "wmca_oow"]}
    facts = carried["facts-hlt"]
    tables = [pd.read_csv(StringIO(facts["estimates"][name])) for name in ("primary", "robustness")]
    estimates = pd.concat(tables, ignore_index=True)
    plain = estimates[
        (estimates["model"] == "unadjusted_hc1") & estimates["outcome"].str.endswith("_12m")
    ]
    plain = plain[plain["outcome"].isin(["employed_13_weeks_12m", "earnings_total_12m"])]
    for line in plain.sample(10, random_state=2026, replace=len(plain) < 10).itertuples():
        own = people[people["trial_group"].isin(groups[line.group])]
        own = own[own[line.outcome].notna()]
        treated = own.loc[own["arm"] == 1, line.outcome].astype(float)
        control = own.loc[own["arm"] == 0, line.outcome].astype(float)
        assert (line.n, line.n_treatment, line.n_control) == (len(own), len(treated), len(control))
        assert line.estimate == pytest.approx(treated.mean() - control.mean(), rel=1e-4)
