"""No identifier leaves linkage: a second look, at the values and not at what was declared."""

from collections.abc import Iterator, Mapping

import pandas as pd

from ..arrays import occurs_in
from ..config.trial import PersonTable
from ..errors import InputError
from ..linkage.link import PEOPLE

# Shorter texts (a code, an answer) may be equal to an identifier by chance.
LENGTH = 6
# Numbers of fewer people may be equal to an identifier by chance.
DISTINCT = 10


def refuse_identifiers(
    results: Mapping[str, pd.DataFrame],
    tables: Mapping[str, pd.DataFrame],
    identifiers: Mapping[str, list[str]],
    person: PersonTable,
    links: pd.DataFrame,
) -> None:
    """Raise InputError if a column of the results has the values of an identifier.

    `identifiers` has the columns of each table that are declared to be one. A text or a date is
    found by its value, whoever's it is; a number or a short text by what it is for each person.
    """
    known = {
        (table, column): tables[table][column]
        for table, columns in identifiers.items()
        if table in tables
        for column in columns
    }
    texts = {key: _texts(values) for key, values in known.items()}
    own = _by_person(tables[person.table], person, links)
    for name, frame in results.items():
        for column in frame:
            if column == "person_id":
                continue
            given = _texts(frame[column])
            given = given[given.str.len() >= LENGTH].drop_duplicates()
            for (table, identifier), values in texts.items() if len(given) else ():
                # Both are given once each, and those of the result are fewer to look up in.
                if occurs_in(values, given).sum() > len(given) / 2:
                    raise _refused(name, str(column), table, identifier)
        if "person_id" not in frame or frame["person_id"].duplicated().any():
            continue
        for identifier in identifiers.get(person.table, ()):
            for column in _equal_columns(frame, own[identifier]):
                raise _refused(name, column, person.table, identifier)


def _refused(name: str, column: str, table: str, identifier: str) -> InputError:
    return InputError(
        f"a result has the values of '{identifier}', which is an identifier",
        table=name,
        column=column,
        rule="no identifier leaves linkage",
        remedy=f"derive it from another column of {table}, or correct its sensitivity in "
        "extracts.yaml",
    )


def _texts(values: pd.Series) -> pd.Series:
    """Return the texts and days of a column, each once; numbers and truths have none."""
    if pd.api.types.is_numeric_dtype(values):
        return pd.Series(dtype="str")
    values = pd.Series(values.dropna().unique())
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d").drop_duplicates()
    return values.astype("str")


def _by_person(people: pd.DataFrame, person: PersonTable, links: pd.DataFrame) -> pd.DataFrame:
    """Return the person table by person_id."""
    persons = links[links["source"] == PEOPLE].set_index("record_id")["person_id"]
    found = people.set_index(people[person.key].astype("str").map(persons))
    return found[found.index.notna()]  # who was never randomised is in no result


def _equal_columns(frame: pd.DataFrame, identifier: pd.Series) -> Iterator[str]:
    """Yield the columns in which most people have their identifier."""
    numbers = pd.to_numeric(identifier, errors="coerce") if _has_numbers(identifier) else None
    if numbers is None or numbers.nunique() < DISTINCT:
        return
    numbers = numbers.reindex(frame["person_id"]).reset_index(drop=True)
    for column in frame:
        values = frame[column].reset_index(drop=True)
        if column == "person_id" or not _has_numbers(values):
            continue
        if not pd.api.types.is_numeric_dtype(values):
            values = pd.to_numeric(values, errors="coerce")
        both = values.notna() & numbers.notna()
        if both.any() and (values == numbers)[both].mean() > 0.5:
            yield str(column)


def _has_numbers(values: pd.Series) -> bool:
    """Return whether a column is of numbers, or of texts."""
    return not (pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_bool_dtype(values))
