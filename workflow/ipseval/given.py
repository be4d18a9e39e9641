"""Declarations as a param of a job: a mapping that Snakemake knows by its checksum."""

import json
from typing import Any

from .files import short_checksum


class Given(dict[str, Any]):
    """Plain data whose repr is short: Snakemake keeps that of every param with every output.

    Two are the same to it if their content is, the order of keys included. Spelt out they were
    fifty megabytes, which each run wrote, and each start read again.
    """

    def __repr__(self) -> str:
        return f"Given({short_checksum(json.dumps(self, default=str))})"
