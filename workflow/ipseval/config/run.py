"""config/config.yaml and config/runs/<run>.yaml: what is run, from which extracts."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from ..errors import InputError, InputErrors
from ..kinds import FORMATS
from .base import Name, Section
from .delivery import FileSource

# The function that a module has to have, by source.
FUNCTIONS = {"synthetic": "make_twin", "package": "read_package"}


MOST_DRAWS = 1_000_000


class Main(Section):
    """config/config.yaml."""

    run: Name = Field(description="Name of the run: a file in config/runs.")
    trials: list[Name] = Field(
        min_length=1,
        description="Trials to evaluate: folders in config/trials. One that the run has no "
        "extracts for is left out.",
    )
    results: str = Field(
        "results",
        min_length=1,
        description="Folder that receives the results; ~ is your home folder.",
    )
    png: bool = Field(
        False,
        description="Whether every figure is saved as PNG too, beside SVG: for slides and letters.",
    )

    @field_validator("results")
    @classmethod
    def _at_home(cls, results: str) -> str:
        return str(Path(results).expanduser())


def _listed(given: object) -> object:
    return [given] if isinstance(given, dict | FileSource) else given


File = Annotated[FileSource, FORMATS]
Files = Annotated[list[File], BeforeValidator(_listed, json_schema_input_type=File | list[File])]


class ExtractSource(Section):
    """Where the extracts of one trial come from in this run."""

    source: Literal["synthetic", "package", "files"] = Field(
        description="synthetic: people made by `module`; package: open microdata, read by "
        "`module` or, as `tables` says, from what anybody can get; files: the files named below."
    )
    module: str | None = Field(
        None,
        pattern=r"^[A-Za-z]\w*(\.\w+)*$",
        description="Python module, by dotted name, whose function `make_twin` (source: synthetic) "
        "or `read_package` (source: package) returns the tables. It may lie outside this project: "
        "installed, or in a folder that PYTHONPATH names.",
    )
    folder: str = Field(
        "", description="Folder of the files (source: files); ~ is your home folder."
    )
    tables: dict[str, Files] = Field(
        default_factory=dict,
        description="Table -> its file (source: files; of open data source: package), or a list of "
        "files with different rows, one a supplier.",
    )
    scale: float | None = Field(
        None,
        gt=0,
        le=1000,
        description="Multiplies the people of this trial in place of the scale of the run "
        "(source: synthetic).",
    )

    @model_validator(mode="after")
    def _scaled_if_synthetic(self) -> "ExtractSource":
        if self.scale is not None and self.source != "synthetic":
            raise ValueError(f"scale multiplies synthetic people; source is '{self.source}'")
        return self

    @model_validator(mode="after")
    def _module_where_code_makes_the_tables(self) -> "ExtractSource":
        if self.source == "package" and self.tables:
            if self.module is not None:
                raise ValueError("give either `module` or `tables`, by which the package is read")
        elif self.source in FUNCTIONS and self.module is None:
            example = {"synthetic": "ipseval.twin", "package": "ipseval.extracts.readers"}
            raise ValueError(
                f"source '{self.source}' needs a module with the function "
                f"'{FUNCTIONS[self.source]}', for example "
                f"module: {example[self.source]}.<trial>"
            )
        if self.source not in FUNCTIONS and self.module is not None:
            raise ValueError(f"source '{self.source}' reads the files alone: leave out `module`")
        return self

    @property
    def reads_files(self) -> bool:
        """Whether tables are read as `tables` says, and not made by a module."""
        return self.source == "files" or bool(self.tables)

    def files(self, table: str) -> list[FileSource]:
        """Return the files of a table."""
        return self.tables[table]

    def paths(self, table: str) -> list[Path]:
        """Return where the files of a table lie, in their order; a database has none."""
        folder = Path(self.folder)
        return [path for file in self.files(table) for path in file.inputs(folder)]


class Run(Section):
    """config/runs/<run>.yaml."""

    description: str = Field(description="What the run shows, in one sentence.")
    seed: int = Field(ge=0, lt=2**63, description="Seed of every random stream of the run.")
    effect: Literal["published", "none"] = Field(
        "published", description="Effect of treatment planted in synthetic people."
    )
    scale: float = Field(
        1.0,
        gt=0,
        le=1000,
        description="Multiplies synthetic people; other than 1 drops the calibration.",
    )
    draws: int | None = Field(
        None, ge=100, le=MOST_DRAWS, description="Monte Carlo draws; overrides economics.yaml."
    )
    person_key_file: str | None = Field(
        None,
        description="File outside the repository with the secret that person_id is derived "
        "from; required where files of a trial are linked to others.",
    )
    disclosure: Name | None = Field(
        None,
        description="Policy of disclosure.yaml for the release; if absent, ons where people are "
        "real and not published, else none.",
    )
    trials: list[Name] = Field(
        default_factory=list,
        description="Trials of this run, in place of those of config.yaml.",
    )
    extracts: dict[Name, ExtractSource] = Field(
        description="Trial -> where its extracts come from."
    )

    @model_validator(mode="after")
    def _has_extracts_of_its_trials(self) -> "Run":
        for name in self.trials:
            if name not in self.extracts:
                raise ValueError(f"`trials` names '{name}', of which `extracts` has nothing")
        return self

    @property
    def is_of_real_people(self) -> bool:
        """Whether some of its people are real and not published."""
        return any(source.source == "files" for source in self.extracts.values())

    @property
    def policy(self) -> str:
        """Name of the policy of its release."""
        return self.disclosure or ("ons" if self.is_of_real_people else "none")

    def scale_of(self, trial: str) -> float:
        """Return what multiplies the synthetic people of a trial."""
        return self.extracts[trial].scale or self.scale

    def require_files(self, trials: Iterable[str], root: Path) -> None:
        """Raise InputErrors naming every file of the trials that is missing.

        Paths that are not absolute are relative to `root`.
        """
        missing = [
            InputError(
                "no file has a name of this pattern" if file.is_pattern else "file is missing",
                file=file.within(source.folder),
                table=table,
                expected=f"a file of trial {trial}, as the run file names it",
                remedy="put the file there, or correct folder and path in the run file",
            )
            for trial in trials
            if (source := self.extracts[trial]).reads_files
            for table in source.tables
            for file in source.files(table)
            if not file.is_there(root / Path(source.folder).expanduser())
        ]
        if missing:
            raise InputErrors(missing)
