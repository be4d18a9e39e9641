"""Results of one trial, loaded when an exhibit asks for them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from copy import copy
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..catalogue import path_of
from ..files import read_csv
from ..lazy import pd
from .sentences import people
from .sentences.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config.declared import TrialConfig
    from ..config.economics import Economics


# Printed texts of keys of exhibits that nothing declares, where they are not the key itself.
HEADS = {
    "p": "p-value",
    "p_value": "p-value",
    "p_adjusted": "Adjusted p-value",
    "n": "n",
    "linkable": "Eligible for linkage",
    "linkable_share": "Eligible for linkage, share",
    "fits_two": "Matches more than one person",
    "least_score": "Lowest probability",
    "guessed_right": "Correct guesses (%)",
    "expected_of_design": "Expected under the design (%)",
    "set_missing": "Values set to missing",
    "left_out": "Rows excluded",
    "nino": "National Insurance number",
    "nhs_number": "NHS number",
    "used": "Method used in the report",
}


def summed_path(name: str) -> str:
    """Return the file of what is summed up, relative to the released results of a trial."""
    return f"prose/{name}.csv"


class NotReleasedError(LookupError):
    """Prose asks for a result of which a release has nothing."""


class Data:
    """What exhibits are made from: results of earlier stages, and declarations.

    labels: printed texts of keys. unlabelled: keys that have a printed text which was not given,
    because nothing here said that it prints it.
    """

    def __init__(
        self,
        folder: Path,
        config: TrialConfig,
        synthetic: bool,
        labels: dict[str, str],
        unlabelled: frozenset[str] = frozenset(),
    ):
        self.folder = folder
        self.config = config
        self.synthetic = synthetic
        self.labels = labels
        self._unlabelled = unlabelled
        self.by_setting = False

    def labelled(self, labels: dict[str, str]) -> Data:
        """Return the same, in which an exhibit's own texts of keys stand before the trial's."""
        if not labels:
            return self
        other = copy(self)
        other.labels = self.labels | labels
        return other

    @contextmanager
    def named_by_setting(self) -> Iterator[None]:
        """For a while, names that would follow from results are those of settings."""
        self.by_setting = True
        try:
            yield
        finally:
            self.by_setting = False

    @cache  # noqa: B019 - one instance a job
    def table(self, name: str) -> pd.DataFrame:
        """Return a result by its name in the catalogue, a CSV or Parquet file."""
        path = self._path(path_of(name))
        return pd.read_parquet(path) if path.suffix == ".parquet" else read_csv(path)

    @cache  # noqa: B019 - one instance a job
    def summed(self, name: str) -> pd.DataFrame:
        """Return people summed up for prose, `allocation` or `responses`."""
        if name == "allocation":
            return people.allocation(self.people)
        if name == "responses":
            return people.response_rates(self.table("weights"))
        raise KeyError(name)

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a randomised person."""
        return self.table("people")

    @cached_property
    def quality(self) -> pd.DataFrame:
        """Linkage quality by source, arm and trial group."""
        return self.table("quality").fillna({"note": ""})

    @cached_property
    def match_models(self) -> dict:
        """Settings and learned parameters of probabilistic passes, by source.pass."""
        return json.loads(self._path(path_of("match_models")).read_text(encoding="utf-8"))

    @property
    def economics(self) -> Economics:
        """What economics.yaml declares. Raises LookupError where the trial has none.

        No exhibit of a trial without economics is of them: Exhibit.problems refuses it.
        """
        if self.config.economics is None:
            raise LookupError("the exhibit needs economics.yaml")
        return self.config.economics

    @property
    def low_quality_below(self) -> int | None:
        """People behind a number below whom it is marked as of low quality."""
        return self.config.exhibits.low_quality_below

    @cache  # noqa: B019 - one instance a job
    def records(self, table: str) -> pd.DataFrame:
        """Records of a table of the extracts that is about no person."""
        return pd.read_parquet(self._path(path_of("extracts", table)))

    @cache  # noqa: B019 - one instance a job
    def impact(self, family: str) -> pd.DataFrame:
        """Estimates of a family."""
        return read_csv(self._path(path_of("impact", family)), dtype={"timepoint": "str"})

    def _path(self, file: str) -> Path:
        """Return the place of a result."""
        return self.folder / file

    @property
    def words(self) -> Words:
        """How sentences about estimates name things, and at which level."""
        return Words(self.label, self.config.trial.currency, self.config.models.confidence_level)

    def label(self, key: str) -> str:
        """Return the printed text of a key: declared, or the key itself made readable.

        A key with capitals is text already; keys joined by "/" or ", " are labelled part by part.
        Raises LookupError for a key whose text is declared and was not given.
        """
        if key in self.labels:
            return self.labels[key]
        if key in HEADS:
            return HEADS[key]
        if key in self._unlabelled:
            raise LookupError(f"an exhibit prints the label of '{key}', which it does not name")
        if key != key.lower():
            return key
        for separator in ("/", ", "):
            if separator in key:
                return ", ".join(self.label(part) for part in key.split(separator))
        return key.replace("_", " ").capitalize()


class ReleasedData(Data):
    """What prose of a release is made from: rows of results as they leave (report/told.py)."""

    @cache  # noqa: B019 - one instance a job
    def summed(self, name: str) -> pd.DataFrame:
        """Return people summed up, as far as that is released."""
        return read_csv(self._path(summed_path(name)))

    def _path(self, file: str) -> Path:
        """Return the place of a result; refuse one of which nothing is released."""
        path = super()._path(file)
        if not path.exists():
            raise NotReleasedError(file)
        return path
