"""What the identifiers of people and of each table are worth before anybody is linked by them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config.placeholders import Placeholders
from ..config.trial import Source
from ..errors import InputError, InputErrors, counted
from .identifiers import Examined, examine, written_as_float

HEALTH = [
    "source",
    "table",
    "field",
    "kind",
    "records",
    "present",
    "well_formed",
    "placeholder",
    "shared",
    "share_well_formed",
]
FEW = 20  # of fewer identifiers one wrong one would decide; they stop a run only if all are wrong
FORMS = {
    "nino": "two letters, six digits and perhaps a suffix A to D, as AB123456C",
    "nhs_number": "ten digits, the last of them the check digit",
}


@dataclass(frozen=True)
class FieldHealth:
    """One field of the person table or of a table of a source.

    shared: records whose number is that of several people; None for what people may well share.
    unfit: 1-based rows of values that are malformed or placeholders.
    """

    table: str
    column: str
    field: str
    kind: str
    records: int
    present: int
    well_formed: int
    placeholder: int
    shared: int | None
    unfit: np.ndarray

    @property
    def share(self) -> float:
        """Return the share of the values given that are well formed; NaN if none is given."""
        return self.well_formed / self.present if self.present else np.nan


def read_field(
    rows: pd.DataFrame,
    column: str,
    kind: str,
    synthetic: bool,
    placeholders: Placeholders,
    table: str,
) -> Examined:
    """Return a column examined; raises InputError for numbers that went through a float."""
    values = rows[column]
    floats = np.flatnonzero(written_as_float(values, kind))
    if len(floats):
        raise InputError(
            f"{counted(len(floats), 'number is', 'numbers are')} written as a decimal or in "
            "scientific notation, so that digits may be lost",
            table=table,
            column=column,
            rows=floats + 1,
            rule=f"kind {kind}",
            expected=FORMS.get(kind, "digits, as text"),
            remedy="have the table exported again with this column as text",
        )
    return examine(values, kind, synthetic, placeholders)


def health_of(
    found: Examined, table: str, column: str, field: str, kind: str, shared: int | None
) -> FieldHealth:
    """Return the health of an examined column."""
    return FieldHealth(
        table=table,
        column=column,
        field=field,
        kind=kind,
        records=len(found.standard),
        present=int(found.present.sum()),
        well_formed=int(found.well_formed.sum()),
        placeholder=int(found.placeholder.sum()),
        shared=shared,
        unfit=np.flatnonzero(found.present & ~found.well_formed) + 1,
    )


def refuse_unfit(health: Iterable[FieldHealth], source: Source, name: str) -> None:
    """Raise InputErrors for each table of which too few identifiers are well formed.

    Of fewer than FEW identifiers, only those of which none is well formed are refused.
    """
    least = source.well_formed_at_least
    problems = [
        InputError(
            f"{one.present - one.well_formed:,} of {one.present:,} identifiers are malformed or "
            f"placeholders ({one.placeholder:,}), so that their owners would count as people "
            "without a record",
            table=one.table,
            column=one.column,
            rows=one.unfit,
            rule=f"well_formed_at_least {least:g} of source {name}",
            expected=FORMS.get(one.kind, f"a {one.kind}"),
            remedy="correct the column at its source, or lower well_formed_at_least in trial.yaml "
            "if these values are known to be wrong",
        )
        for one in health
        if one.field == source.identifier
        and one.share < least
        and (one.present >= FEW or one.well_formed == 0)
    ]
    if problems:
        raise InputErrors(problems)


def health_table(health: dict[str, list[FieldHealth]]) -> pd.DataFrame:
    """Return one row a source, table and field (HEALTH)."""
    rows = [
        [
            *(source, one.table, one.field, one.kind, one.records, one.present),
            *(one.well_formed, one.placeholder),
            pd.NA if one.shared is None else one.shared,
            one.share,
        ]
        for source, fields in health.items()
        for one in fields
    ]
    return pd.DataFrame(rows, columns=HEALTH).astype({"shared": "Int64"})
