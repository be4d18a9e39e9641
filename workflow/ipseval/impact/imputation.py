"""Multiple imputation of an outcome by predictive mean matching, and Rubin's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import NotEstimableError
from ..lazy import np

if TYPE_CHECKING:
    from ..streams import Streams

DONORS = 5
SPARE = 30  # known people of an arm, beyond coefficients, that a regression needs


@dataclass(frozen=True)
class Completed:
    """Outcomes completed several times (n x imputations).

    by_the_mean: the arms (True: treated) with too few people for a regression, in which donors are
    drawn whatever the covariates say.
    """

    outcomes: np.ndarray
    by_the_mean: list[bool]


def completed(
    y: np.ndarray,
    treated: np.ndarray,
    covariates: np.ndarray,
    imputations: int,
    streams: Streams,
    name: str,
    weights: np.ndarray | None = None,
) -> Completed:
    """Return y (n) completed several times.

    Within each arm the outcome is regressed on the covariates (n x k, the intercept first and
    without treatment); parameters are drawn from their posterior, and a missing person gets the
    outcome of one of the five known people of the arm whose prediction is nearest (Little 1988,
    Journal of Business and Economic Statistics 6:287; Rubin 1987, ch. 5.3). Among people with the
    same prediction the donor is drawn at random, for each missing person anew. An arm without 30
    known people more than coefficients uses the mean alone.

    Random numbers belong to places in an order by covariates, outcome and the weight (n) that an
    estimate gives a person, and to an arm by its size, so that the order of rows, the names of
    people and those of arms move nothing.

    Raises InputError for an arm with fewer than two known outcomes.
    """
    filled = np.repeat(y[:, None], imputations, axis=1)
    last = () if weights is None else (weights,)
    order = np.lexsort((*last, y, *covariates.T[::-1]))
    by_the_mean = []
    for place, arm in enumerate(_by_size(y, treated)):
        of_arm = order[treated[order] == arm]
        known, missing = of_arm[~np.isnan(y[of_arm])], of_arm[np.isnan(y[of_arm])]
        if not len(missing):
            continue
        if len(known) < 2:
            raise NotEstimableError(
                f"'{name}' is known of {len(known)} people of an arm, from whom nobody is imputed",
                table="people",
                column=name,
                rule="two known outcomes or more in either arm",
                remedy="leave the group out of the family of the model in models.yaml",
            )
        x = covariates
        if len(known) <= x.shape[1] + SPARE:
            by_the_mean.append(arm)
            x = x[:, :1]
        draws = f"{name}|{place}"
        filled[missing] = _donated(y[known], x[known], x[missing], imputations, streams, draws)
    return Completed(filled, sorted(by_the_mean, reverse=True))


def _by_size(y: np.ndarray, treated: np.ndarray) -> list[bool]:
    """Return the arms, that with more known people first."""

    def size(arm: bool) -> tuple[int, int, float]:
        known = ~np.isnan(y) & (treated == arm)
        return int(known.sum()), int((treated == arm).sum()), float(np.sort(y[known]).sum())

    return sorted((True, False), key=size, reverse=True)


def _donated(
    y: np.ndarray,
    known: np.ndarray,
    missing: np.ndarray,
    imputations: int,
    streams: Streams,
    name: str,
) -> np.ndarray:
    """Return outcomes of donors (people missing x imputations)."""
    inverse = np.linalg.pinv(known.T @ known)
    beta = inverse @ (known.T @ y)
    residual, df = y - known @ beta, len(y) - np.linalg.matrix_rank(known)
    chi = streams.normal("imputation", f"{name}|scale", df * imputations)
    sigma = np.sqrt((residual @ residual) / (chi.reshape(df, -1) ** 2).sum(axis=0))
    root = np.linalg.cholesky(inverse + 1e-12 * np.trace(inverse) * np.eye(len(beta)))
    normal = streams.normal("imputation", f"{name}|slope", len(beta) * imputations)
    drawn = beta[:, None] + root @ normal.reshape(len(beta), -1) * sigma
    fitted = known @ beta
    order = np.argsort(fitted, kind="stable")
    predicted = missing @ drawn
    which, among = (
        streams.uniform("imputation", f"{name}|{step}", predicted.size).reshape(predicted.shape)
        for step in ("donor", "tie")
    )
    nearest = _one_of_nearest(fitted[order], predicted, which)
    # Whoever shares the prediction of that neighbour could as well be it.
    first, size = _ties(fitted[order])
    donor = first[nearest] + np.floor(among * size[nearest]).astype(np.int64)
    return y[order][donor]


def _one_of_nearest(ordered: np.ndarray, at: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return, for each of `at`, the place of one of the DONORS nearest of ascending numbers.

    `which` (0 to 1) chooses among them; there may be fewer numbers than DONORS.
    """
    window = min(DONORS, len(ordered))
    begin = np.searchsorted(ordered, at)
    best = np.clip(begin - window, 0, len(ordered) - window)
    gap = np.full(at.shape, np.inf)
    for shift in range(window + 1):
        start = np.clip(begin - window + shift, 0, len(ordered) - window)
        widest = np.maximum(at - ordered[start], ordered[start + window - 1] - at)
        best, gap = np.where(widest < gap, start, best), np.minimum(widest, gap)
    return best + np.floor(which * window).astype(np.int64)


def _ties(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return of each of ascending numbers where its run of equal ones begins, and its length.

    Numbers that differ by rounding alone are equal.
    """
    scale = max(float(np.abs(ordered).max()), 1e-300)
    run = np.concatenate([[0], np.cumsum(np.diff(ordered) > 1e-9 * scale)])
    counts = np.bincount(run)
    return (np.cumsum(counts) - counts)[run], counts[run]


def pooled(estimate: np.ndarray, std_error: np.ndarray, df: float) -> tuple[float, float, float]:
    """Return estimate, standard error and degrees of freedom pooled over m completed data sets.

    Rubin (1987), equations 3.1.2 to 3.1.5; degrees of freedom of Barnard and Rubin (1999),
    Biometrika 86:948.
    """
    m = len(estimate)
    within, between = np.mean(std_error**2), np.var(estimate, ddof=1)
    total = within + (1 + 1 / m) * between
    missing = (1 + 1 / m) * between / total
    observed = (df + 1) / (df + 3) * df * (1 - missing)
    pooled_df = observed if missing == 0 else 1 / (missing**2 / (m - 1) + 1 / observed)
    return float(estimate.mean()), float(np.sqrt(total)), float(pooled_df)
