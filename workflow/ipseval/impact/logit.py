"""Logit models of binary outcomes: fitted, penalised, and what they predict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import InputError, NotEstimableError
from ..lazy import np, pd
from .clusters import cluster_covariance, cr2_of_likelihood
from .design import INTERACTION, DesignMatrix, independent_columns

if TYPE_CHECKING:
    from .estimators.logit import LogitModel
    from .estimators.standardised import Standardised
    from .samples import AnalysisSample


class NoMaximumError(NotEstimableError):
    """A likelihood has no maximum: columns separate the outcomes, or nearly so."""


@dataclass(frozen=True)
class Logit:
    """A fitted logit.

    names, coefficients (k) and covariance (k x k) of the columns kept; matrix (people used x k);
    used (n, bool), the people in the estimation; dropped, how many people each column predicted
    perfectly.
    """

    names: list[str]
    coefficients: np.ndarray
    covariance: np.ndarray
    matrix: np.ndarray
    used: np.ndarray
    dropped: dict[str, int]
    # Degrees of freedom of a contrast (k) of the coefficients; None: statistics are normal.
    df_of: Callable[[np.ndarray], float] | None = None

    def df(self, gradient: np.ndarray) -> float | None:
        """Return the degrees of freedom of a contrast (k) of the coefficients; None: normal."""
        return None if self.df_of is None else self.df_of(gradient)

    @property
    def std_errors(self) -> np.ndarray:
        return np.sqrt(np.diag(self.covariance))

    def margin(self, **values: float) -> tuple[float, np.ndarray]:
        """Return the mean probability (and its gradient, k) were columns set to values.

        Products with treatment follow their factors. Everybody counts, whatever they had.
        """
        from scipy.special import expit

        x = self.matrix.copy()
        for name, value in values.items():
            x[:, self.names.index(name)] = value
        for name in self.names:
            if name.startswith(INTERACTION):
                factor = name.removeprefix(INTERACTION)
                arm, other = self.names.index("arm"), self.names.index(factor)
                x[:, self.names.index(name)] = x[:, arm] * x[:, other]
        p = expit(x @ self.coefficients)
        return float(p.mean()), (p * (1 - p)) @ x / len(x)

    def margin_and_error(self, **values: float) -> tuple[float, float]:
        """Return a mean probability and its delta-method standard error."""
        value, gradient = self.margin(**values)
        return value, self.error(gradient)

    def average_marginal_effect(self) -> tuple[float, float]:
        """Return the mean change when treatment goes from 0 to 1, and its standard error."""
        (one, up), (zero, down) = self.margin(arm=1), self.margin(arm=0)
        return one - zero, self.error(up - down)

    def effect_df(self) -> float | None:
        """Return the degrees of freedom of the average marginal effect; None: normal."""
        (_, up), (_, down) = self.margin(arm=1), self.margin(arm=0)
        return self.df(up - down)

    def error(self, gradient: np.ndarray) -> float:
        """Return the standard error of a contrast (k) of the coefficients."""
        return float(np.sqrt(gradient @ self.covariance @ gradient))


def fit_logit(outcome: np.ndarray, design: DesignMatrix, covariance: str) -> Logit:
    """Return the logit of a binary outcome (n) on a design, by maximum likelihood.

    A dummy with a level at which everybody has the same outcome is left out, and so are the
    people of that level, again and again until there is none: Stata's rule for `logit`. HC1
    multiplies the sandwich by N/(N-1), as its vce(robust) does; statsmodels' own HC1 is plain
    HC0.

    Raises InputError where the outcome is not 0 or 1, and NoMaximumError where treatment itself
    predicts it or where nothing converges.
    """
    from statsmodels.discrete.discrete_model import Logit as Likelihood

    refuse_unless_yes_or_no(outcome)
    used, kept, dropped = without_perfect_prediction(outcome, design)
    y, x = outcome[used], design.matrix[np.ix_(used, kept)]
    # Errors by cluster follow, when it is known who is in the estimation.
    robust = "HC0" if covariance in ("HC0", "HC1") else "nonrobust"
    problem = NoMaximumError(
        f"a logit of {len(y)} people and {x.shape[1]} columns has no maximum",
        rule="a likelihood with a maximum, found in 100 iterations",
        remedy="use fewer covariates for this group, or estimator firth",
    )
    try:
        # What does not converge is raised here, so the library need not warn of it as well.
        fit = Likelihood(y, x).fit(
            disp=0, method="newton", maxiter=100, cov_type=robust, warn_convergence=False
        )
    except np.linalg.LinAlgError:
        raise problem from None
    if not fit.mle_retvals["converged"]:
        raise problem
    factor = len(y) / (len(y) - 1) if covariance == "HC1" else 1
    names = [design.names[i] for i in kept]
    return Logit(names, fit.params, fit.cov_params() * factor, x, used, dropped)


def refuse_unless_yes_or_no(outcome: np.ndarray) -> None:
    """Raise InputError where an outcome is not 0 or 1."""
    if not np.isin(outcome, (0, 1)).all():
        raise InputError(
            "an outcome of a logit has other values than 0 and 1",
            rule="logit: yes or no of each person",
            remedy="choose another estimator for it in models.yaml",
        )


def fit_sample(
    sample: AnalysisSample, name: str, model: LogitModel | Standardised
) -> tuple[AnalysisSample, Logit, dict[str, int]]:
    """Return the people used, the logit of a sample's only outcome, and people lost by level.

    Levels of a category go before the design is made, so that the first of those left is the
    reference; people lost to other dummies may leave further levels without variation.
    """
    dropped: dict[str, int] = {}
    while True:
        flat = flat_levels(sample.people, model.adjusted_for(name), sample.outcomes[:, 0])
        if flat:
            dropped |= {level: int(inside.sum()) for level, inside in flat.items()}
            sample = sample.part(~np.logical_or.reduce(list(flat.values())), 0)
            continue
        fit = fit_logit(sample.outcomes[:, 0], model.design(sample, name), model.covariance)
        dropped |= fit.dropped
        if fit.used.all():
            return sample, _clustered(fit, sample, model.covariance), dropped
        sample = sample.part(fit.used, 0)


def _clustered(fit: Logit, sample: AnalysisSample, covariance: str) -> Logit:
    """Return a fit with errors by cluster, where the sample has clusters.

    CR1 is Stata's vce(cluster) for a logit, G/(G-1) times the sum of squared scores, and its
    statistics have t with G-1 degrees of freedom; CR2: see cr2_of_likelihood.
    """
    clusters = sample.clusters
    if clusters is None:
        return fit
    y, x = sample.outcomes[:, 0], fit.matrix
    p = 1 / (1 + np.exp(-x @ fit.coefficients))
    weight, residual = p * (1 - p), y - p
    inverse = np.linalg.inv((x * weight[:, None]).T @ x)
    if covariance == "CR2":

        def cr2(contrast: np.ndarray) -> tuple[np.ndarray, float]:
            return cr2_of_likelihood(x, weight, residual, inverse, clusters, contrast)

        arm = np.eye(x.shape[1])[fit.names.index("arm")]
        return replace(fit, covariance=cr2(arm)[0], df_of=lambda contrast: cr2(contrast)[1])
    return replace(
        fit,
        covariance=cluster_covariance(x * residual[:, None], inverse, clusters),
        df_of=lambda _: float(clusters.max()),
    )


def effect_influence(fit: Logit, outcome: np.ndarray, covariance: str) -> np.ndarray:
    """Return the influence of each person used (n) on the average marginal effect.

    The covariates of the sample are taken as given, as in the delta method of the estimate.
    covariance: HC0 or HC1.
    """
    (_, up), (_, down) = fit.margin(arm=1), fit.margin(arm=0)
    p = 1 / (1 + np.exp(-fit.matrix @ fit.coefficients))
    information = (fit.matrix * (p * (1 - p))[:, None]).T @ fit.matrix
    direction = np.linalg.solve(information, up - down)
    n = len(p)
    scale = {"HC0": 1.0, "HC1": n / (n - 1)}[covariance]
    return np.sqrt(scale) * (fit.matrix @ direction) * (outcome - p)


def fit_firth(outcome: np.ndarray, design: DesignMatrix) -> Logit:
    """Return the logit of a binary outcome (n) penalised by Jeffreys' prior.

    It exists whatever predicts perfectly, so nobody is left out, and it removes the first-order
    bias of small samples: Firth (1993), Biometrika 80:27; Heinze and Schemper (2002), Statistics
    in Medicine 21:2409. Errors are those of the information at the estimate.

    Raises InputError where the outcome is not 0 or 1, NotEstimableError where nothing converges.
    """
    refuse_unless_yes_or_no(outcome)
    x = design.matrix
    beta = np.zeros(x.shape[1])
    likelihood, step, inverse = _penalised(x, outcome, beta)
    for _ in range(200):
        moved = np.abs(x @ step).max()
        if moved < 1e-9:
            everybody = np.ones(len(outcome), dtype=bool)
            return Logit(design.names, beta, inverse @ inverse.T, x, everybody, {})
        # Long steps overshoot where some category predicts perfectly, and may go round in circles.
        size = min(1.0, 5 / moved)
        for _ in range(30):
            tried = _penalised(x, outcome, beta + size * step)
            nearer = np.abs(x @ tried[1]).max() < moved
            if tried[0] > likelihood + 1e-9 or nearer:
                break
            size /= 2
        beta = beta + size * step
        likelihood, step, inverse = tried
    raise NotEstimableError(
        "a penalised logit did not converge", rule="convergence in 200 iterations"
    )


def _penalised(
    x: np.ndarray, y: np.ndarray, beta: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return penalised log likelihood, the next step, and the inverse root of the information."""
    from scipy.special import expit

    score = x @ beta
    p = expit(score)
    q, r = np.linalg.qr(np.sqrt(p * (1 - p))[:, None] * x)
    leverage = (q**2).sum(axis=1)
    inverse = np.linalg.inv(r)
    step = inverse @ (inverse.T @ (x.T @ (y - p + leverage * (0.5 - p))))
    likelihood = (y * score - np.logaddexp(0, score)).sum() + np.log(np.abs(np.diag(r))).sum()
    return likelihood, step, inverse


def flat_levels(
    people: pd.DataFrame, covariates: list[str], outcome: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the levels of text covariates at which everybody has one outcome, and their people.

    Keys are named like dummies, values are people (n, bool). The reference level counts as well,
    which no dummy stands for.
    """
    flat = {}
    for name in covariates:
        if pd.api.types.is_numeric_dtype(people[name]):
            continue
        levels = people[name].fillna("missing").to_numpy()
        for level in sorted(pd.unique(levels)):
            inside = levels == level
            if np.ptp(outcome[inside]) == 0:
                flat[f"{name}={level}"] = inside
    return flat


def without_perfect_prediction(
    outcome: np.ndarray, design: DesignMatrix
) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    """Return the people used (n, bool), the columns kept (positions), and people lost by column.

    Columns that no longer vary, or that others determine, once people have gone go with them.
    """
    x, used = design.matrix, np.ones(len(outcome), dtype=bool)
    kept, dropped, again = np.arange(x.shape[1]), {}, True
    while again:
        again = False
        for column in kept[1:]:
            values = x[used, column]
            levels = np.unique(values)
            if len(levels) != 2:
                continue
            alone = [level for level in levels if np.ptp(outcome[used][values == level]) == 0]
            if not alone:
                continue
            named = design.names[column]
            if named == "arm" or len(alone) == 2:
                problem = f"'{named}' predicts a binary outcome perfectly"
                if named == "arm":
                    problem = "an arm has no events, or nothing but events"
                raise NoMaximumError(
                    problem,
                    rule="both outcomes among treated and among controls",
                    remedy="estimate the group with estimator firth or ols",
                )
            gone = used & (x[:, column] == alone[0])
            dropped[design.names[column]] = int(gone.sum())
            used &= ~gone
            kept = kept[kept != column]
            again = True
    return used, kept[independent_columns(x[np.ix_(used, kept)])], dropped
