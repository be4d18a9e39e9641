"""What the tests of deliveries share: a small declaration, and a file read by it or refused."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ipseval.config.extracts import Extracts
from ipseval.config.run import ExtractSource
from ipseval.errors import InputError
from ipseval.extracts.read import read_tables


def column(kind: str, **more: object) -> dict:
    return {"type": kind, "description": f"A {kind}.", **more}


def declared(columns: dict[str, dict], key: list[str] | None = None) -> Extracts:
    """Return the declaration of one table `t` with these columns, its key the first of them."""
    table = {
        "description": "One row a thing.",
        "key": key or [next(iter(columns))],
        "columns": columns,
    }
    return Extracts.model_validate({"tables": {"t": table}})


class Delivery:
    """Files in a folder, and the table `t` read from them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.told: list[str] = []
        self.repairs = pd.DataFrame()

    def read(
        self, content: str | bytes, columns: dict[str, dict], path: str = "t.csv", **entry: Any
    ) -> pd.DataFrame:
        """Write a file and return the table that the run file's entry reads from it."""
        data = content.encode() if isinstance(content, str) else content
        (self.folder / path).write_bytes(data)
        return self.table({"path": path, **entry}, columns)

    def table(
        self, entry: dict | list, columns: dict[str, dict], key: list[str] | None = None
    ) -> pd.DataFrame:
        """Return the table that an entry, or a list of them, reads from files that are there."""
        source = {"source": "files", "folder": str(self.folder), "tables": {"t": entry}}
        made, self.repairs = read_tables(
            ExtractSource.model_validate(source), declared(columns, key), self.told.append
        )
        return made["t"]

    def refusal(self, content: str | bytes, columns: dict[str, dict], **entry: Any) -> str:
        """Return the message that refuses a file."""
        with pytest.raises(InputError) as caught:
            self.read(content, columns, **entry)
        return str(caught.value)
