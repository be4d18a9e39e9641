"""Mistakes drawn at random in the configuration: refused in words before a run, or harmless.

Each takes one place in a file of HLT and spoils it. Whatever comes of it, nobody sees a traceback.
"""

import json
import re
import shutil
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from mutations import spoilt

from ipseval.config import load
from ipseval.config.base import facts
from ipseval.config.declared import TRIAL_FILES
from ipseval.config.read import read_section, read_yaml, section_files
from ipseval.errors import InputError, InputErrors
from ipseval.provenance import ROOT

HLT = ROOT / "config" / "trials" / "hlt"
MUTATIONS = 90


@cache
def declared() -> dict[str, Any]:
    """Return the sections of HLT as they are."""
    return {name: read_section(HLT / f"{name}.yaml", kind) for name, kind in TRIAL_FILES.items()}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("mutations")
    rest = shutil.ignore_patterns("published")
    shutil.copytree(ROOT / "config", folder / "config", ignore=rest)
    for part in ("config/published", "notebooks"):
        (folder / part).symlink_to(ROOT / part, target_is_directory=True)
    return folder


def use(config: Any) -> None:
    """Do with the declarations what the workflow does when it is parsed."""
    for name, kind in TRIAL_FILES.items():
        kind.model_validate(json.loads(json.dumps(facts(getattr(config, name)))))
    for name in config.models.names:
        config.estimates_of(name)
    config.appraised_impacts()


@pytest.mark.parametrize("seed", range(MUTATIONS))
def test_a_mistake_is_refused_in_words_or_harmless(root, monkeypatch, seed):
    random = Random(seed)
    section = random.choice(list(TRIAL_FILES))
    trials = root / "config" / "trials"
    file = random.choice(section_files(trials / "hlt" / f"{section}.yaml"))
    data = read_yaml(file)
    how, where = spoilt(data, random)
    good = file.read_text(encoding="utf-8")

    def read(path: Path, kind: type) -> Any:
        untouched = path.stem in declared() and path.stem != section
        return declared()[path.stem] if untouched else read_section(path, kind)

    monkeypatch.setattr(load, "read_section", read)
    file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    try:
        config = load.load_trial(trials, "hlt")
    except InputError as error:
        problems = error.problems if isinstance(error, InputErrors) else [error]
        for problem in problems:
            text = str(problem)
            assert re.search(r"file: .*hlt/\w+(/\w+)?(\.yaml(, line \d+)?)?$", text, re.M), text
            assert "Traceback" not in text
        # The place itself is named, or its neighbourhood, unless what is gone has no line.
        if "." in where and how != "delete":
            assert any(f"{trials}/hlt" in str(p) for p in problems)
        print(f"refused {section} {how} {where}: {str(problems[0]).splitlines()[0]}")
    else:
        use(config)
        print(f"loads {section} {how} {where}")
    finally:
        file.write_text(good, encoding="utf-8")
