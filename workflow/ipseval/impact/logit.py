"""Logit models of binary outcomes, with what Stata does about perfect prediction."""

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .design import TREATMENT, Design, independent_columns
from .estimators import Effects


@dataclass(frozen=True)
class Logit:
    """A fitted logit.

    names, coefficients (k) and covariance (k x k) of the columns kept; used (n, bool), the
    people in the estimation; dropped, how many people each column predicted perfectly; effect
    and effect_std_error, the average marginal effect of treatment.
    """

    names: list[str]
    coefficients: np.ndarray
    covariance: np.ndarray
    used: np.ndarray
    dropped: dict[str, int]
    effect: float
    effect_std_error: float

    @property
    def effects(self) -> Effects:
        return Effects(np.array([[self.effect]]), np.array([[[self.effect_std_error**2]]]), df=None)


def fit_logit(outcome: np.ndarray, design: Design, covariance: str) -> Logit:
    """Return the logit of a binary outcome (n) on a design.

    A dummy with a level at which everybody has the same outcome is left out, and so are the
    people of that level, again and again until there is none: Stata's rule for `logit`. HC1
    multiplies the sandwich by N/(N-1), as its vce(robust) does; statsmodels' own HC1 is plain
    HC0. The effect is the mean over people of the change in probability when treatment goes
    from 0 to 1, with a delta-method error.

    Raises InputError where treatment itself predicts the outcome, or nothing converges.
    """
    from statsmodels.discrete.discrete_model import Logit as Model

    used, kept, dropped = without_perfect_prediction(outcome, design)
    y, x = outcome[used], design.matrix[np.ix_(used, kept)]
    names = [design.names[i] for i in kept]
    robust = "nonrobust" if covariance == "classical" else "HC0"
    fit = Model(y, x).fit(disp=0, method="newton", maxiter=100, cov_type=robust)
    if not fit.mle_retvals["converged"]:
        raise InputError("a logit did not converge", rule="convergence in 100 iterations")
    margins = fit.get_margeff(at="overall", dummy=True)
    # The delta method is linear in the covariance, so its factor passes straight through.
    factor = len(y) / (len(y) - 1) if covariance == "HC1" else 1
    return Logit(
        names=names,
        coefficients=fit.params,
        covariance=fit.cov_params() * factor,
        used=used,
        dropped=dropped,
        # Margins leave the intercept out, so treatment comes first.
        effect=margins.margeff[TREATMENT - 1],
        effect_std_error=margins.margeff_se[TREATMENT - 1] * np.sqrt(factor),
    )


def without_perfect_prediction(
    outcome: np.ndarray, design: Design
) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    """Return the people used (n, bool), the columns kept (positions), and people lost by column.

    Columns that no longer vary, or that others determine, once people have gone go with them.
    """
    x, used = design.matrix, np.ones(len(outcome), dtype=bool)
    kept, dropped, found = np.arange(x.shape[1]), {}, True
    while found:
        found = False
        for column in kept[1:]:
            values = x[used, column]
            levels = np.unique(values)
            if len(levels) != 2:
                continue
            alone = [level for level in levels if np.ptp(outcome[used][values == level]) == 0]
            if not alone:
                continue
            if column in range(*design.of_interest.indices(x.shape[1])) or len(alone) == 2:
                raise InputError(
                    f"'{design.names[column]}' predicts a binary outcome perfectly",
                    rule="both outcomes among treated and among controls",
                    remedy="estimate the group with estimator ols, the linear probability model",
                )
            gone = used & (x[:, column] == alone[0])
            dropped[design.names[column]] = int(gone.sum())
            used &= ~gone
            kept = kept[kept != column]
            found = True
    return used, kept[independent_columns(x[np.ix_(used, kept)])], dropped
