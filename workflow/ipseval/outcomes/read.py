"""Tables of the extracts, read when they are asked for and no longer held than that."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..config.outcomes import Outcomes
from ..config.trial import Trial
from ..extracts.tables import read_parquet
from ..memory import give_back
from .linked import with_repeated


def read_links(path: Path | str) -> pd.DataFrame:
    """Return person_id, source and record_id of the links that are used."""
    columns = ["person_id", "source", "record_id"]
    return pd.read_parquet(path, columns=columns, read_dictionary=["source"])


def read_methods(path: Path | str, outcomes: Outcomes) -> pd.DataFrame:
    """Return the links of all methods of linkage, of sources where outcomes depend on them.

    All columns are categories: there are as many rows as records, times methods.
    """
    columns = ["person_id", "source", "record_id", "method"]
    texts = pa.schema([(name, pa.large_string()) for name in columns])
    wanted = pa.array(outcomes.sources_by_linkage, pa.large_string())
    parts = []
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            # A file without rows has no types.
            rows = file.read_row_group(group, columns, use_threads=False).cast(texts)
            rows = rows.filter(pc.is_in(rows["source"], wanted))
            coded = [rows[name].dictionary_encode() for name in columns]
            parts.append(pa.table(coded, columns))
    return pa.concat_tables(parts).unify_dictionaries().to_pandas()


class ReadTables(dict[str, pd.DataFrame]):
    """Tables by name, each read when it is first asked for, and again after `hold_only`.

    Of the tables of linked sources only the columns that outcomes are derived from are read.
    """

    def __init__(self, paths: list[Path], outcomes: Outcomes, trial: Trial) -> None:
        super().__init__()
        self._paths = {path.stem: path for path in paths}
        self._columns = outcomes.columns_read(trial.sources)
        self._payments = {spec.payments: spec for spec in outcomes.spells.values()}

    def __missing__(self, name: str) -> pd.DataFrame:
        payments = self._payments.get(name)
        # An employment has many payments.
        repeated = [payments.employment_id] if payments else []
        table = read_parquet(self._paths[name], name, self._columns.get(name), repeated)
        self[name] = with_repeated(table, payments) if payments else table
        return self[name]

    def hold_only(self, names: Collection[str]) -> None:
        """Hold no tables any more but these."""
        for name in self.keys() - {*names}:
            del self[name]
        give_back()

    def column(self, table: str, column: str) -> pd.Series:
        """Return a column of a table, which is not held."""
        return read_parquet(self._paths[table], table, [column])[column]

    def of_these(self, columns: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Return the columns of the tables that there are, by table."""
        return {table: names for table, names in columns.items() if table in self._paths}
