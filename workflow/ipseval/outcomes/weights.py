"""Non-response weights: what each respondent of a survey stands for."""

import hashlib

import numpy as np
import pandas as pd

from ..arms import name_of
from ..config.names import replicate
from ..config.outcomes import ResponseWeight
from ..errors import InputError

LONGEST_STEP = 2.0  # of a coefficient of a standardised or 0/1 covariate, in log odds

QUALITY = [
    "weight",
    "trial_group",
    "arm",
    "people",
    "responded",
    "trimmed",
    "smallest",
    "median",
    "largest",
    "design_effect",
]


def response_weights(
    people: pd.DataFrame, responded: np.ndarray, spec: ResponseWeight, name: str
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return (weights n, quality): NaN for those who did not respond.

    Within each trial group and arm the chance of a response is modelled by a logit on the
    declared covariates; a respondent's weight is its inverse, cut at a multiple of the median,
    then raked to the margins of the cell, so that the weights of a cell sum to its people
    (Little 1986, International Statistical Review 54:139; Deville and Saerndal 1992, Journal
    of the American Statistical Association 87:376). People whose outcome is known without an
    answer have weight 1, and no part in the cell.

    `people` has trial_group, arm and the covariates, `responded` is boolean (n). The quality
    table has one row a cell (columns QUALITY); design_effect is Kish's n sum w^2 / (sum w)^2.
    Raises InputError for a cell in which nobody responded.
    """
    weights, rows = np.full(len(people), np.nan), []
    alone = np.zeros(len(people), dtype=bool)
    if spec.known_without:
        alone = (people[spec.known_without] == 1).to_numpy()
        weights[alone] = 1.0
    for (group, arm), everybody in people.groupby(["trial_group", "arm"]).indices.items():
        members = everybody[~alone[everybody]]
        cell, answered = people.iloc[members], responded[members]
        if not answered.any():
            raise InputError(
                f"nobody of {group} in the {name_of(arm)} arm responded",
                rule=f"weights.{name}",
                remedy="leave the weight out of outcomes.yaml, or the survey's table is not whole",
            )
        raw = 1 / _chance(cell[spec.covariates], answered)[answered]
        cut = np.minimum(raw, spec.trim * np.median(raw))
        once = np.ones(len(cell))
        final = _rake(cut, _codes(cell[spec.calibrate]), answered, once)
        weights[members[answered]] = final
        rows.append(
            [
                name,
                group,
                arm,
                len(members),
                len(final),
                int((cut < raw).sum()),
                final.min(),
                np.median(final),
                final.max(),
                len(final) * (final**2).sum() / final.sum() ** 2,
            ]
        )
    return weights, pd.DataFrame(rows, columns=QUALITY)


def replicate_weights(
    people: pd.DataFrame, responded: np.ndarray, spec: ResponseWeight, name: str, order: np.ndarray
) -> pd.DataFrame:
    """Return the declared number of replicates of the weights of response_weights, a column each.

    People of each trial group and arm are drawn anew, one fewer than there are, with replacement,
    and everything is estimated again from those drawn: the chance of a response, the cut and the
    raking. A person's replicate is that weight times how often they were drawn, times n / (n - 1)
    (Rao and Wu 1988, Journal of the American Statistical Association 83:231). `order` (n) says in
    which order people are drawn from.
    """
    drawn = np.full((len(people), spec.replicates), np.nan)
    alone = np.zeros(len(people), dtype=bool)
    if spec.known_without:
        alone = (people[spec.known_without] == 1).to_numpy()
    for (group, arm), members in people.groupby(["trial_group", "arm"]).indices.items():
        members = members[np.argsort(order[members], kind="stable")]
        n = len(members)
        key = hashlib.sha256(f"{name}|{group}|{arm}".encode()).digest()[:16]
        rng = np.random.Generator(np.random.Philox(key=np.frombuffer(key, dtype=np.uint64)))
        within = members[~alone[members]]
        cell, answered = people.iloc[within], responded[within]
        design = _response_design(cell[spec.covariates], answered)
        margins = _codes(cell[spec.calibrate])
        start = np.zeros(design.shape[1])
        for r in range(spec.replicates):
            times = np.bincount(rng.integers(0, n, n - 1), minlength=n) * (n / (n - 1))
            drawn[members[alone[members]], r] = times[alone[members]]
            counts = times[~alone[members]]
            fitted = _logit(design, answered, counts, start)
            start = start if r else fitted
            there = counts[answered] > 0
            chance = 1 / (1 + np.exp(-design[answered][there] @ fitted))
            cut = np.minimum(1 / chance, spec.trim * np.median(1 / chance))
            final = np.zeros(len(there))
            final[there] = _rake(cut, margins, answered, counts)
            drawn[within[answered], r] = final * counts[answered]
    names = [replicate(name, r) for r in range(1, spec.replicates + 1)]
    return pd.DataFrame(drawn, columns=names, index=people.index)


def _chance(covariates: pd.DataFrame, answered: np.ndarray) -> np.ndarray:
    """Return fitted probabilities of a response, one a person of the cell."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    # The fit goes through a pseudo-inverse, so levels that determine each other do no harm.
    design = _response_design(covariates, answered)
    return GLM(answered.astype(float), design, Binomial()).fit().fittedvalues


def _response_design(covariates: pd.DataFrame, answered: np.ndarray) -> np.ndarray:
    """Return the columns of the logit of a response (n x k)."""
    columns = [np.ones(len(answered))]
    for name in covariates:
        values = covariates[name]
        if pd.api.types.is_numeric_dtype(values):
            filled = values.astype(float).fillna(values.mean()).to_numpy()
            columns.append((filled - filled.mean()) / (filled.std() or 1))
            continue
        level_of, levels = pd.factorize(values.fillna("missing"), sort=True)
        for level in range(1, len(levels)):
            inside = level_of == level
            # A rare level in which all or none responded would send its coefficient off.
            if min(answered[inside].sum(), (~answered[inside]).sum()) >= 3:
                columns.append(inside.astype(float))
    return np.column_stack(columns)


def _logit(
    design: np.ndarray, answered: np.ndarray, counts: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Return the coefficients of a logit of people who count so often, by Newton's method.

    Levels of which nobody is there, or that determine each other, go through a pseudo-inverse. Of a
    level in which all or none of those drawn answered the coefficient has no end; steps are short,
    so that it goes far enough and not beyond what a number can be.
    """
    coefficients = start
    for _ in range(25):
        chance = 1 / (1 + np.exp(-design @ coefficients))
        score = design.T @ (counts * (answered - chance))
        information = (design * (counts * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.pinv(information, hermitian=True) @ score
        step *= min(1.0, LONGEST_STEP / max(np.abs(step).max(), 1e-300))
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-9:
            break
    return coefficients


def _codes(margins: pd.DataFrame) -> list[np.ndarray]:
    """Return the level of each person in each margin, as numbers."""
    return [pd.factorize(margins[name], use_na_sentinel=False)[0] for name in margins]


def _rake(
    weights: np.ndarray, margins: list[np.ndarray], answered: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Return weights scaled until every margin of the respondents is that of the cell.

    counts: how often each person of the cell counts; weights are of the respondents who do. A level
    of which nobody responded is left to the others in proportion.
    """
    there = answered & (counts > 0)
    times = counts[there]
    weights = weights * counts.sum() / (weights * times).sum()
    targets = []
    for codes in margins:
        wanted = np.bincount(codes, weights=counts)
        reached = np.bincount(codes[there], minlength=len(wanted)) > 0
        wanted = wanted * reached * (counts.sum() / wanted[reached].sum())
        targets.append((codes[there], wanted))
    for _ in range(200):
        before = weights
        for codes, wanted in targets:
            sums = np.bincount(codes, weights=weights * times, minlength=len(wanted))
            factor = np.divide(wanted, sums, out=np.ones(len(wanted)), where=sums > 0)
            weights = weights * factor[codes]
        if np.abs(weights / before - 1).max() < 1e-12:
            break
    return weights
