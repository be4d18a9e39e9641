"""Errors that are clustered: sandwiches by cluster, their degrees of freedom, and the ICC."""

from __future__ import annotations

from ..errors import NotEstimableError
from ..lazy import np

LARGEST = 5_000  # people of a cluster whose adjustment matrix is made whole


def members_by_cluster(clusters: np.ndarray) -> list[np.ndarray]:
    """Return the positions of the people of each cluster; `clusters` (n) counts from 0."""
    order = np.argsort(clusters, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(clusters[order])) + 1)


def indicators(clusters: np.ndarray) -> np.ndarray:
    """Return which cluster everybody is in (n x clusters)."""
    return np.eye(clusters.max() + 1)[clusters]


def cr1_sandwich(
    rows: np.ndarray, residual: np.ndarray, clusters: np.ndarray, k: int
) -> np.ndarray:
    """Return the covariance CR1 (m x t x t) of coefficients that are rows (t x n) times outcomes.

    G/(G-1) (n-1)/(n-k) times the sum over G clusters of squared scores: Liang and Zeger (1986),
    Biometrika 73:13, with the small-sample factor of Stata's vce(cluster).
    """
    n, groups = residual.shape[0], int(clusters.max()) + 1
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    scores = _summed(rows[:, :, None] * residual[None, :, :], clusters)  # t x clusters x m
    return factor * np.einsum("tgm,sgm->mts", scores, scores)


def _summed(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return sums by cluster of values (t x n x m)."""
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    return np.add.reduceat(values[:, order], starts, axis=1)


def cr2_sandwich(
    rows: np.ndarray, residual: np.ndarray, q: np.ndarray, clusters: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariance CR2 (m x t x t) of least squares, and the degrees of freedom (t).

    Residuals of each cluster are multiplied by (I - H)^-1/2, so that the covariance is unbiased
    where errors are independent and alike: Bell and McCaffrey (2002), Survey Methodology 28:169;
    Pustejovsky and Tipton (2018), Journal of Business & Economic Statistics 36:672. Degrees of
    freedom are Satterthwaite's for that model, as clubSandwich and estimatr have them. q is the
    orthogonal factor of the design (n x k), rows are those of (X'X)^-1 X' of interest.
    """
    adjusted = np.empty_like(rows)
    for inside in members_by_cluster(clusters):
        own, r = q[inside], rows[:, inside]
        u, size, _ = np.linalg.svd(own, full_matrices=False)
        slack = 1 - size**2
        # A cluster that alone tells a column has no residual there: the inverse is a generalised
        # one, which leaves that direction out.
        safe = np.where(slack > 1e-10, slack, 1.0)
        change = np.where(slack > 1e-10, 1 / np.sqrt(safe) - 1, -1.0)
        adjusted[:, inside] = r + (r @ u) * change @ u.T
    scores = _summed(adjusted[:, :, None] * residual[None, :, :], clusters)
    covariance = np.einsum("tgm,sgm->mts", scores, scores)
    df = np.array([_satterthwaite(v, v, q, clusters) for v in adjusted])
    return covariance, df


def _satterthwaite(v: np.ndarray, scaled: np.ndarray, q: np.ndarray, clusters: np.ndarray) -> float:
    """Return (tr P)^2 / tr P^2 with P = diag(v'v) - S'S, S the sums of q v by cluster (k x G)."""
    own = _summed((v * scaled)[None, :, None], clusters)[0, :, 0]
    sums = _summed((q * v[:, None])[None], clusters)[0].T  # k x G
    trace = own.sum() - (sums**2).sum()
    inner = sums @ sums.T
    squares = (own**2).sum() - 2 * (own * (sums**2).sum(axis=0)).sum() + (inner**2).sum()
    if squares <= 1e-12 * max(1.0, own.sum() ** 2) or trace <= 0:
        raise NotEstimableError(
            "the clusters leave no degrees of freedom for this effect",
            rule="covariance CR2: more clusters than coefficients that vary between them",
            remedy="use fewer covariates, or covariance CR1",
        )
    return float(trace**2 / squares)


def cr2_of_likelihood(
    x: np.ndarray,
    weight: np.ndarray,
    residual: np.ndarray,
    inverse: np.ndarray,
    clusters: np.ndarray,
    contrast: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Return the covariance CR2 (k x k) of a model with a canonical link, and degrees of freedom.

    x (n x k), working weights (n; p(1-p) of a logit), residuals y - p (n), inverse information
    (k x k). Degrees of freedom are those of a contrast (k) of the coefficients. The working model
    is the model's own variance, as clubSandwich has it for glm.
    """
    scores, v = np.empty((clusters.max() + 1, x.shape[1])), np.empty(len(x))
    toward = inverse @ contrast
    for place, inside in enumerate(members_by_cluster(clusters)):
        if len(inside) > LARGEST:
            raise NotEstimableError(
                f"a cluster has {len(inside):,} people, of {LARGEST:,} at most",
                rule="covariance CR2 of a logit",
                remedy="use CR1",
            )
        root, own = np.sqrt(weight[inside]), x[inside] * weight[inside][:, None]
        b = np.diag(weight[inside]) - own @ inverse @ own.T
        values, vectors = np.linalg.eigh(root[:, None] * b * root)
        kept = values > 1e-10 * max(values.max(), 1e-300)
        power = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1)), 0)
        adjust = root[:, None] * ((vectors * power) @ vectors.T) * root
        scores[place] = x[inside].T @ (adjust @ residual[inside])
        v[inside] = adjust @ (x[inside] @ toward)
    covariance = inverse @ scores.T @ scores @ inverse
    factor = np.linalg.cholesky(inverse)
    return covariance, _satterthwaite(v, v * weight, x * weight[:, None] @ factor, clusters)


def cluster_covariance(scores: np.ndarray, inverse: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return the covariance CR1 (k x k) of a likelihood: G/(G-1) times the sandwich by cluster.

    scores (n x k) of each person, inverse information (k x k). As Stata's vce(cluster) has it, and
    R's vcovCL(type = "HC0").
    """
    groups = int(clusters.max()) + 1
    by_cluster = _summed(scores[None], clusters)[0]
    return groups / (groups - 1) * inverse @ by_cluster.T @ by_cluster @ inverse


def intraclass_correlation(y: np.ndarray, arm: np.ndarray, clusters: np.ndarray) -> float:
    """Return the intraclass correlation of an outcome (n) within arms, by analysis of variance.

    Donner and Koval (1980), Biometrics 36:19: from mean squares between clusters of an arm and
    within clusters. It may be below zero. NaN where every cluster is one person.
    """
    cells = np.unique(np.column_stack([arm, clusters]), axis=0, return_inverse=True)
    place, arms = cells[1].ravel(), cells[0][:, 0]
    sizes = np.bincount(place)
    means = np.bincount(place, y) / sizes
    n, groups, parts = len(y), len(sizes), len(np.unique(arms))
    if n <= groups or groups <= parts:
        return float("nan")
    within = ((y - means[place]) ** 2).sum() / (n - groups)
    between, typical = 0.0, float(n)
    for code in np.unique(arms):
        own = arms == code
        total = sizes[own].sum()
        centre = (sizes[own] * means[own]).sum() / total
        between += (sizes[own] * (means[own] - centre) ** 2).sum()
        typical -= (sizes[own] ** 2).sum() / total
    between, typical = between / (groups - parts), typical / (groups - parts)
    spread = between + (typical - 1) * within
    return float((between - within) / spread) if spread > 0 else float("nan")


def described_clusters(
    y: np.ndarray, arm: np.ndarray, clusters: np.ndarray | None
) -> dict[str, float]:
    """Return what a row says of its clusters: their number, the ICC and the design effect.

    The design effect is 1 + (m - 1) ICC, with m the mean size weighted by size.
    """
    if clusters is None:
        return {}
    sizes = np.bincount(clusters)
    icc = intraclass_correlation(y, arm, clusters)
    size = (sizes**2).sum() / sizes.sum()
    return {"clusters": len(sizes), "icc": icc, "design_effect": 1 + (size - 1) * icc}
