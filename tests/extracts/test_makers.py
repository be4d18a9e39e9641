"""The module that makes the tables of a trial is named in the run file, and may be anybody's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import small_trial

from ipseval import provenance
from ipseval.config.extracts import Extracts
from ipseval.config.load import load_project
from ipseval.config.run import ExtractSource
from ipseval.errors import InputError, InputErrors
from ipseval.extracts.build import Context, build_tables
from ipseval.modules import defines, import_folder, module_file
from ipseval.provenance import ROOT, code_hash, modules_of

BUILD = ROOT / "workflow" / "scripts" / "build_extracts.py"
MAKER = """
import pandas as pd

from ipseval.arrays import occurs_in
from .people import NUMBER


def make_twin(context):
    context.say(f"seed {context.seed}")
    return {"people": pd.DataFrame({"id": [f"p{i}" for i in range(NUMBER)], "arm": [0, 1, 1]})}
"""
DECLARED = Extracts.model_validate(
    {
        "tables": {
            "people": {
                "description": "People.",
                "key": ["id"],
                "columns": {
                    "id": {"type": "string", "description": "Person."},
                    "arm": {"type": "integer", "description": "Arm."},
                },
            }
        }
    }
)
CONTEXT = Context(small_trial(), Path("demo"), Path("published"), 7, "none", 1, lambda _: None)


@pytest.fixture
def outside(tmp_path, monkeypatch) -> Path:
    """A package with a maker, in a folder that Python searches; forgotten afterwards."""
    package = tmp_path / "elsewhere" / "stranger"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "people.py").write_text("NUMBER = 3\n", encoding="utf-8")
    (package / "twin.py").write_text(MAKER, encoding="utf-8")
    monkeypatch.syspath_prepend(package.parent)
    provenance._parsed.cache_clear()
    yield package
    provenance._parsed.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "stranger"]:
        del sys.modules[name]


def source(module: str = "stranger.twin") -> ExtractSource:
    return ExtractSource(source="synthetic", module=module)


def test_a_maker_outside_the_package_makes_the_tables(outside):
    tables = build_tables("demo", source(), DECLARED, CONTEXT)
    assert tables["people"]["id"].tolist() == ["p0", "p1", "p2"]
    assert tables["repairs"].empty


def test_a_maker_is_found_by_its_folder_in_pythonpath(outside):
    code = "from ipseval.modules import module_file; print(module_file('stranger.twin'))"
    path = os.pathsep.join([str(ROOT / "workflow"), str(outside.parent)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == outside / "twin.py"


def test_its_code_counts_and_that_of_its_package(outside):
    assert {"stranger", "stranger.twin", "stranger.people", "ipseval.arrays"} <= set(
        modules_of(BUILD, ("stranger.twin",))
    )
    before = code_hash(BUILD, ("stranger.twin",))
    (outside / "people.py").write_text("# three people\nNUMBER = 3\n", encoding="utf-8")
    provenance._parsed.cache_clear()
    assert code_hash(BUILD, ("stranger.twin",)) == before
    (outside / "people.py").write_text("NUMBER = 4\n", encoding="utf-8")
    provenance._parsed.cache_clear()
    assert code_hash(BUILD, ("stranger.twin",)) != before


def test_finding_a_module_does_not_import_it(outside):
    assert import_folder("stranger.twin", module_file("stranger.twin")) == outside.parent
    assert import_folder("stranger", module_file("stranger")) == outside.parent
    assert "stranger" not in sys.modules
    assert module_file("stranger.none") is None
    assert module_file("no_such_package_at_all.twin") is None
    assert module_file("sys") is None


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("def make_twin(context): ...", True),
        ("from .other import make as make_twin", True),
        ("from .other import *", True),
        ("try:\n    from a import make_twin\nexcept ImportError:\n    make_twin = None", True),
        ("make_twin = print", True),
        ("class A:\n    def make_twin(self): ...", False),
        ("import make_twin as other", False),
        ("", False),
    ],
)
def test_what_a_module_defines_is_read_from_its_text(tmp_path, text, there):
    file = tmp_path / "m.py"
    file.write_text(text, encoding="utf-8")
    assert defines(file, "make_twin") is there


def test_a_maker_that_cannot_be_imported_is_refused(outside):
    (outside / "twin.py").write_text("import no_such_package_at_all\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be imported: No module named") as caught:
        build_tables("demo", source(), DECLARED, CONTEXT)
    assert "extracts.demo.module" in str(caught.value)


def test_a_maker_without_the_function_is_refused(outside):
    with pytest.raises(InputError, match=r"'stranger.people' has no function 'make_twin'"):
        build_tables("demo", source("stranger.people"), DECLARED, CONTEXT)


@pytest.mark.parametrize(
    ("made", "problem"),
    [("{}", "lacks tables: people"), ("{'people': 0, 'jobs': 0}", "has undeclared tables: jobs")],
)
def test_a_maker_of_other_tables_is_refused(outside, made, problem):
    text = f"def make_twin(context):\n    return {made}\n"
    (outside / "twin.py").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        build_tables("demo", source(), DECLARED, CONTEXT)


@pytest.fixture
def configured(tmp_path):
    """Return a function that loads the configuration with another entry for HLT's extracts."""
    (tmp_path / "config" / "runs").mkdir(parents=True)
    for name in ("trials", "published", "rules"):
        (tmp_path / "config" / name).symlink_to(ROOT / "config" / name)
    for name in ("notebooks", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "config/config.yaml").write_text("run: mine\ntrials: [hlt]\n", encoding="utf-8")

    def load(entry: str):
        text = f"description: Mine.\nseed: 1\nextracts:\n  hlt: {entry}\n"
        (tmp_path / "config/runs/mine.yaml").write_text(text, encoding="utf-8")
        return load_project(tmp_path)

    return load


def test_the_makers_of_this_package_are_found(configured):
    assert configured("{source: synthetic, module: ipseval.twin.hlt}").trials


@pytest.mark.parametrize(
    ("entry", "problem", "key"),
    [
        (
            "{source: synthetic, module: ipseval.twin.hlx}",
            "'ipseval.twin.hlx' is not found",
            "module",
        ),
        ("{source: synthetic, module: stranger.none}", "'stranger.none' is not found", "module"),
        ("{source: synthetic, module: stranger.people}", "has no function 'make_twin'", "module"),
        ("{source: package, module: ipseval.twin.hlt}", "no function 'read_package'", "module"),
        ("{source: synthetic, module: stranger.broken}", "not valid Python: line 2", "module"),
        ("{source: synthetic, module: stranger/twin.py}", "should match pattern", "module"),
        ("{source: synthetic}", "module: ipseval.twin.<trial>", ""),
        ("{source: package}", "module: ipseval.extracts.readers.<trial>", ""),
        ("{source: files, folder: x, module: stranger.twin}", "leave out `module`", ""),
    ],
)
def test_a_maker_that_cannot_be_used_is_refused_at_load(outside, configured, entry, problem, key):
    (outside / "broken.py").write_text("\ndef make_twin(:\n", encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        configured(entry)
    assert problem in str(caught.value)
    assert "mine.yaml" in str(caught.value)
    assert f"rule: extracts.hlt{f'.{key}' if key else ''}\n" in f"{caught.value}\n"
