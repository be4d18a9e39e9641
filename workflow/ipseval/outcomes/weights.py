"""Non-response weights: what each respondent of a survey stands for."""

import hashlib

import numpy as np
import pandas as pd

from ..arms import name_of
from ..config.names import replicate
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
        raw, cut, final = _estimated(cell, answered, spec)
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
        for r in range(spec.replicates):
            times = np.bincount(rng.integers(0, n, n - 1), minlength=n) * (n / (n - 1))
            drawn[members[alone[members]], r] = times[alone[members]]
            counts = times[~alone[members]]
            _, _, final = _estimated(cell, answered, spec, counts)
            drawn[within[answered], r] = final * counts[answered]
    names = [replicate(name, r) for r in range(1, spec.replicates + 1)]
    return pd.DataFrame(drawn, columns=names, index=people.index)


def _estimated(
    cell: pd.DataFrame, answered: np.ndarray, spec: ResponseWeight, counts: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the weights of those who answered: as estimated, cut, and raked.

    counts: how often each person of the cell counts, once if None.
    """
    chance = _chance(cell[spec.covariates], answered, counts)[answered]
    there = np.ones(len(chance), dtype=bool) if counts is None else counts[answered] > 0
    raw = 1 / np.where(there, chance, 1.0)
    cut = np.minimum(raw, spec.trim * np.median(raw[there]))
    return raw, cut, _rake(cut, cell[spec.calibrate], answered, counts)


def _chance(
    covariates: pd.DataFrame, answered: np.ndarray, counts: np.ndarray | None = None
) -> np.ndarray:
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
    response = answered.astype(float)
    model = GLM(response, np.column_stack(columns), Binomial(), freq_weights=counts)
    return model.fit().fittedvalues


def _rake(
    weights: np.ndarray,
    margins: pd.DataFrame,
    answered: np.ndarray,
    counts: np.ndarray | None = None,
) -> np.ndarray:
    """Return weights scaled until every margin of the respondents is that of the cell.

    A level of which nobody responded is left to the others in proportion.
    """
    everybody = np.ones(len(answered)) if counts is None else counts
    times = everybody[answered]
    weights = weights * everybody.sum() / (weights * times).sum()
    targets = []
    for name in margins:
        codes, _ = pd.factorize(margins[name], use_na_sentinel=False)
        wanted = np.bincount(codes, weights=everybody)
        reached = np.bincount(codes[answered], weights=times, minlength=len(wanted)) > 0
        wanted = wanted * reached * (everybody.sum() / wanted[reached].sum())
        targets.append((codes[answered], wanted))
    for _ in range(200):
        before = weights
        for codes, wanted in targets:
            sums = np.bincount(codes, weights=weights * times, minlength=len(wanted))
            factor = np.divide(wanted, sums, out=np.ones(len(wanted)), where=sums > 0)
            weights = weights * factor[codes]
        if np.abs(weights / before - 1).max() < 1e-12:
            break
    return weights
