"""What an edit of a declaration moves is what `ipseval uses` names.

The stages of one trial run in this process, once as declared and once for every edit drawn.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
import yaml
from matplotlib.figure import Figure
from mutations import changed

from ipseval.config.load import load_project
from ipseval.config.read import read_yaml
from ipseval.errors import InputError
from ipseval.provenance import ROOT
from ipseval.uses import entries_of, results_of, users_of

# Stands in for a drawn picture.
PICTURE = SimpleNamespace(svg="", cuts=[], figure=Figure())
TRIAL = "nsw"
# Of these every entry has a name to ask `ipseval uses` for.
FILES = ("outcomes", "models", "economics", "exhibits")
EDITS = 12


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("edits")
    shutil.copytree(ROOT / "config", folder / "config", ignore=shutil.ignore_patterns("published"))
    for part in ("config/published", "notebooks"):
        (folder / part).symlink_to(ROOT / part, target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def stages():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])
        # A figure's file follows from its cells; drawing it takes most of the time.
        patch.setattr("ipseval.report.make.drawn", lambda *_: (PICTURE, ""))
        import orchestration

        yield orchestration.run_stages


def results(stages, root: Path, folder: Path) -> tuple[dict[str, str], object]:
    """Return the checksum of every result of the trial, and its declarations."""
    project = load_project(root, {"run": "small", "trials": [TRIAL]})
    stages(TRIAL, project.trials[TRIAL], project, folder)
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return found, project.trials[TRIAL]


@pytest.fixture(scope="module")
def as_declared(stages, root, tmp_path_factory):
    return results(stages, root, tmp_path_factory.mktemp("declared"))


def named_by_uses(config, root: Path, file: str, path: tuple) -> set[str]:
    """Return the results that `ipseval uses` names for the entry that an edit is in."""
    entries = [e for e in entries_of(config) if e[0] == file and e[1:] == path[:2]]
    assert entries, f"nothing to ask for: {file} {path}"
    return set(results_of(config, [*entries, *users_of(config, root, entries[0])]))


@pytest.mark.parametrize("seed", range(EDITS))
def test_an_edit_moves_only_what_uses_names(stages, root, as_declared, tmp_path, seed):
    before, config = as_declared
    random = Random(seed)
    file = random.choice(FILES)
    path = root / "config" / "trials" / TRIAL / f"{file}.yaml"
    good = path.read_text(encoding="utf-8")
    # Through JSON, so that what YAML's aliases share is edited in one place only.
    data = json.loads(json.dumps(read_yaml(path), default=str))
    where = changed(data, random)
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    try:
        after, _ = results(stages, root, tmp_path)
    except InputError as refusal:
        print("refused", file, where, str(refusal).splitlines()[0])
        return
    finally:
        path.write_text(good, encoding="utf-8")
    moved = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    print("moves", file, where, sorted(moved))
    if moved and (file, where[0]) in {entry[:2] for entry in entries_of(config)}:
        assert moved <= named_by_uses(config, root, file, where)
