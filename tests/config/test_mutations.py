"""Mistakes drawn at random in the configuration: refused in words before a run, or harmless.

Each takes one place in a file of HLT and spoils it. Whatever comes of it, nobody sees a traceback.
"""

import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from ipseval.config import load
from ipseval.config.base import facts
from ipseval.config.declared import TRIAL_FILES
from ipseval.config.read import read_section, read_yaml, section_files
from ipseval.errors import InputError, InputErrors
from ipseval.provenance import ROOT

HLT = ROOT / "config" / "trials" / "hlt"
MUTATIONS = 90
NONSENSE = [True, None, "", "x", [], ["x"], {}, {"x": 1}, 0, -1, 1e15, -(10**15), 0.5]
NONSENSE += ["a/b", "{a}", "two words", "2019-13-45"]


def places(data: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield the path of every key and list entry."""
    if isinstance(data, dict):
        parts = list(data.items())
    else:
        parts = list(enumerate(data)) if isinstance(data, list) else []
    for key, value in parts:
        yield (*path, key)
        yield from places(value, (*path, key))


def spoilt(data: Any, random: Random) -> tuple[str, str]:
    """Spoil one place of plain data; return what was done, and where."""
    path = random.choice(list(places(data)))
    around = data
    for key in path[:-1]:
        around = around[key]
    key, where = path[-1], ".".join(map(str, path))
    keys = list(around) if isinstance(around, dict) else list(range(len(around)))
    how = random.choice(["delete", "nonsense", "nonsense", "misspell", "swap", "repeat"])
    if how == "delete":
        del around[key]
    elif how == "nonsense":
        around[key] = random.choice(NONSENSE)
        how = f"nonsense {around[key]!r}"
    elif how == "misspell" and isinstance(key, str):
        at = random.randrange(len(key))
        renamed = {(k[:at] + k[at + 1 :] if k == key else k): v for k, v in around.items()}
        around.clear()
        around.update(renamed)
    elif how == "swap" and len(keys) > 1:
        other = random.choice([k for k in keys if k != key])
        around[key], around[other] = around[other], around[key]
    elif isinstance(around, list):
        around.append(around[key])
    else:
        around[key] = [around[key], around[key]]
    return how, where


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
