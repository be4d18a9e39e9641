"""Results of one trial, loaded when an exhibit asks for them."""

import json
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from ..config.declared import TrialConfig
from .needs import FILES


class Data:
    """What builders of exhibits may read: results of earlier stages and declarations."""

    def __init__(self, folder: Path, config: TrialConfig, synthetic: bool, labels: dict[str, str]):
        self.folder = folder
        self.config = config
        self.synthetic = synthetic
        self.labels = labels

    def _csv(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / FILES[name])

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a randomised person."""
        return pd.read_parquet(self.folder / FILES["people"])

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Quality of the non-response weights, one row a weight, trial group and arm."""
        return self._csv("weights")

    @cached_property
    def flow(self) -> pd.DataFrame:
        """People at each step of each sample, by trial group and arm."""
        return self._csv("flow")

    @cached_property
    def allocation(self) -> pd.DataFrame:
        """Audit of the allocation list, one row a stratum."""
        return self._csv("allocation")

    @cached_property
    def checks(self) -> pd.DataFrame:
        """Rows and rules of each table of the extracts."""
        return self._csv("checks")

    @cached_property
    def repairs(self) -> pd.DataFrame:
        """What declared rules repaired in the extracts, one row a file and rule."""
        return self._csv("repairs")

    @cached_property
    def quality(self) -> pd.DataFrame:
        """Linkage quality by source, arm and trial group."""
        return self._csv("quality").fillna({"note": ""})

    @cached_property
    def passes(self) -> pd.DataFrame:
        """People linked by each pass that is used, by source."""
        return self._csv("passes")

    @cached_property
    def methods(self) -> pd.DataFrame:
        """Ways of linking against the known truth, by source."""
        return self._csv("methods")

    @cached_property
    def models(self) -> dict:
        """Settings and learned parameters of probabilistic passes, by source.pass."""
        return json.loads((self.folder / FILES["models"]).read_text(encoding="utf-8"))

    @cache  # noqa: B019 - one instance a job
    def economics(self, table: str) -> pd.DataFrame:
        """Results of the economics, a table of needs.ECONOMICS_TABLES."""
        return self._csv(table)

    @cached_property
    def draws(self) -> pd.DataFrame:
        """Monte Carlo draws, one row an appraisal, group and draw."""
        return pd.read_parquet(self.folder / FILES["draws"])

    def records(self, table: str) -> pd.DataFrame:
        """Records of a table of the extracts that is about no person."""
        return pd.read_parquet(self.folder / "extracts" / f"{table}.parquet")

    @cache  # noqa: B019 - one instance a job
    def impact(self, family: str) -> pd.DataFrame:
        """Estimates of a family."""
        return pd.read_csv(self.folder / "impact" / f"{family}.csv", dtype={"timepoint": "str"})

    def label(self, key: str) -> str:
        """Return the printed text of a key: declared, or the key itself made readable.

        A key with capitals is text already; keys joined by "/" or ", " are labelled part by part.
        """
        if key in self.labels:
            return self.labels[key]
        if key != key.lower():
            return key
        for separator in ("/", ", "):
            if separator in key:
                return ", ".join(self.label(part) for part in key.split(separator))
        return key.replace("_", " ").capitalize()
