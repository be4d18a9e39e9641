"""Published cells of a logit: what is fitted, and what a small change of a person does to it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import logit
from .design import build
from .models import HEALTH, MARGINS, ROWS, PrintedLogit

# Covariates that may move -> column of a design that holds them.
MOVES = {
    "age": "age",
    "motivation": "motivation",
    "gad7": "baseline",
    "phq9": "baseline",
    "time_since": "time_since_randomisation",
    "prior_days": "prior_benefit_days",
}
MISPRINTED = 0.5  # errors of effects and margins above this are misprints (audit)


@dataclass(frozen=True)
class FittedCells:
    """Fitted cells of one model and their slopes.

    value (cells); by_outcome (cells x people of the model): change for one more success;
    by_covariate: covariate -> (cells x people) for one unit more.
    """

    value: np.ndarray
    by_outcome: np.ndarray
    by_covariate: dict[str, np.ndarray]


class Tracked:
    """One logit followed while its people change.

    keys are its cells (row, statistic), those of coefficients and other levels first, those of
    standard errors from `errors` on; error is the printed standard error of each cell (NaN where
    there is none), term the column or "" of a margin, strict which are effects and margins.
    """

    def __init__(self, model: PrintedLogit, people: pd.DataFrame, outcome: np.ndarray):
        """outcome (all people) may be an expected one, between 0 and 1."""
        self.model = model
        design = build(model, people, outcome)
        self.position, self.names, self.x = design.position, design.names, design.x
        baseline = HEALTH.get(model.outcome)
        # A model has one of the two first scores.
        self.columns = {
            covariate: self.names.index(column)
            for covariate, column in MOVES.items()
            if column in self.names and (column != "baseline" or covariate == baseline)
        }
        self._sort_cells()
        self.beta: np.ndarray | None = None

    def _sort_cells(self) -> None:
        """Put coefficients, effects and margins first, and then the errors of some of them."""
        levels, errors = [], []
        for (row, statistic), printed in self.model.cells.items():
            name = ROWS.get(row, row)
            term = name in self.names and name != "prior_benefit_days"
            if not term and row != "marginal_treatment_effect" and not row.startswith("margin_"):
                continue
            if statistic in ("coefficient", "proportion"):
                levels.append(((row, statistic), printed, name if term else ""))
            elif printed > 0 and (term or printed < MISPRINTED):
                errors.append(((row, statistic), printed, name if term else ""))
        self.errors = len(levels)
        self.keys = [key for key, *_ in levels + errors]
        effect = self.model.effect
        self.printed = np.array(
            [
                value
                if effect is None or key != ("marginal_treatment_effect", "proportion")
                else effect
                for key, value, _ in levels + errors
            ]
        )
        self.term = [term for *_, term in levels + errors]
        # Effects and margins have no "close": they print or they do not.
        self.strict = np.array(
            [number < len(levels) and not t for number, t in enumerate(self.term)]
        )
        self.error = np.array(
            [self.model.cells.get((row, "standard_error"), np.nan) for row, _ in self.keys]
        )

    def fit(self, covariates: dict[str, np.ndarray], outcome: np.ndarray) -> bool:
        """Fit anew to covariates and outcome (all people); return whether the fit is finite."""
        for name, column in self.columns.items():
            self.x[:, column] = covariates[name][self.position]
        self.y = outcome[self.position]
        self.fitted = logit.fit(self.x, self.y, self.beta)
        fine = np.isfinite(self.fitted.beta).all() and np.diag(self.fitted.covariance).min() > 0
        self.beta = self.fitted.beta if fine else None
        return fine

    def values(self) -> np.ndarray:
        """Return the cells of the last fit without their slopes."""
        levels, gradients, _ = self._levels()
        wide = gradients[:, self.errors :]
        return np.concatenate(
            [levels, np.sqrt(np.einsum("ks,ks->s", wide, self.fitted.covariance @ wide))]
        )

    def cells(self) -> FittedCells:
        """Return the cells of the last fit."""
        levels, gradients, direct = self._levels()
        _, levels_by_outcome, levels_by_covariate = self._along(gradients[:, : self.errors])
        for covariate, column in self.columns.items():
            levels_by_covariate[covariate] += direct * self.fitted.beta[column] / len(self.y)
        sizes, by_outcome, by_covariate = self._wider(gradients[:, self.errors :])
        return FittedCells(
            np.concatenate([levels, sizes]),
            np.concatenate([levels_by_outcome, by_outcome]),
            {
                name: np.concatenate([levels_by_covariate[name], by_covariate[name]])
                for name in self.columns
            },
        )

    def _levels(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (levels, gradients by beta of all cells, direct change of levels by log odds)."""
        beta, n = self.fitted.beta, len(self.y)
        gradients = np.zeros((len(beta), len(self.keys)))
        values, direct = np.zeros(len(self.keys)), np.zeros((self.errors, n))
        for number, ((row, _), term) in enumerate(zip(self.keys, self.term, strict=True)):
            if term:
                column = self.names.index(term)
                gradients[column, number], values[number] = 1.0, beta[column]
                continue
            values[number], gradients[:, number], curve = self._margin(row)
            if number < self.errors:
                direct[number] = curve
        return values[: self.errors], gradients, direct

    def _margin(self, row: str) -> tuple[float, np.ndarray, np.ndarray]:
        """Return (a margin or average effect, its gradient by beta, by each one's log odds)."""
        if row.startswith("margin_"):
            settings = [(1.0, margin_settings(row, self.names))]
        else:
            treatment = self.names.index("treatment")
            settings = [(1.0, {treatment: 1.0}), (-1.0, {treatment: 0.0})]
        value, gradient, curve = 0.0, np.zeros(len(self.fitted.beta)), np.zeros(len(self.y))
        for sign, at in settings:
            x = self.x.copy()
            for column, setting in at.items():
                x[:, column] = setting
            p = logit.expit(x @ self.fitted.beta)
            pq = p * (1 - p)
            value, gradient = value + sign * p.mean(), gradient + sign * pq @ x / len(pq)
            curve = curve + sign * pq
        return value, gradient, curve

    def _along(
        self, directions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Return (pull, slopes by outcome, slopes by covariate) of directions @ beta."""
        fit, pull = self.fitted, self.fitted.bread @ directions
        reach = (self.x @ pull).T
        pq, residual = fit.probability * (1 - fit.probability), self.y - fit.probability
        by_covariate = {
            name: pull[k][:, None] * residual - pq * fit.beta[k] * reach
            for name, k in self.columns.items()
        }
        return pull, reach, by_covariate

    def _wider(
        self, directions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Return (errors, slopes by outcome, slopes by covariate) of directions @ beta."""
        fit, n = self.fitted, len(self.y)
        p, small = fit.probability, n / (n - 1)
        pq, residual, skew = p * (1 - p), self.y - p, 1 - 2 * p
        # The expected square of a residual whose outcome is yet to be drawn.
        square = self.y * skew + p**2
        one, two = fit.bread @ directions, fit.covariance @ directions
        near, far = (self.x @ one).T, (self.x @ two).T
        size = np.sqrt(np.einsum("ks,ks->s", directions, two))
        # How the variance (halved) follows the log odds of each, and through them beta.
        odds = -pq * near * (skew * far + small * residual * near)
        _, by_outcome, by_covariate = self._along(self.x.T @ odds.T)
        by_outcome = (small * near**2 * skew / 2 + by_outcome) / size[:, None]
        for name, k in self.columns.items():
            change = (
                -pq * (one[k][:, None] * far + near * two[k][:, None])
                + small * square * one[k][:, None] * near
                + odds * fit.beta[k]
            )
            by_covariate[name] = (by_covariate[name] + change) / size[:, None]
        return size, by_outcome, by_covariate


def margin_settings(row: str, names: list[str]) -> dict[int, float]:
    """Return column -> value of a printed margin by arm and half of the median split."""
    treated, above = next(s for k, s in MARGINS.items() if row.startswith(k))
    values = {"treatment": treated, "above": above, "treatment_above": treated * above}
    return {names.index(name): value for name, value in values.items()}
