"""Non-response weights: what each respondent of a survey stands for."""

import numpy as np
import pandas as pd

from ..arms import name_of
from ..config.outcomes import ResponseWeight
from ..errors import InputError

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
        final = _rake(cut, cell[spec.calibrate], answered)
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


def _chance(covariates: pd.DataFrame, answered: np.ndarray) -> np.ndarray:
    """Return fitted probabilities of a response, one a person of the cell."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    columns = [np.ones(len(answered))]
    for name in covariates:
        values = covariates[name]
        if pd.api.types.is_numeric_dtype(values):
            filled = values.astype(float).fillna(values.mean()).to_numpy()
            columns.append((filled - filled.mean()) / (filled.std() or 1))
            continue
        for level in sorted(values.fillna("missing").unique())[1:]:
            inside = (values.fillna("missing") == level).to_numpy()
            # A rare level in which all or none responded would send its coefficient off.
            if min(answered[inside].sum(), (~answered[inside]).sum()) >= 3:
                columns.append(inside.astype(float))
    # The fit goes through a pseudo-inverse, so levels that determine each other do no harm.
    return GLM(answered.astype(float), np.column_stack(columns), Binomial()).fit().fittedvalues


def _rake(weights: np.ndarray, margins: pd.DataFrame, answered: np.ndarray) -> np.ndarray:
    """Return weights scaled until every margin of the respondents is that of the cell.

    A level of which nobody responded is left to the others in proportion.
    """
    weights = weights * len(answered) / weights.sum()
    targets = []
    for name in margins:
        codes, _ = pd.factorize(margins[name], use_na_sentinel=False)
        wanted = np.bincount(codes)
        reached = np.bincount(codes[answered], minlength=len(wanted)) > 0
        wanted = wanted * reached * (len(answered) / wanted[reached].sum())
        targets.append((codes[answered], wanted))
    for _ in range(200):
        before = weights
        for codes, wanted in targets:
            sums = np.bincount(codes, weights=weights, minlength=len(wanted))
            factor = np.divide(wanted, sums, out=np.ones(len(wanted)), where=sums > 0)
            weights = weights * factor[codes]
        if np.abs(weights / before - 1).max() < 1e-12:
            break
    return weights
