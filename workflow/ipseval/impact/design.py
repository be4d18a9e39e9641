"""Design matrices: treatment, then covariates chosen in advance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

TREATMENT = 1  # position of the treatment indicator; 0 is the intercept


@dataclass(frozen=True)
class Design:
    """A matrix of full column rank (n x k), the names of its columns, and those left out.

    Column 0 is the intercept, column 1 the treatment indicator.
    """

    matrix: np.ndarray
    names: list[str]
    collinear: list[str]


def build_design(
    people: pd.DataFrame,
    covariates: list[str],
    interacted: bool = False,
    weights: np.ndarray | None = None,
) -> Design:
    """Return the design of an intention-to-treat model.

    Text becomes dummies, with a category of its own for missing answers; a missing number is
    set to the mean and marked by an indicator (Puma et al. 2009, the dummy adjustment for
    baseline covariates of randomised trials). With interacted=True covariates are centred (at
    weighted means where there are weights) and
    interacted with treatment (Lin 2013, Annals of Applied Statistics 7:295), so that the
    coefficient of treatment stays the average effect. Columns that earlier ones determine are
    left out and named.
    """
    arm = people["arm"].to_numpy(dtype=float)
    columns = {"intercept": np.ones(len(people)), "arm": arm}
    extra = {}
    for name in covariates:
        extra |= _columns(people[name])
    if interacted:
        centred = {n: values - np.average(values, weights=weights) for n, values in extra.items()}
        extra = centred | {f"arm:{name}": arm * values for name, values in centred.items()}
    columns |= extra
    matrix = np.column_stack(list(columns.values()))
    keep = _independent(matrix)
    names = list(columns)
    return Design(
        matrix=matrix[:, keep],
        names=[name for name, kept in zip(names, keep, strict=True) if kept],
        collinear=[name for name, kept in zip(names, keep, strict=True) if not kept],
    )


def _columns(values: pd.Series) -> dict[str, np.ndarray]:
    missing = values.isna()
    if pd.api.types.is_numeric_dtype(values):
        filled = values.astype(float).fillna(values.mean())
        columns = {str(values.name): filled.to_numpy()}
        if missing.any():
            columns[f"{values.name}=missing"] = missing.to_numpy(dtype=float)
        return columns
    dummies = pd.get_dummies(values.fillna("missing"), dtype=float).iloc[:, 1:]
    return {f"{values.name}={name}": dummies[name].to_numpy() for name in dummies}


def _independent(matrix: np.ndarray) -> np.ndarray:
    """Return which columns are not linear combinations of columns before them."""
    scale = np.sqrt((matrix**2).sum(axis=0))
    safe = np.where(scale > 0, scale, 1)
    # With unit columns the diagonal of R is the sine of the angle to the columns before.
    diagonal = np.abs(np.diag(np.linalg.qr(matrix / safe, mode="r")))
    return (scale > 0) & (diagonal > 1e-7)
