"""Impacts of all groups: estimates, how they vary together, and draws of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config.economics import Economics
from ..errors import InputError
from ..streams import Streams
from .quantities import deflated


@dataclass(frozen=True)
class Impacts:
    """K impacts, one a group and name: estimate, std_error, p_value (K), covariance (K x K), and
    n, the people of its group that an estimate is from (K)."""

    keys: list[tuple[str, str]]
    estimate: np.ndarray
    std_error: np.ndarray
    p_value: np.ndarray
    n: np.ndarray
    covariance: np.ndarray

    def places(self, group: str) -> dict[str, int]:
        """Return name -> place, of one group."""
        return {name: i for i, (key_group, name) in enumerate(self.keys) if key_group == group}

    def detected(self, group: str, level: float | None) -> set[str]:
        """Return the impacts with a p-value below a level; all of them if it is None."""
        return {
            name
            for name, i in self.places(group).items()
            if level is None or self.p_value[i] < level
        }

    def of(self, group: str) -> dict[str, float]:
        return {name: float(self.estimate[i]) for name, i in self.places(group).items()}


def read_impacts(economics: Economics, estimates: pd.DataFrame, joint: pd.DataFrame) -> Impacts:
    """Return the impacts that economics.yaml names, from estimates of their families and the pairs
    of impact/joint/covariance.csv; those on amounts of money at the price year of the results.

    Raises InputError where a group has no such estimate.
    """
    rows: dict[tuple[str, ...], list] = {}
    for row in estimates[estimates["term"] == "arm"].itertuples():
        rows.setdefault((row.family, row.group, row.outcome, row.model), []).append(row)
    keys, matched = [], []
    for group in economics.groups:
        for name, spec in economics.impacts.items():
            matches = rows.get((spec.family, group, spec.outcome, spec.model), [])
            if len(matches) != 1:
                raise InputError(
                    f"expected one impact on '{spec.outcome}' for group '{group}', "
                    f"found {len(matches)}",
                    table=f"impact/{spec.family}.csv",
                    rule=f"impacts.{name}",
                    remedy="estimate it in models.yaml, or leave the group out",
                )
            keys.append((group, name))
            matched.append(matches[0])
    prices = np.array([deflated(economics.impacts[name].price_year, economics) for _, name in keys])
    estimate, std_error, p_value, n = (
        np.array([getattr(row, name) for row in matched], dtype=float)
        for name in ("estimate", "std_error", "p_value", "n")
    )
    covariance = _square(joint, keys) * np.outer(prices, prices)
    return Impacts(keys, estimate * prices, std_error * prices, p_value, n, covariance)


def _square(joint: pd.DataFrame, keys: list[tuple[str, str]]) -> np.ndarray:
    place = {key: i for i, key in enumerate(keys)}
    rows = [place[key] for key in zip(joint["group"], joint["impact"], strict=True)]
    others = [place[key] for key in zip(joint["other_group"], joint["other_impact"], strict=True)]
    square = np.full((len(keys), len(keys)), np.nan)
    square[rows, others] = square[others, rows] = joint["covariance"]
    if np.isnan(square).any():
        raise InputError(
            "pairs of impacts are missing",
            table="impact/joint/covariance.csv",
            rule="a row for every pair of impacts",
            remedy="remove the file and run again",
        )
    return square


def standard_normals(impacts: Impacts, streams: Streams, n: int) -> np.ndarray:
    """Return K x n standard normal numbers, a stream for each impact."""
    normals = np.empty((len(impacts.keys), n))
    for row, (group, name) in zip(normals, impacts.keys, strict=True):
        row[:] = streams.normal("economics", f"impact|{group}|{name}", n)
    return normals


def root_of(covariance: np.ndarray) -> np.ndarray:
    """Return the symmetric root F (K x K) of a covariance: F F' is the covariance.

    Impacts may depend on each other linearly (a total and its parts), so eigenvalues that are zero
    but for rounding count as zero. The symmetric root does not depend on the order of impacts.
    """
    scale = np.sqrt(np.diag(covariance))
    safe = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(safe, safe))
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return safe[:, None] * root
