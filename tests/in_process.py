"""The stages of a trial as functions, one after the other, for trials that are read from tables."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ipseval.config.declared import TrialConfig
from ipseval.config.load import load_trial
from ipseval.config.read import read_section
from ipseval.config.run import Run
from ipseval.extracts.build import Context, build_tables
from ipseval.files import write_csv
from ipseval.impact.declared import estimate_declared
from ipseval.linkage.link import link_trial
from ipseval.outcomes.derive import derive_outcomes
from ipseval.report.data import Data
from ipseval.report.labels import declared_labels


@dataclass(frozen=True)
class Ran:
    """What the stages of a trial gave."""

    config: TrialConfig
    people: pd.DataFrame
    samples: pd.DataFrame
    estimates: dict[str, pd.DataFrame]
    said: list[str]

    def row(self, family: str, model: str, group: str | None = None) -> pd.Series:
        """Return the estimate of a model, of one outcome."""
        rows = self.estimates[family]
        rows = rows[(rows["model"] == model) & (rows["term"] == "arm")]
        rows = rows if group is None else rows[rows["group"] == group]
        assert len(rows) == 1
        return rows.iloc[0]

    def data(self, folder: Path) -> Data:
        """Write results where exhibits look for them, and return what exhibits read."""
        for name in ("outcomes", "impact"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.people.to_parquet(folder / "outcomes/people.parquet")
        write_csv(folder / "outcomes/samples.csv", self.samples)
        for family, rows in self.estimates.items():
            write_csv(folder / f"impact/{family}.csv", rows)
        return Data(folder, self.config, False, declared_labels(self.config))


def ran(root: Path, trial: str, run: str) -> Ran:
    """Return what the stages of a trial give under a project's folder."""
    config = load_trial(root / "config" / "trials", trial)
    source = read_section(root / "config" / "runs" / f"{run}.yaml", Run).extracts[trial]
    said: list[str] = []
    folder = root / "config" / "trials" / trial
    context = Context(config.trial, folder, root, 1, "published", 1.0, said.append)
    tables = build_tables(trial, source, config.extracts, context)
    linked = link_trial(tables, config.trial, b"x" * 32, False)
    derived = derive_outcomes(
        config.trial, config.outcomes, tables, linked["links"], linked["linkable"]
    )
    estimates = {
        name: estimate_declared(
            trial,
            name,
            config.estimates_of(name),
            1,
            derived.people,
            derived.months,
            pd.DataFrame(),
            said.append,
        )
        for name in config.models.names
    }
    return Ran(config, derived.people, derived.samples, estimates, said)
