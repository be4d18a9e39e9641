"""What several test files start from: a trial of nobody in particular, and the HLT twin."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ipseval.config.declared import TrialConfig
from ipseval.config.load import load_trial
from ipseval.config.run import ExtractSource
from ipseval.config.trial import Trial
from ipseval.extracts.build import Context, build_tables
from ipseval.files import read_sealed, sha256, write_sealed
from ipseval.outcomes.context import DerivationContext
from ipseval.outcomes.derivation import Derivation
from ipseval.outcomes.linked import LinkedSources, Owners
from ipseval.provenance import ROOT

# Jobs of a tax register, linked by number alone.
TAX_BY_NUMBER = {
    "label": "Tax",
    "table": "jobs",
    "record_id": "job",
    "identifier": "nino",
    "fields": {"nino": {"column": "nino", "kind": "nino"}},
    "passes": [{"name": "exact", "on": ["nino"]}],
}


ARM = {"column": "arm", "treatment": 1, "control": 0}


def small_trial(trial_group: str | None = None, sources: dict | None = None) -> Trial:
    """Return a trial of the table `people`, by the columns id, arm and perhaps a trial group."""
    person = {"table": "people", "key": "id", "arm": ARM}
    person |= {"randomised_on": "2019-01-01"}
    person |= {"trial_group": trial_group} if trial_group else {}
    groups = ["g"] if trial_group else ["all"]
    return Trial.model_validate(
        {
            "name": "T",
            "short_name": "T",
            "description": "d",
            "source": "s",
            "currency": "£",
            "groups": {"g": {"label": "G", "trial_groups": groups}},
            "person": person,
            "sources": sources or {},
        }
    )


def result_of(
    spec: Derivation,
    known: dict | None = None,
    day: np.ndarray | None = None,
    linked: LinkedSources | None = None,
    name: str = "y",
    trial: Trial | None = None,
) -> Any:
    """Return what a derivation gives from other results, or from what linked sources say."""

    def owners(source: str) -> Owners:
        raise AssertionError(f"nobody has records of {source}")

    context = DerivationContext(
        day=np.array([], dtype="datetime64[D]") if day is None else day,
        known=known or {},
        linked=linked or LinkedSources(),
        owners=owners,
        tables={},
        trial=trial or small_trial(),
        record_ids=pd.Series(dtype="str"),
        paye=None,
    )
    return spec.derive(name, context)


def hlt_twin(scale: float, effect: str = "published") -> dict[str, pd.DataFrame]:
    """Return the synthetic extracts of HLT, seed 2016."""
    config = load_trial(ROOT / "config" / "trials", "hlt")
    context = Context(
        trial=config.trial,
        folder=ROOT / "config" / "trials" / "hlt",
        published=ROOT / "config" / "published",
        seed=2016,
        effect=effect,
        scale=scale,
        say=str,
    )
    return build_tables(
        "hlt",
        ExtractSource(source="synthetic", module="ipseval.twin.hlt"),
        config.extracts,
        context,
    )


@cache
def trial_config(name: str) -> TrialConfig:
    """Return the declarations of a trial of the project, read once."""
    return load_trial(ROOT / "config" / "trials", name)


def recorded(run: Path, trial: str, *files: Path) -> None:
    """Make the record of the extracts say what edited files hold now: another honest delivery."""
    record = run / "records" / f"build_extracts.{trial}.json"
    data = read_sealed(record)
    for file in files:
        data["outputs"][f"results/{file.relative_to(run.parent).as_posix()}"] = sha256(file)
    write_sealed(record, data)
