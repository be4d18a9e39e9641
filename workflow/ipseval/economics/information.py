"""Expected value of perfect, partial perfect and sample information before a decision.

The decision is between the programme and usual services, whose net benefit is 0.
"""

import numpy as np
from numpy.polynomial.legendre import legvander
from scipy.special import ndtr

DEGREE = 5


def value_of_knowing(expected: np.ndarray, net: np.ndarray) -> tuple[float, float]:
    """Return the expected value of deciding on `expected`, and its Monte Carlo error.

    `expected` (n) is the net benefit that would be expected in each draw, `net` (n) what it is. The
    mean of the better choice in each, less the better choice on average: with `net` expected, it is
    the expected value of perfect information (Briggs, Sculpher and Claxton 2006, Decision Modelling
    for Health Economic Evaluation, chapter 6). Where the expectation is itself estimated from the
    draws, its error is in that of the value.
    """
    known, unknown = expected > 0, expected.mean() > 0
    value = np.where(known, expected, 0.0).mean() - (expected.mean() if unknown else 0.0)
    spread = (net * (known.astype(float) - unknown)).std(ddof=1)
    return float(value), float(spread / np.sqrt(len(net)))


def evppi(net: np.ndarray, driver: np.ndarray, degree: int = DEGREE) -> tuple[float, float]:
    """Return the expected value of perfect information on one driver, and its Monte Carlo error.

    Net benefit is regressed on the driver, by Legendre polynomials up to a degree, and the fitted
    values stand for what would be expected knowing it: Strong, Oakley and Brennan (2014), Medical
    Decision Making 34:311. It is zero for a driver that does not vary.
    """
    low, high = driver.min(), driver.max()
    if high <= low:
        return 0.0, 0.0
    basis = legvander(2 * (driver - low) / (high - low) - 1, degree)
    fitted = basis @ np.linalg.lstsq(basis, net, rcond=None)[0]
    return value_of_knowing(fitted, net)


def evsi(mean: float, spread: float, n_before: float, n: float) -> float:
    """Return the expected value of sample information a person, of a further trial of n people.

    Net benefit is normal with this mean and standard deviation because of impacts that were
    estimated from n_before people. A trial like it of n people moves the mean with variance
    spread^2 n / (n + n_before), and the value is the unit normal loss of that move: Raiffa and
    Schlaifer (1961), Applied Statistical Decision Theory; Willan and Pinto (2005), Statistics in
    Medicine 24:1791.
    """
    moves = spread * np.sqrt(n / (n + n_before))
    if moves == 0:
        return 0.0
    distance = abs(mean) / moves
    density = np.exp(-(distance**2) / 2) / np.sqrt(2 * np.pi)
    return float(moves * (density - distance * ndtr(-distance)))
