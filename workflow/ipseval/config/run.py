"""config/config.yaml and config/runs/<run>.yaml: what is run, from which extracts."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from ..kinds import FORMATS
from .base import Section
from .delivery import FileSource

# The function that a module has to have, by source.
FUNCTIONS = {"synthetic": "make_twin", "package": "read_package"}


class Main(Section):
    """config/config.yaml."""

    run: str = Field(description="Name of the run: a file in config/runs.")
    trials: list[str] = Field(
        description="Trials to evaluate: folders in config/trials. One that the run has no "
        "extracts for is left out."
    )
    results: str = Field("results", description="Folder that receives the results.")


def _listed(given: object) -> object:
    return [given] if isinstance(given, dict | FileSource) else given


Files = Annotated[list[Annotated[FileSource, FORMATS]], BeforeValidator(_listed)]


class ExtractSource(Section):
    """Where the extracts of one trial come from in this run."""

    source: Literal["synthetic", "package", "files"] = Field(
        description="synthetic: people made by `module`; package: open microdata read by "
        "`module`; files: the files named below."
    )
    module: str | None = Field(
        None,
        pattern=r"^[A-Za-z]\w*(\.\w+)*$",
        description="Python module, by dotted name, whose function `make_twin` (source: synthetic) "
        "or `read_package` (source: package) returns the tables. It may lie outside this project: "
        "installed, or in a folder that PYTHONPATH names.",
    )
    folder: str = Field("", description="Folder of the files (source: files).")
    tables: dict[str, Files] = Field(
        default_factory=dict,
        description="Table -> its file (source: files), or a list of files with different rows, "
        "one a supplier.",
    )

    @model_validator(mode="after")
    def _module_where_code_makes_the_tables(self) -> "ExtractSource":
        if self.source in FUNCTIONS and self.module is None:
            example = {"synthetic": "ipseval.twin", "package": "ipseval.extracts.readers"}
            raise ValueError(
                f"source '{self.source}' needs a module with the function "
                f"'{FUNCTIONS[self.source]}', for example "
                f"module: {example[self.source]}.<trial>"
            )
        if self.source not in FUNCTIONS and self.module is not None:
            raise ValueError(f"source '{self.source}' reads the files alone: leave out `module`")
        return self

    def files(self, table: str) -> list[FileSource]:
        """Return the files of a table."""
        return self.tables[table]


class Run(Section):
    """config/runs/<run>.yaml."""

    description: str = Field(description="What the run shows, in one sentence.")
    seed: int = Field(description="Seed of every random stream of the run.")
    effect: Literal["published", "none"] = Field(
        "published", description="Effect of treatment planted in synthetic people."
    )
    scale: float = Field(
        1.0, gt=0, description="Multiplies synthetic people; other than 1 drops the calibration."
    )
    draws: int | None = Field(
        None, ge=100, description="Monte Carlo draws; overrides economics.yaml."
    )
    person_key_file: str | None = Field(
        None,
        description="File outside the repository with the secret that person_id is derived "
        "from; required when real files are linked.",
    )
    extracts: dict[str, ExtractSource] = Field(description="Trial -> where its extracts come from.")
