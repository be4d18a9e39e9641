"""What a release withholds stands in none of its forms: tables, figures, sentences, notebooks.

Two runs that differ in the withheld number alone make the same release, byte by byte.
"""

import json
import random
import shutil
import zipfile
from pathlib import Path

import pandas as pd
from helpers import trial_config
from release.made_up import ONS

from ipseval.release import control
from ipseval.release.trial import Task, control_trial
from ipseval.report.cells import read_source, same_text
from ipseval.report.data import Data
from ipseval.report.make import make_exhibit
from ipseval.report.needs import config_from, config_slice, shown_in, site_slice

ROOT = Path(__file__).resolve().parents[2]
CONFIG = trial_config("nsw")
NUMBERS = {
    "impact/earnings.csv": ["estimate", "ci_low", "ci_high", "mean_treatment", "effect_sd"],
    "economics/summary.csv": ["return_per_pound", "net_present_value", "cost_per_head"],
}


def is_of(source: str, chosen: dict[str, pd.Series]) -> bool:
    """Return whether a source names one of the rows that are chosen of files."""
    return any(
        all(same_text(chosen[f][k]) in map(same_text, v) for k, v in keys.items() if k in chosen[f])
        for f, keys in read_source(source)
        if f in chosen
    )


def released(folder: Path, monkeypatch, chosen: dict[str, pd.Series]) -> dict[str, bytes]:
    """Return the files of a release in which whatever comes from a chosen row is withheld."""
    taken = control._Build.taken

    def withheld(build, exhibit, at, line, counts, df):
        cell = taken(build, exhibit, at, line, counts, df)
        if is_of(line.source, chosen):
            cell.reason = control.PROTECTED
        return cell

    chapters = CONFIG.exhibits.chapters
    task = Task(
        run="small",
        trial="nsw",
        folder=folder,
        config=CONFIG,
        chapters={name: config_slice(CONFIG, name) for name in chapters},
        page=site_slice(CONFIG),
        notebooks={n: ROOT / f"notebooks/{one.notebook}.ipynb" for n, one in chapters.items()},
        drafts=folder / "drafts",
        policy=ONS,
        cuts=10,
        synthetic=False,
        as_is=True,
        earlier={},
    )
    with monkeypatch.context() as patch:
        patch.setattr(control._Build, "taken", withheld)
        list(control_trial(task, folder / "release"))
    with zipfile.ZipFile(folder / "release" / "released.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def make_exhibits(folder: Path) -> None:
    """Make the exhibits of the trial anew from its results."""
    for chapter in CONFIG.exhibits.chapters:
        slice_ = config_slice(CONFIG, chapter)
        config = config_from(slice_)
        data = Data(folder, config, False, slice_["labels"], frozenset(slice_["unlabelled"]))
        for name, spec in shown_in(config.exhibits, chapter).items():
            make_exhibit(name, spec, data, folder / "report" / "exhibits")


def test_a_withheld_number_changes_nothing_of_a_release(reference, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    chance = random.Random(5)
    one, other = tmp_path / "one", tmp_path / "other"
    shutil.copytree(reference / "results/small/nsw", one)
    make_exhibits(one)
    shutil.copytree(one, other)
    chosen = {}
    for file, columns in NUMBERS.items():
        table = pd.read_csv(one / file)
        of = "model" if "model" in table else "scenario"  # The first of each is told in prose.
        told = table[of] == table[of].iloc[0]
        told &= table["case"] == "economic" if "case" in table else True
        at = chance.choice(list(table.index[told]))
        chosen[file] = table.loc[at].copy()
        table[columns] = table[columns].astype(float)
        table.loc[at, columns] *= -chance.uniform(1.1, 3)
        if "as_expected" in table:  # Names of scenarios follow from it.
            table["as_expected"] = table["as_expected"].mask(table["as_expected"].notna(), False)
        table.to_csv(other / file, index=False)
    make_exhibits(other)
    shown = (other / "report" / "exhibits").iterdir()
    assert any((one / path.relative_to(other)).read_bytes() != path.read_bytes() for path in shown)
    first, second = (released(folder, monkeypatch, chosen) for folder in (one, other))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert json.loads(first["made.json"])["chapters"].keys() == set(CONFIG.exhibits.chapters)
    assert b"[c]" in first["prose.csv"]
