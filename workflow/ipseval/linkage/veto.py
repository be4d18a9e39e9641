"""Links by exact agreement that everything else contradicts: a stranger's number, mistyped or lent.

Agreement on a number says nothing of the name, the date of birth, the sex and the postcode. Where
two or more of these disagree and none agrees, the link is vetoed. A date of birth that is no slip
of the person's counts as two, because some sources have little else.
"""

from collections.abc import Callable, Collection, Mapping
from difflib import SequenceMatcher

import numpy as np
import pandas as pd

from .rows import as_texts

AGREES, NEITHER, SLIP, DISAGREES, EVIDENTLY = -1.0, 0.0, 0.5, 1.0, 2.0
ENOUGH = 1.5  # sum of disagreements that makes a veto: a slip needs one more, and so does one alone
ALIKE = 0.7  # least likeness of two names that may be one, misspelt


def evidence(left: pd.DataFrame, right: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return what names, dates, sex and postcodes say of pairs of rows (n): one column each.

    Values are in standard form; left and right have the fields of `kinds`. Each column is AGREES,
    NEITHER, DISAGREES, EVIDENTLY or missing where a value is. A column of names is one of all
    fields of names together.

    - names agree if all of them are alike, and disagree if none is: a first name or a surname in
      common is too common to tell, and a new surname too.
    - dates agree if equal. One wrong part of year, month and day, or day and month swapped, is a
      SLIP, which one person makes or few strangers share; else they are EVIDENTLY of two people.
    - sex cannot agree, as half of all strangers are alike, and disagrees if it differs.
    - postcodes agree if equal, and disagree if their areas differ. People move, and strangers live
      in one area.
    """
    found = {}
    names = [field for field, kind in kinds.items() if kind == "name"]
    if names:
        found["name"] = _names([_said(left[f], right[f], 1.0, _alike) for f in names])
    for field, kind in kinds.items():
        one, other = left[field], right[field]
        match kind:
            case "date":
                found[field] = _said(one, other, AGREES, _dates)
            case "sex":
                found[field] = _said(one, other, NEITHER, lambda *sides: DISAGREES)
            case "postcode":
                found[field] = _said(one, other, AGREES, _postcodes)
            case _:
                pass  # numbers are what was agreed on; addresses and texts are no evidence
    return pd.DataFrame(found, index=left.index)


def contradicted(
    pairs: pd.DataFrame,
    left: pd.DataFrame,
    right: pd.DataFrame,
    kinds: Mapping[str, str],
    doubted: Collection[str] = (),
) -> pd.Series:
    """Return which pairs of person_id and entity are vetoed (n, bool).

    An entity has several sets of values where its records differ; for each field the one that
    speaks for the pair counts. Of people who are doubted a pair is vetoed unless something agrees.
    """
    fields = [field for field, kind in kinds.items() if kind in ("name", "date", "sex", "postcode")]
    if pairs.empty or not fields:
        return pd.Series(False, index=pairs.index)
    sides = pairs[["person_id", "entity"]].reset_index(drop=True).reset_index(names="pair")
    sides = sides.merge(left[["person_id", *fields]], on="person_id")
    sides = sides.merge(right[["entity", *fields]], on="entity", suffixes=("_l", "_r"))
    given = [sides[[f"{f}_{side}" for f in fields]].set_axis(fields, axis=1) for side in ("l", "r")]
    shown = {field: kinds[field] for field in fields}
    best = evidence(given[0], given[1], shown).groupby(sides["pair"]).min()
    agrees = (best == AGREES).any(axis=1)
    against = best.clip(lower=0).sum(axis=1)
    against = against.mask(pairs["person_id"].isin(doubted).to_numpy()[against.index], ENOUGH)
    vetoed = (~agrees & (against >= ENOUGH)).reindex(range(len(pairs)), fill_value=False)
    return pd.Series(vetoed.to_numpy(), index=pairs.index)


def _said(
    left: pd.Series,
    right: pd.Series,
    equal: float,
    unequal: Callable[[pd.Series, pd.Series], np.ndarray | float],
) -> np.ndarray:
    """Return `equal` where two values are, else what `unequal` says of the texts; missing of one.

    Most are equal, so that few texts are looked at.
    """
    known = (left.notna() & right.notna()).to_numpy(dtype=bool)
    same = known & (left == right).to_numpy(dtype=bool)
    said = np.where(same, equal, np.nan)
    rest = known & ~same
    if rest.any():
        said[rest] = unequal(as_texts(left[rest]), as_texts(right[rest]))
    return said


def _alike(left: pd.Series, right: pd.Series) -> np.ndarray:
    """Return which names that are not equal are alike (n, float 0 or 1).

    Alike are one that is part of the other (of a double name, or a short form), and those that
    are alike in their letters.
    """
    result = np.zeros(len(left))
    for row, pair in enumerate(zip(left, right, strict=True)):
        short, long = sorted(pair, key=len)
        part = len(short) > 1 and short in long
        result[row] = part or SequenceMatcher(None, short, long, False).ratio() >= ALIKE
    return result


def _names(alike: list[np.ndarray]) -> np.ndarray:
    """Return what names together say; of one name missing the other speaks."""
    together = np.stack(alike, axis=1)
    known = ~np.isnan(together)
    every = np.where(known, together, 1).all(axis=1)
    some = np.where(known, together, 0).any(axis=1)
    said = np.select([every, some], [AGREES, NEITHER], DISAGREES)
    return np.where(known.any(axis=1), said, np.nan)


def _dates(left: pd.Series, right: pd.Series) -> np.ndarray:
    parts = [slice(0, 4), slice(5, 7), slice(8, 10)]
    year, month, day = (
        (left.str[part].to_numpy() != right.str[part].to_numpy()).astype(int) for part in parts
    )
    swapped = (left.str[5:7].to_numpy() == right.str[8:10].to_numpy()) & (
        left.str[8:10].to_numpy() == right.str[5:7].to_numpy()
    )
    differing = year + month + day
    differing = np.where(swapped & (year == 0), np.minimum(differing, 1), differing)
    return np.array([AGREES, SLIP, EVIDENTLY, EVIDENTLY])[differing]


def _postcodes(left: pd.Series, right: pd.Series) -> np.ndarray:
    areas = [side.str.extract("^([A-Z]+)", expand=False).to_numpy() for side in (left, right)]
    return np.where(areas[0] == areas[1], NEITHER, DISAGREES)


def masked(values: pd.Series) -> pd.Series:
    """Return values of which only the first character and the length can be seen."""
    return values.map(lambda text: text[0] + "\u2022" * (len(text) - 1), na_action="ignore")
