"""Design matrices: treatment, then covariates chosen in advance."""

from __future__ import annotations

from dataclasses import dataclass

from ..arms import CODES, treated
from ..errors import NotEstimableError
from ..lazy import np, pd

INTERACTION = "arm:"  # prefix of a product with treatment
MOST_LEVELS = 50  # of a category with few people
OTHER_ARM = "other arm "  # name of the dummy of an arm that is not compared
TREATMENT = 1  # position of the first term of interest; 0 is the intercept


@dataclass(frozen=True)
class DesignMatrix:
    """A matrix of full column rank (n x k), the names of its columns, and those left out.

    Column 0 is the intercept, columns 1 to `terms` are the treatment indicators: one, or one a
    level of a subgroup.
    """

    matrix: np.ndarray
    names: list[str]
    collinear: list[str]
    terms: int = 1

    @property
    def of_interest(self) -> slice:
        return slice(TREATMENT, TREATMENT + self.terms)


def build_design(
    people: pd.DataFrame,
    covariates: list[str],
    interacted: bool = False,
    weights: np.ndarray | None = None,
    by: pd.Series | None = None,
    interaction: str | None = None,
) -> DesignMatrix:
    """Return the design of an intention-to-treat model.

    Text becomes dummies, with a category of its own for missing answers; a missing number is
    set to the mean and marked by an indicator (Puma et al. 2009, the dummy adjustment for
    baseline covariates of randomised trials). With interacted=True covariates are centred (at
    weighted means where there are weights) and
    interacted with treatment (Lin 2013, Annals of Applied Statistics 7:295), so that the
    coefficient of treatment stays the average effect. With `by`, the subgroup of each person
    (categories, none missing), there is a treatment indicator for every level and a dummy for
    every level but the first. With `interaction`, a 0/1 column of people, that column and its
    product with treatment follow treatment. People of arms that are not compared have a dummy an
    arm, and of a trend the arm is its dose. Columns that earlier ones determine are left out and
    named.

    Raises InputError where nobody or everybody of a level is treated.
    """
    arm = treated(people).astype(float)
    if "dose" in people:
        arm = people["dose"].to_numpy(dtype=float)
    columns = {"intercept": np.ones(len(people))}
    extra = {}
    if by is None:
        columns["arm"] = arm
    else:
        levels = {level: (by == level).to_numpy(dtype=float) for level in by.cat.categories}
        columns |= {f"{INTERACTION}{level}": arm * inside for level, inside in levels.items()}
        extra = {f"{by.name}={level}": inside for level, inside in list(levels.items())[1:]}
    terms = len(columns) - 1
    for code in sorted({*people["arm"]} - {*CODES.values()}):
        extra[f"{OTHER_ARM}{code}"] = (people["arm"] == code).to_numpy(dtype=float)
    if interaction:
        other = people[interaction].to_numpy(dtype=float)
        columns |= {interaction: other, f"{INTERACTION}{interaction}": arm * other}
    for name in covariates:
        extra |= _columns(people[name])
    if interacted:
        centred = {n: values - np.average(values, weights=weights) for n, values in extra.items()}
        extra = centred | {f"{INTERACTION}{name}": arm * values for name, values in centred.items()}
    columns |= extra
    matrix = np.column_stack(list(columns.values()))
    keep = independent_columns(matrix)
    names = list(columns)
    if not keep[: TREATMENT + terms].all():
        raise NotEstimableError(
            "the effect of treatment cannot be told from the rest of the model",
            rule="treated and controls in every group and subgroup",
            remedy="merge levels of the subgroup, or leave it out of models.yaml",
        )
    return DesignMatrix(
        matrix=matrix[:, keep],
        names=[name for name, kept in zip(names, keep, strict=True) if kept],
        collinear=[name for name, kept in zip(names, keep, strict=True) if not kept],
        terms=terms,
    )


def _columns(values: pd.Series) -> dict[str, np.ndarray]:
    missing = values.isna()
    if pd.api.types.is_numeric_dtype(values):
        filled = values.astype(float).fillna(values.mean())
        columns = {str(values.name): filled.to_numpy()}
        if missing.any():
            columns[f"{values.name}=missing"] = missing.to_numpy(dtype=float)
        return columns
    if (levels := values.nunique()) > max(MOST_LEVELS, len(values) // 5):
        raise NotEstimableError(
            f"'{values.name}' has {levels:,} levels among {len(values):,} people, too many for "
            "dummies",
            table="people",
            column=str(values.name),
            rule=f"a category of at most {MOST_LEVELS} levels, or a fifth of the people",
            remedy="merge levels (kind bands or one_of in outcomes.yaml), declare a number as a "
            "number, or leave it out of the covariates",
        )
    dummies = pd.get_dummies(values.fillna("missing"), dtype=float).iloc[:, 1:]
    return {f"{values.name}={name}": dummies[name].to_numpy() for name in dummies}


def independent_columns(matrix: np.ndarray) -> np.ndarray:
    """Return which columns are not linear combinations of columns before them."""
    scale = np.sqrt((matrix**2).sum(axis=0))
    safe = np.where(scale > 0, scale, 1)
    # With unit columns the diagonal of R is the sine of the angle to the columns before.
    diagonal = np.abs(np.diag(np.linalg.qr(matrix / safe, mode="r")))
    return (scale > 0) & (diagonal > 1e-7)
