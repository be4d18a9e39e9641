"""Published cells of a logit as linear functions of the outcomes, near its printed coefficients."""

from dataclasses import dataclass

import numpy as np

from . import logit
from .models import MARGINS, ROWS


@dataclass
class Linear:
    """Cells of one model: about value + rows @ (outcome of the model's people).

    rows (cells x people), value and target (cells), tolerance (cells), position (people).
    """

    names: list[tuple[str, str]]
    rows: np.ndarray
    value: np.ndarray
    target: np.ndarray
    tolerance: np.ndarray
    position: np.ndarray


def printed_coefficients(model, names: list[str]) -> dict[int, float]:
    """Return column -> printed coefficient, for the columns that have one."""
    found = {}
    for (row, statistic), value in model.cells.items():
        name = ROWS.get(row, row)
        if statistic == "coefficient" and name in names and name != "prior_benefit_days":
            found[names.index(name)] = value
    return found


def _even_months(x, beta, names, y) -> tuple[np.ndarray, np.ndarray]:
    """Return (columns of months but the first, their people's probability if they were alike)."""
    months = np.arange(len(names), x.shape[1])
    later = x[:, months].sum(axis=1)
    beta = beta.copy()
    beta[months] = 0.0
    shift = logit.maximise(later[:, None], y, offset=x @ beta)
    return months, logit.expit(x @ beta + later * shift)


class _Expansion:
    """One model near its printed coefficients, and its cells so far."""

    def __init__(self, model, design, tolerance: dict):
        self.model, self.tolerance = model, tolerance
        self.names, self.x, self.y = design.names, design.x, design.y
        self.n = len(self.y)
        fixed = printed_coefficients(model, self.names)
        free = [k for k in range(self.x.shape[1]) if k not in fixed]
        beta = np.zeros(self.x.shape[1])
        beta[list(fixed)] = list(fixed.values())
        beta[free] = logit.maximise(self.x[:, free], self.y, offset=self.x @ beta)
        self.beta = beta
        self.p = p = logit.expit(self.x @ beta)
        information = (self.x * (p * (1 - p))[:, None]).T @ self.x
        # People x coefficients: how one more success changes each coefficient.
        self.influence = self.x @ np.linalg.inv(information + 1e-9 * np.eye(len(beta)))
        self.cells: list[tuple] = []

    def add_error(self, direction: np.ndarray, key, printed: float, size: float) -> None:
        """Add a standard error, linear in the outcome through its square."""
        squared = (self.influence @ direction) ** 2 * self.n / (self.n - 1)
        rows = squared * (1 - 2 * self.p) / (2 * printed)
        # sqrt(v) is about (printed + v / printed) / 2 near the printed one.
        value = printed / 2 + squared @ self.p**2 / (2 * printed)
        self.cells.append((key, rows, value, printed, size))

    def add_level(self, gradient, at: float, key, printed: float, size: float) -> None:
        """Add a function of the coefficients with a value here and a gradient."""
        rows = self.influence @ gradient
        self.cells.append((key, rows, at - rows @ self.p, printed, size))

    def add_term(self, key: tuple[str, str], k: int, printed: float) -> None:
        """Add the coefficient of column k, or its standard error."""
        constant = self.names[k] == "constant"
        direction = np.eye(len(self.beta))[k]
        if key[1] == "coefficient":
            size = self.tolerance["constant" if constant else "coefficient"]
            size = max(size, 0.0003) if abs(printed) > 0.1 else 0.25 * size
            self.add_level(direction, self.beta[k], key, printed, size)
        elif printed > 0:
            size = self.tolerance["constant_error" if constant else "error"]
            self.add_error(direction, key, printed, size if printed > 0.1 else size / 10)

    def add_margin(self, key: tuple[str, str], printed: float) -> None:
        """Add an average marginal effect or a margin, or its standard error."""
        row, statistic = key
        if row.startswith("margin_"):
            at = margin_settings(row, self.names)
            value, gradient = logit.margin(self.x, self.beta, at)
        else:
            treatment = self.names.index("treatment")
            value, gradient = logit.average_effect(self.x, self.beta, treatment)
        if statistic == "proportion":
            printed = printed if self.model.effect is None else self.model.effect
            size = self.tolerance["effect" if "effect" in row else "margin"]
            self.add_level(gradient, value, key, printed, size)
        else:
            self.add_error(gradient, key, printed, self.tolerance["error"])

    def add_months(self) -> None:
        """Hold months together where their spread flattens the effect below the printed one."""
        effect = self.model.effect
        if effect is None or "shrink" not in self.tolerance or self.model.panel == "pooled":
            # The first months of sites differ from the later ones, and pooled they are not first.
            return
        found, _ = logit.average_effect(self.x, self.beta, self.names.index("treatment"))
        if abs(found) >= abs(effect):
            return
        months, even = _even_months(self.x, self.beta, self.names, self.y)
        for m in months:
            inside = self.x[:, m]
            size = np.sqrt(inside @ (even * (1 - even))) * self.tolerance["shrink"]
            self.cells.append((("month", str(m)), inside, 0.0, float(inside @ even), size))


def margin_settings(row: str, names: list[str]) -> dict[int, float]:
    """Return column -> value of a printed margin by arm and half of the median split."""
    treated, above = next(s for k, s in MARGINS.items() if row.startswith(k))
    values = {"treatment": treated, "above": above, "treatment_above": treated * above}
    return {names.index(name): value for name, value in values.items()}


def expand(model, design, tolerance: dict) -> Linear:
    """Return the cells of a model as linear functions of its outcome, expanded where the printed
    coefficients hold and everything else is at its maximum likelihood.

    tolerance: kind of cell -> size of a miss that counts one.
    """
    expansion = _Expansion(model, design, tolerance)
    for key, printed in model.cells.items():
        name = ROWS.get(key[0], key[0])
        if name in design.names and name != "prior_benefit_days":
            expansion.add_term(key, design.names.index(name), printed)
        elif key[0] == "marginal_treatment_effect" or key[0].startswith("margin_"):
            expansion.add_margin(key, printed)
    expansion.add_months()
    key, rows, value, target, size = zip(*expansion.cells, strict=True)
    return Linear(
        list(key),
        np.array(rows),
        np.array(value),
        np.array(target),
        np.array(size),
        design.position,
    )
