"""Small changes of covariates by which the logits of Annex E come to their printed cells."""

import numpy as np

from . import logit
from .functionals import margin_settings
from .models import HEALTH, ROWS

# Covariates that may move -> column of a design that holds them.
MOVES = {
    "age": "age",
    "motivation": "motivation",
    "gad7": "baseline",
    "phq9": "baseline",
    "time_since": "time_since_randomisation",
    "prior_days": "prior_benefit_days",
}


class _Slopes:
    """One fitted model: what a small change of each person's covariates does to its cells."""

    def __init__(self, model, design, fit, movable: list[str], tolerance: dict):
        self.model, self.fit, self.tolerance = model, fit, tolerance
        self.names, self.x, self.y = design.names, design.x, design.y
        self.n = len(self.y)
        self.error = np.sqrt(np.diag(fit.covariance))
        self.influence = self.x @ fit.bread
        p = fit.probability
        self.pq, self.residual, self.skew = p * (1 - p), self.y - p, 1 - 2 * p
        baseline = HEALTH.get(model.outcome)
        # Covariate -> its column; a model has one of the two first scores.
        self.own = {
            v: self.names.index(MOVES[v])
            for v in movable
            if MOVES[v] in self.names and (MOVES[v] != "baseline" or v == baseline)
        }
        self.cells: list[tuple] = []

    def along(self, direction: np.ndarray) -> dict[str, np.ndarray]:
        """Return by covariate the change (people) of direction @ beta."""
        reach, pull = self.influence @ direction, self.fit.bread @ direction
        return {
            v: pull[j] * self.residual - self.pq * self.fit.beta[j] * reach
            for v, j in self.own.items()
        }

    def wider(self, direction: np.ndarray, error: float) -> dict[str, np.ndarray]:
        """Return by covariate the change (people) of the standard error of direction @ beta."""
        one, two = self.fit.bread @ direction, self.fit.covariance @ direction
        near, far = self.x @ one, self.x @ two
        pq, u, beta = self.pq, self.residual, self.fit.beta
        scale = error / (direction @ two)
        return {
            v: scale
            * (
                -pq * (one[j] * far + near * two[j] + self.skew * beta[j] * near * far)
                + (u**2 * one[j] * near - u * pq * beta[j] * near**2) * self.n / (self.n - 1)
            )
            for v, j in self.own.items()
        }

    def add_term(self, key: tuple[str, str], k: int, printed: float) -> None:
        """Add the coefficient of column k, or its standard error."""
        constant, direction = self.names[k] == "constant", np.eye(len(self.fit.beta))[k]
        if key[1] == "coefficient":
            size = self.tolerance["constant" if constant else "coefficient"]
            # Terms of years, points and days are small, and so are their errors.
            size = float(np.clip(self.error[k] / 4, 0.0003, size))
            self.cells.append((key, printed, self.fit.beta[k], self.along(direction), size))
        elif printed > 0:
            size = self.tolerance["constant_error" if constant else "error"]
            size = size if printed > 0.1 else size / 10
            change = self.wider(direction, self.error[k])
            self.cells.append((key, printed, self.error[k], change, size))

    def add_margin(self, key: tuple[str, str], printed: float) -> None:
        """Add an average marginal effect or a margin, or its standard error."""
        (row, statistic), x, beta = key, self.x, self.fit.beta
        if row.startswith("margin_"):
            at = margin_settings(row, self.names)
            value, gradient = logit.margin(x, beta, at)
            direct = _curve(x, beta, at)
        else:
            treatment = self.names.index("treatment")
            value, gradient = logit.average_effect(x, beta, treatment)
            direct = _curve(x, beta, {treatment: 1}) - _curve(x, beta, {treatment: 0})
        if statistic == "proportion":
            printed = printed if self.model.effect is None else self.model.effect
            change = {
                v: d + direct * beta[self.own[v]] / self.n for v, d in self.along(gradient).items()
            }
            size = self.tolerance["effect" if "effect" in row else "margin"]
            self.cells.append((key, printed, value, change, size))
        elif printed < 0.5:  # a printed error above that is a misprint (audit)
            found = np.sqrt(gradient @ self.fit.covariance @ gradient)
            change = self.wider(gradient, found)
            self.cells.append((key, printed, found, change, self.tolerance["error"]))


def slopes(model, design, fit, movable: list[str], place: np.ndarray, n_people: int, tolerance):
    """Return (miss, slope, keys) of a model's cells: miss (cells), slope (cells, movable, people).

    miss is printed minus fitted in units of tolerance; slope is the change of the fitted cell, in
    the same units, for one unit of a covariate of a person. place says in which column of slope a
    person is, -1 for nowhere.
    """
    found = _Slopes(model, design, fit, movable, tolerance)
    for key, printed in model.cells.items():
        name = ROWS.get(key[0], key[0])
        if name in design.names and name != "prior_benefit_days":
            found.add_term(key, design.names.index(name), printed)
        elif key[0] == "marginal_treatment_effect" or key[0].startswith("margin_"):
            found.add_margin(key, printed)
    position = place[design.position]
    there = position >= 0
    slope = np.zeros((len(found.cells), len(movable), n_people))
    for number, (_, _, _, change, size) in enumerate(found.cells):
        for v, values in change.items():
            slope[number, movable.index(v), position[there]] = values[there] / size
    miss = np.array([(printed - value) / size for _, printed, value, _, size in found.cells])
    return miss, slope, [cell[0] for cell in found.cells]


def _curve(x: np.ndarray, beta: np.ndarray, settings: dict[int, float]) -> np.ndarray:
    x = x.copy()
    for column, value in settings.items():
        x[:, column] = value
    p = logit.expit(x @ beta)
    return p * (1 - p)


def step(miss: np.ndarray, slope: np.ndarray, scale: np.ndarray, ridge: float) -> np.ndarray:
    """Return changes (variables) that close the misses, short in units of scale.

    miss (m), slope (m x v), scale (v); variables of scale 0 stay.
    """
    # Most people may move in some covariates only.
    able = np.flatnonzero(scale)
    scaled = slope[:, able] * scale[able]
    # Few misses and many variables: the dual has one unknown a miss.
    dual = np.linalg.solve(scaled @ scaled.T + ridge * np.eye(len(miss)), miss)
    change = np.zeros(len(scale))
    change[able] = scale[able] * (scaled.T @ dual)
    return change
