"""No identifier leaves linkage: a second look, at the values and not at what was declared."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from ..arrays import index_in, occurs_in
from ..config.trial import PersonTable
from ..errors import InputError
from .derive import own_records

# Shorter texts (a code, an answer) may be equal to an identifier by chance.
LENGTH = 6
# Numbers of fewer people may be equal to an identifier by chance.
DISTINCT = 10


def refuse_identifiers(
    results: Mapping[str, pd.DataFrame],
    read: Callable[[str, str], pd.Series],
    identifiers: Mapping[str, list[str]],
    person: PersonTable,
    links: pd.DataFrame,
) -> None:
    """Raise InputError if a column of the results has the values of an identifier.

    `identifiers` has the columns of each table that are declared to be one, and `read` returns a
    column of a table: they are the largest, and are looked at one by one. A text or a date is found
    by its value, whoever's it is; a number or a short text by what it is for each person.
    """
    given = {
        (name, str(column)): texts
        for name, frame in results.items()
        for column in frame
        if column != "person_id" and len(texts := _long_texts(frame[column]))
    }
    every = pd.concat([*given.values(), pd.Series(dtype="str")])
    every = every.drop_duplicates(ignore_index=True)
    owners = _people_of(read(person.table, person.key), links)
    for table, columns in identifiers.items():
        for identifier in columns:
            values = read(table, identifier)
            known = every[_that_occur(every, values)]
            for (name, column), texts in given.items() if len(known) else ():
                if occurs_in(texts, known).sum() > len(texts) / 2:
                    raise _refused(name, column, table, identifier)
            if table == person.table:
                own = values.set_axis(owners)
                own = own[own.index.notna()]  # who was never randomised is in no result
                for name, column in _equal_columns(results, own):
                    raise _refused(name, column, table, identifier)


def _refused(name: str, column: str, table: str, identifier: str) -> InputError:
    return InputError(
        f"a result has the values of '{identifier}', which is an identifier",
        table=name,
        column=column,
        rule="no identifier leaves linkage",
        remedy=f"derive it from another column of {table}, or correct its sensitivity in "
        "extracts.yaml",
    )


def _long_texts(values: pd.Series) -> pd.Series:
    """Return the texts and days of a column, each once, that are no code by their length."""
    if pd.api.types.is_numeric_dtype(values):
        return pd.Series(dtype="str")
    texts = _texts(pd.Series(values.unique()))
    return texts[texts.str.len() >= LENGTH].drop_duplicates()


def _that_occur(texts: pd.Series, values: pd.Series) -> np.ndarray:
    """Return the places of the texts that are values of a column."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = pd.Series(values.unique())
    place = index_in(_texts(values), texts)
    return np.unique(place[place >= 0])


def _texts(values: pd.Series) -> pd.Series:
    """Return values as text, days as YYYY-MM-DD; numbers and truths have none."""
    if pd.api.types.is_numeric_dtype(values):
        return pd.Series(dtype="str")
    values = values.dropna()
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d")
    return values.astype("str")


def _people_of(keys: pd.Series, links: pd.DataFrame) -> pd.Index:
    """Return the person_id of each row of the person table, missing for who has none."""
    own = own_records(links)
    place = index_in(keys.astype("str"), own["record_id"])
    return pd.Index(own["person_id"].reset_index(drop=True).reindex(place))


def _equal_columns(
    results: Mapping[str, pd.DataFrame], identifier: pd.Series
) -> Iterator[tuple[str, str]]:
    """Yield result and column in which most people have their identifier, which is by person_id."""
    numbers = _numbers(identifier) if _has_numbers(identifier) else None
    if numbers is None or numbers.nunique() < DISTINCT:
        return
    for name, frame in results.items():
        if "person_id" not in frame or frame["person_id"].duplicated().any():
            continue
        own = numbers.reindex(frame["person_id"]).reset_index(drop=True)
        for column in frame:
            values = frame[column].reset_index(drop=True)
            if column == "person_id" or not _has_numbers(values):
                continue
            values = _numbers(values)
            both = values.notna() & own.notna()
            if both.any() and (values == own)[both].mean() > 0.5:
                yield name, str(column)


def _numbers(values: pd.Series) -> pd.Series:
    """Return values as numbers, missing where they are none; of texts each is read once."""
    if pd.api.types.is_numeric_dtype(values):
        return values
    code, texts = pd.factorize(values)
    numbers = pd.to_numeric(pd.Series(texts), errors="coerce")
    return numbers.reindex(code).set_axis(values.index)


def _has_numbers(values: pd.Series) -> bool:
    """Return whether a column is of numbers, or of texts."""
    return not (pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_bool_dtype(values))
